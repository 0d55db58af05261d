import type { Ctx } from '../../../context.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import { isEnded, LAST_EVENTS } from '../events.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import { findSummary } from './queries.ts';
import { rebuildEvents } from './rebuild.ts';

/**
 * Sees to it that the channel of an execution has what has happened, and gets what will: from its runner while there is
 * anything to come, else from the database. Done when somebody comes and every few seconds while somebody is there, so
 * that how it ended is told, whatever message got lost.
 */
export async function feedChannel(
  ctx: Ctx,
  workspaceId: string,
  executionId: string,
  findLastType: () => Promise<string | undefined> | string | undefined,
): Promise<void> {
  if (await executionRunner(ctx.env, workspaceId).watch(executionId)) return;
  if (LAST_EVENTS.includes((await findLastType()) ?? '')) return;
  const execution = await findSummary(ctx.db, workspaceId, executionId);
  // One that has not begun has nothing to tell.
  if (!execution || !isEnded(execution.status)) return;
  const events = await rebuildEvents(ctx, workspaceId, executionId);
  await ctx.channels.publish(channelName.execution(executionId), ...events);
}
