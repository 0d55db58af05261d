import type { SQL } from 'drizzle-orm';
import type { Ctx } from '../../context.ts';
import { actorId } from '../../core/actor.ts';
import { channelName } from '../../platform/realtime/channels.ts';
import { ACTIVITIES, type ActivityAction } from './catalog.ts';
import { insertActivities, insertActivity, type ActivityRow, type RecordedRow } from './queries.ts';

export type NewActivity = {
  workspaceId: string;
  action: ActivityAction;
  resourceId: string;
  projectId?: string;
  /** The other person that it is about; a subquery where only the database knows. */
  subjectId?: string | SQL;
  /** Shown to members, and sent to integrations. Nothing personal: names belong to accounts, which can be deleted. */
  metadata?: Record<string, unknown>;
  /** Who acts, where it is not the context's actor. */
  userId?: string;
};

/**
 * Notes what happens. `statement` belongs into the batch of the change, so that neither is without the other; call
 * `announce` once that has succeeded: it tells the workspace's channel, and wakes the job that tells everyone else.
 * Should the message be lost, the sweep sends it again.
 */
export function recordActivity(ctx: Ctx, activity: NewActivity) {
  const { workspaceId, action, resourceId, projectId = null, subjectId = null, metadata = {} } = activity;
  const id = crypto.randomUUID();
  const userId = activity.userId ?? actorId(ctx.actor);
  const { resourceType } = ACTIVITIES[action];
  const row = { id, workspaceId, userId, action, resourceType, resourceId, projectId, subjectId, metadata };
  return { statement: insertActivity(ctx.db, row), announce: () => announce(ctx, row) };
}

/** The same for what may be noted again, by an id that is made of what has happened: once. */
export function recordOnce(
  ctx: Ctx,
  activity: Pick<Announced, 'id' | 'workspaceId' | 'userId' | 'action' | 'resourceId' | 'metadata'>,
) {
  const row = { ...activity, resourceType: ACTIVITIES[activity.action].resourceType, projectId: null, subjectId: null };
  return {
    statement: insertActivity(ctx.db, row).onConflictDoNothing(),
    announce: () => announce(ctx, row),
  };
}

/** The same for each row of a query; `announce` takes what the statement has returned. */
export function recordEach(ctx: Ctx, action: ActivityAction, about: SQL) {
  const kind = { action, userId: actorId(ctx.actor), resourceType: ACTIVITIES[action].resourceType };
  return {
    statement: insertActivities(ctx.db, kind, about),
    announce(rows: RecordedRow[]): void {
      for (const { id, workspace_id: workspaceId, resource_id: resourceId } of rows)
        announce(ctx, { ...kind, id, workspaceId, resourceId, projectId: null, metadata: {} });
    },
  };
}

type Announced = Pick<ActivityRow, 'id' | 'workspaceId' | 'userId' | 'resourceType' | 'projectId' | 'metadata'> & {
  action: ActivityAction;
  resourceId: string;
};

function announce(
  ctx: Ctx,
  { id, workspaceId, userId, projectId, action, resourceType, resourceId, metadata }: Announced,
) {
  const data = { activity_id: id, action, resource_type: resourceType, resource_id: resourceId, metadata };
  const event = { type: 'activity', eventId: id, data: { ...data, user_id: userId, project_id: projectId } } as const;
  ctx.waitUntil(ctx.channels.publish(channelName.workspace(workspaceId), event));
  ctx.waitUntil(ctx.jobs.send('activity.follow-up', { activityId: id }));
}
