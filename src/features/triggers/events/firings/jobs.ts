import { DAY, SECOND } from '../../../../core/time.ts';
import type { Ctx } from '../../../../context.ts';
import { purge } from '../../../../db/purge.ts';
import type { ActivityRow } from '../../../activities/index.ts';
import { patternsOf, toEventType } from '../../../integrations/index.ts';
import { fire } from './fire.ts';
import * as queries from './queries.ts';

/** Longer than a message normally takes. */
const SWEEP_AFTER_MS = 30 * SECOND;

const SWEEP_LIMIT = 500;
const KEEP_MS = 30 * DAY;

/** Has an activity start the workflows that are for it; called again, it starts none a second time. */
export async function fireActivity(ctx: Ctx, { id: activityId, workspaceId, createdAt, action }: ActivityRow) {
  const eventType = toEventType(action);
  await queries.insertFirings(ctx.db, { workspaceId, activityId, createdAt, eventType }, patternsOf(eventType));
  for (const { id } of await queries.findPendingOf(ctx.db, activityId)) await fire(ctx, id);
}

/** Acts on one event for one trigger. */
export const fireEvent = (ctx: Ctx, { firingId }: { firingId: string }): Promise<void> => fire(ctx, firingId);

/** Sends every event again as a message that still waits: for room, or because its message was lost. */
export async function sweepFirings(ctx: Ctx, now: Date): Promise<void> {
  const waiting = await queries.findWaiting(ctx.db, new Date(now.getTime() - SWEEP_AFTER_MS), SWEEP_LIMIT);
  if (waiting.length > 0) await ctx.jobs.send('event.fire', ...waiting.map(({ id }) => ({ firingId: id })));
}

/** Forgets what became of events after 30 days. */
export async function purgeFirings(ctx: Ctx, now: Date): Promise<void> {
  await purge((limit) => queries.deleteFiringsBefore(ctx.db, new Date(now.getTime() - KEEP_MS), limit));
}
