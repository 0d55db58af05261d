import { requireWorkspace } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import { decodeCursor, toPage } from '../../../core/pagination.ts';
import type { Ctx } from '../../../context.ts';
import { findLiveStates } from '../overlay.ts';
import { findChildren, findLine, type LineageRow } from './queries.ts';
import type { Descendant, ExecutionLineage, LineageQuery, Relative } from './schemas.ts';

/** Of executions that go on from one another there may be many. */
const ANCESTORS_LIMIT = 50;

/** Below the first level, of each. */
const CHILDREN_SHOWN = 20;

const DESCENDANTS_LIMIT = 500;

/** What an execution comes from and what comes from it: parts that it runs, forks, repetitions. @throws {AppError} `not_found` */
export async function getLineage(
  ctx: Ctx,
  executionId: string,
  { limit, levels, cursor }: LineageQuery,
): Promise<ExecutionLineage> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const id = executionId.toLowerCase();
  const [line, first] = await Promise.all([
    findLine(db, workspaceId, id, ANCESTORS_LIMIT),
    findChildren(db, workspaceId, [id], { limit: limit + 1, after }),
  ]);
  const itself = line.at(-1);
  if (!itself) throw notFound('execution');
  const { items: children, nextCursor } = toPage(
    first.map((row) => ({ ...row, createdAt: new Date(row.created_at) })),
    limit,
  );
  const below = await findBelow(ctx, workspaceId, children, levels - 1);
  const all = [...line, ...children, ...[...below.values()].flat()];
  const states = await findLiveStates(
    ctx,
    workspaceId,
    all.map((row) => ({
      id: row.id,
      status: row.status,
      nextCheckAt: row.next_check_at ? new Date(row.next_check_at) : null,
    })),
  );
  const present = (row: LineageRow) => toRelative({ ...row, status: states.get(row.id)?.status ?? row.status });
  const descendants: Descendant[] = [];
  const visit = (rows: LineageRow[], level: number) => {
    for (const row of rows) {
      const found = below.get(row.id);
      const shown = found?.slice(0, CHILDREN_SHOWN) ?? [];
      const hasMore = found === undefined || found.length > shown.length;
      descendants.push({ ...present(row), level, has_more: hasMore });
      visit(shown, level + 1);
    }
  };
  visit(children, 1);
  return {
    execution: present(itself),
    descendants,
    ancestors: line.slice(0, -1).map(present),
    next_cursor: nextCursor,
  };
}

/** Level by level, until there are enough. Of those that were not asked for nothing is known. */
async function findBelow(ctx: Ctx, workspaceId: string, rows: LineageRow[], levels: number) {
  const below = new Map<string, LineageRow[]>();
  let [open, count] = [rows, rows.length];
  for (let level = 0; open.length > 0 && level <= levels && count < DESCENDANTS_LIMIT; level++) {
    const ids = open.map(({ id }) => id);
    // The last look only tells whether there are more.
    const limit = level === levels ? 1 : CHILDREN_SHOWN + 1;
    const found = await findChildren(ctx.db, workspaceId, ids, { limit, after: null });
    const byParent = Map.groupBy(found, (row) => row.parent_execution_id!);
    for (const id of ids) {
      const ofIt = byParent.get(id) ?? [];
      if (level < levels || ofIt.length === 0) below.set(id, ofIt);
    }
    open = level === levels ? [] : found;
    count += found.length;
  }
  return below;
}

const toRelative = (row: LineageRow): Relative => ({
  id: row.id,
  execution_id: row.id,
  workflow_id: row.workflow_id,
  workflow_name: row.workflow_name,
  workflow_version: row.workflow_version,
  trigger_type: row.trigger_type,
  parent_execution_id: row.parent_execution_id,
  parent_node_id: row.parent_node_key,
  status: row.status,
  depth: row.depth,
  cost_usd: Number(row.cost_usd),
  cost_usd_exact: row.cost_usd,
  created_at: new Date(row.created_at).toISOString(),
  completed_at: row.completed_at && new Date(row.completed_at).toISOString(),
});
