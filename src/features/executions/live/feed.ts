import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import { endEventId, isEnded } from '../events.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import { findSummary } from './queries.ts';
import { rebuildEvents } from './rebuild.ts';

/**
 * Sees to it that the channel of an execution has what has happened, and gets what will: from its runner while there is
 * anything to come, else from the database. Done when somebody comes and every few seconds while somebody is there, so
 * that how it ended is told, whatever message got lost.
 */
export async function feedChannel(ctx: Ctx, workspaceId: string, executionId: string): Promise<void> {
  const execution = await findEnded(ctx, workspaceId, executionId);
  if (!execution) return;
  const { status, retryCount } = execution;
  const channel = channelName.execution(executionId);
  if (await ctx.channels.has(channel, endEventId({ executionId, retryCount }, status))) return;
  await ctx.channels.publish(channel, ...(await rebuildEvents(ctx, workspaceId, executionId)));
}

/** An execution of which nothing more will come. One that has more to tell is told by its runner from now on. */
async function findEnded(ctx: Ctx, workspaceId: string, executionId: string) {
  const before = await findSummary(ctx.db, workspaceId, executionId);
  if (!before || isEnded(before.status)) return before;
  const isTold = await executionRunner(ctx.env, workspaceId).watch(executionId).catch(noteAway);
  if (isTold) return undefined;
  // What its runner does not know has not begun, or has ended while it was asked.
  const after = await findSummary(ctx.db, workspaceId, executionId);
  return after && isEnded(after.status) ? after : undefined;
}

function noteAway(error: unknown): false {
  logEvent('warn', 'execution_runner_away', { error: describeError(error) });
  return false;
}
