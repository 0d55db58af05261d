import type { Page } from '../../../core/pagination.ts';
import { decodeSortedCursor, encodeSortedCursor } from '../../../core/sorted-cursor.ts';
import type { Ctx } from '../../../context.ts';
import type { Runner } from '../runner/runner-stub.ts';
import { findNodes } from './node-queries.ts';
import { fromLive, presentNode } from './present.ts';
import type { ListNodesQuery, NodeExecution } from './schemas.ts';
import { preferRunner, requireStanding } from './standing.ts';

const ORDER = 'execution_order';

/** What a list shows of a value. */
const SHOWN_BYTES = 16 * 1024;

/** What a runner sends of all values of a page; the others are to be had one by one. */
const SENT_BYTES = 8 * 1024 * 1024;

/** The runs of nodes, in the order in which they began. @throws {AppError} `not_found` */
export async function listNodes(ctx: Ctx, executionId: string, query: ListNodesQuery): Promise<Page<NodeExecution>> {
  const { limit, cursor } = query;
  const { row, runner } = await requireStanding(ctx, executionId);
  const after = cursor === undefined ? 0 : Number(decodeSortedCursor(ORDER, cursor, 'count').value);
  const page = { after, limit, offset: cursor === undefined ? query.offset : 0, bytes: SHOWN_BYTES };
  const nodes = await preferRunner(runner ? readLive(runner, row.id, page) : undefined, async () => {
    const rows = await findNodes(ctx.db, row.id, page);
    return rows.map((one) => presentNode(row.id, one));
  });
  const last = nodes[limit - 1];
  return {
    items: nodes.slice(0, limit),
    nextCursor:
      nodes.length > limit && last
        ? encodeSortedCursor(ORDER, { value: String(last.execution_order), id: last.id })
        : null,
  };
}

async function readLive(
  runner: Runner,
  executionId: string,
  { after, limit, offset, bytes }: { after: number; limit: number; offset: number; bytes: number },
): Promise<NodeExecution[] | null> {
  // They are numbered from 1 without gaps.
  const nodes = await runner.nodes(executionId, { after: after + offset, limit: limit + 1, bytes: SENT_BYTES });
  return nodes && nodes.map((node) => presentNode(executionId, fromLive(executionId, node, bytes)));
}
