import type { Ctx } from '../../../context.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import type { ChannelEvent } from '../../../platform/realtime/events.ts';
import { LAST_EVENTS, toEvents } from '../events.ts';
import { findHistory } from './queries.ts';

/** Together fewer events than a channel keeps: two of a node, one of a line, and how it began and ended. */
const LIMITS = { nodes: 300, logs: 300 };

/** The events of an execution that has ended, as its runner would have told them, in the order in which they happened. */
export async function rebuildEvents(ctx: Ctx, workspaceId: string, executionId: string): Promise<ChannelEvent[]> {
  const [[execution], nodes, logs] = await ctx.db.batch(findHistory(ctx.db, workspaceId, executionId, LIMITS));
  if (!execution) return [];
  const run = { executionId, userId: execution.userId, retryCount: execution.retryCount };
  const events = [
    ...toEvents(run, {
      kind: 'execution',
      execution: {
        ...execution,
        ...momentsOf(execution),
        error: faultOf(execution),
        currentNode: null,
        updatedAt: execution.updatedAt.getTime(),
      },
    }),
    // The oldest first, so that of what happened in one millisecond the cause comes before its effect.
    ...nodes.toReversed().flatMap((node) =>
      toEvents(run, {
        kind: 'node',
        node: { ...node, ...momentsOf(node), attempt: node.retryCount + 1, error: faultOf(node) },
      }),
    ),
    ...logs
      .toReversed()
      .flatMap((log) => toEvents(run, { kind: 'log', log: { ...log, loggedAt: log.loggedAt.getTime() } })),
  ];
  return events.toSorted((a, b) => rankOf(a) - rankOf(b) || a.happenedAt! - b.happenedAt!);
}

/** Nothing comes before the beginning or after the end, whatever the clocks said. */
function rankOf({ type }: ChannelEvent): number {
  if (type === 'execution_started') return 0;
  return LAST_EVENTS.some((last) => last === type) ? 2 : 1;
}

const momentsOf = ({ startedAt, completedAt }: { startedAt: Date | null; completedAt: Date | null }) => ({
  startedAt: startedAt && startedAt.getTime(),
  completedAt: completedAt && completedAt.getTime(),
});

function faultOf({ errorMessage, errorDetails }: { errorMessage: string | null; errorDetails: JsonObject | null }) {
  if (errorMessage === null) return null;
  const { code = 'failed', node_id: nodeKey = null } = errorDetails ?? {};
  return { message: errorMessage, code: String(code), nodeKey: nodeKey as string | null };
}
