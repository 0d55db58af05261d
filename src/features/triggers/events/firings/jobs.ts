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
const GIVE_UP_MS = DAY;
const KEEP_MS = 30 * DAY;

/**
 * Has an activity start the workflows that are for it, each by a message of its own, so that none keeps the others from
 * it; called again, it starts none a second time.
 */
export async function fireActivity(ctx: Ctx, { id: activityId, workspaceId, createdAt, action }: ActivityRow) {
  const eventType = toEventType(action);
  await queries.insertFirings(ctx.db, { workspaceId, activityId, createdAt, eventType }, patternsOf(eventType));
  await send(ctx, await queries.findPendingOf(ctx.db, activityId));
}

/** Acts on one event for one trigger. */
export const fireEvent = (ctx: Ctx, { firingId }: { firingId: string }): Promise<void> => fire(ctx, firingId);

/**
 * Sends every event again as a message that still waits: for room, or because its message was lost. What nothing came of
 * for a day is given up.
 */
export async function sweepFirings(ctx: Ctx, now: Date): Promise<void> {
  await queries.giveUpFirings(ctx.db, new Date(now.getTime() - GIVE_UP_MS));
  await send(ctx, await queries.findWaiting(ctx.db, new Date(now.getTime() - SWEEP_AFTER_MS), SWEEP_LIMIT));
}

async function send(ctx: Ctx, firings: { id: string }[]): Promise<void> {
  if (firings.length > 0) await ctx.jobs.send('event.fire', ...firings.map(({ id }) => ({ firingId: id })));
}

/** Forgets what became of events after 30 days. */
export async function purgeFirings(ctx: Ctx, now: Date): Promise<void> {
  await purge((limit) => queries.deleteFiringsBefore(ctx.db, new Date(now.getTime() - KEEP_MS), limit));
}
