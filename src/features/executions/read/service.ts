import { requireWorkspace } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import type { Page } from '../../../core/pagination.ts';
import { decodeSortedCursor, encodeSortedCursor } from '../../../core/sorted-cursor.ts';
import type { Ctx } from '../../../context.ts';
import type { ExecutionStatus } from '../../../db/schema/index.ts';
import { preferRunner } from '../detail/standing.ts';
import { isEnded } from '../events.ts';
import { findQueue, toCurrent, toCurrents, toStates, type Current, type LiveStates } from '../overlay.ts';
import { presentExecution } from '../present.ts';
import { findExecution, type ExecutionRow } from '../queries.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import type { LiveLog } from '../runner/types.ts';
import type { Execution } from '../schemas.ts';
import * as list from './list-queries.ts';
import { findLastLines } from '../detail/log-queries.ts';
import type { ExecutionPage, ListExecutionsQuery, WorkflowExecutionsQuery } from './schemas.ts';

const RESOURCE = 'execution';

/** Lines of the log that are shown with an execution. */
const LINES_SHOWN = 100;

/** @throws {AppError} `not_found` */
export async function getExecution(ctx: Ctx, id: string): Promise<Execution> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const [[row], lines] = await ctx.db.batch([
    findExecution(ctx.db, workspaceId, id),
    findLastLines(ctx.db, id, LINES_SHOWN),
  ]);
  if (!row) throw notFound(RESOURCE);
  const current = await toCurrent(ctx, row);
  const isEndedNow = isEnded(current.live?.status ?? current.row.status);
  const isMissed = isEndedNow && (current.live !== null || lines.length === 0);
  const shown = isMissed ? await lastLinesOf(ctx, current) : lines.map(({ line }) => line);
  return {
    ...presentExecution(current),
    execution_log: shown.length === 0 ? null : shown.join('\n'),
    debug_info: {
      request_id: row.requestId,
      next_check_at: current.row.nextCheckAt?.toISOString() ?? null,
    },
  };
}

/** The last lines of one that has ended, which its runner has until the database does. */
function lastLinesOf(ctx: Ctx, { row, live }: Current): Promise<string[]> {
  const asked =
    live && executionRunner(ctx.env, row.workspaceId).logs(row.id, { after: 0, limit: Number.MAX_SAFE_INTEGER });
  return preferRunner(
    asked?.then((lines) => lines && lines.slice(-LINES_SHOWN).map(toLine)),
    async () => {
      const lines = await findLastLines(ctx.db, row.id, LINES_SHOWN);
      return lines.map(({ line }) => line);
    },
  );
}

/** As the database gives it. */
const toLine = ({ loggedAt, level, nodeKey, message }: LiveLog): string =>
  `${new Date(loggedAt).toISOString()} ${level}${nodeKey === null ? '' : ` [${nodeKey}]`} ${message.slice(0, 1_000)}`;

/** The same without its log. @throws {AppError} `not_found` */
export async function requireExecution(ctx: Ctx, id: string): Promise<Execution> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const [row] = await findExecution(ctx.db, workspaceId, id);
  if (!row) throw notFound(RESOURCE);
  return presentExecution(await toCurrent(ctx, row));
}

/** The executions of a workspace, in the order that is asked for. */
export async function listExecutions(ctx: Ctx, query: ListExecutionsQuery): Promise<Page<Execution>> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const { order_by: sort, order_direction: direction, limit, offset, cursor, status: statuses } = query;
  // Which ones have a status is partly known to their runner alone.
  const queue = statuses ? await findQueue(ctx, workspaceId) : null;
  const known = queue && toStates(queue);
  const order = `${sort}.${direction}`;
  const rows = await list.findExecutions(ctx.db, {
    filter: {
      workspaceId,
      workflowIds: query.workflow_ids,
      states: statuses && statesOf(statuses, known),
      triggerTypes: query.trigger_type,
      triggerId: query.trigger_id,
      parentId: query.parent_execution_id,
      createdAfter: query.created_after,
      createdBefore: query.created_before,
      tags: query.tags,
    },
    sort,
    direction,
    limit,
    offset,
    after: cursor === undefined ? null : decodeSortedCursor(order, cursor, list.kindOf(sort)),
  });
  const last = rows[limit - 1];
  return {
    items: await present(ctx, workspaceId, rows.slice(0, limit), known),
    nextCursor: rows.length > limit && last ? encodeSortedCursor(order, list.positionOf(last, sort)) : null,
  };
}

function statesOf(statuses: ExecutionStatus[], known: LiveStates | null) {
  const ids = [...(known?.values() ?? [])].map(({ executionId, status }) => ({
    executionId,
    fits: statuses.includes(status),
  }));
  const those = (wanted: boolean) => ids.filter(({ fits }) => fits === wanted).map(({ executionId }) => executionId);
  return { statuses, these: those(true), notThese: those(false) };
}

/** Those of a workflow that ran in the caller's workspace, newest first; what others do with a public one is theirs. */
export async function listWorkflowExecutions(
  ctx: Ctx,
  workflowId: string,
  { page, limit, size: pageSize, cursor }: WorkflowExecutionsQuery,
): Promise<ExecutionPage> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const order = 'created_at.desc';
  const size = limit ?? pageSize;
  const after = cursor === undefined ? null : decodeSortedCursor(order, cursor, 'moment');
  const [rows, [counted]] = await ctx.db.batch([
    list.findOfWorkflow(ctx.db, { workspaceId, workflowId }, { page, size, after }),
    list.countOfWorkflow(ctx.db, workspaceId, workflowId),
  ]);
  const total = counted?.total ?? 0;
  const last = rows[size - 1];
  const hasMore = rows.length > size && last;
  return {
    items: await present(ctx, workspaceId, rows.slice(0, size), null),
    total,
    page,
    size,
    pages: Math.ceil(total / size),
    next_cursor: hasMore ? encodeSortedCursor(order, list.positionOf(last, 'created_at')) : null,
  };
}

async function present(
  ctx: Ctx,
  workspaceId: string,
  rows: ExecutionRow[],
  known: LiveStates | null,
): Promise<Execution[]> {
  return (await toCurrents(ctx, workspaceId, rows, known)).map(presentExecution);
}
