import { DAY } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { purge } from '../../../db/purge.ts';
import type { ActivityRow } from '../../activities/index.ts';
import { patternsOf, toEventType } from '../events.ts';
import { toPayload } from './payload.ts';
import * as queries from './queries.ts';
import { sendMessage } from './send.ts';
import { settleAttempt } from './settle.ts';

/** Longer than any attempt takes, so that nobody else tries meanwhile. */
const LEASE_SECONDS = 60;

const SWEEP_LIMIT = 500;
const KEEP_MS = 30 * DAY;

/** Has an activity sent wherever its workspace has subscribed to it; called again, it adds nothing. */
export async function queueDeliveries(ctx: Ctx, activity: ActivityRow): Promise<void> {
  const { id: activityId, workspaceId, createdAt } = activity;
  const eventType = toEventType(activity.action);
  const event = { workspaceId, activityId, createdAt, eventType, payload: toPayload(activity, eventType) };
  const ids = await queries.insertDeliveries(ctx.db, event, patternsOf(eventType));
  if (ids.length > 0) await ctx.jobs.send('integration.deliver', ...ids.map((deliveryId) => ({ deliveryId })));
}

/**
 * Tries to deliver one message. The row is claimed first, so that a second message about it does nothing. Who is lost
 * between sending and noting so has sent what will be sent again, under the same id.
 */
export async function deliverMessage(ctx: Ctx, { deliveryId }: { deliveryId: string }): Promise<void> {
  const delivery = await queries.claimDelivery(ctx.db, deliveryId, LEASE_SECONDS);
  if (delivery) await settleAttempt(ctx, delivery, await sendMessage(ctx, delivery));
}

/** Sends every due delivery again as a message: for retries, and for messages that were lost. */
export async function sweepDeliveries(ctx: Ctx): Promise<void> {
  const due = await queries.findDueDeliveries(ctx.db, SWEEP_LIMIT);
  if (due.length > 0) await ctx.jobs.send('integration.deliver', ...due.map((deliveryId) => ({ deliveryId })));
}

/** Deletes deliveries of more than 30 days ago, with their attempts. */
export async function purgeDeliveries(ctx: Ctx, now: Date): Promise<void> {
  await purge((limit) => queries.deleteDeliveriesBefore(ctx.db, new Date(now.getTime() - KEEP_MS), limit));
}
