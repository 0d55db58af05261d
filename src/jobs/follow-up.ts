import type { Ctx } from '../context.ts';
import { completeActivity, findPendingActivity, type ActivityRow } from '../features/activities/index.ts';
import { queueDeliveries } from '../features/integrations/index.ts';
import { notifyMembers } from '../features/notifications/index.ts';
import { fireActivity } from '../features/triggers/index.ts';
import { announceStats } from '../features/workspaces/index.ts';

/** Who is told of what happens in a workspace. Each may be told twice, and must do nothing then. */
const FOLLOWERS: ((ctx: Ctx, activity: ActivityRow) => Promise<void>)[] = [
  queueDeliveries,
  notifyMembers,
  fireActivity,
];

/** Tells everyone of an activity, and then marks it: should this end in the middle, it begins again. */
export async function followUpActivity(ctx: Ctx, { activityId }: { activityId: string }): Promise<void> {
  const activity = await findPendingActivity(ctx.db, activityId);
  if (!activity) return;
  for (const follow of FOLLOWERS) await follow(ctx, activity);
  await completeActivity(ctx.db, activityId);
  await announceStats(ctx, activity.workspaceId, activityId);
}
