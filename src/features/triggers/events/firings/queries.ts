import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { PageRequest } from '../../../../core/pagination.ts';
import type { Database } from '../../../../db/client.ts';
import { afterPosition } from '../../../../db/keyset.ts';
import { listOf } from '../../../../db/lists.ts';
import { deleteBefore } from '../../../../db/purge.ts';
import {
  eventFirings,
  eventTriggers,
  workflowExecutions,
  workflows,
  workspaceActivities,
  workspaces,
} from '../../../../db/schema/index.ts';

export type FiringRow = typeof eventFirings.$inferSelect;

type Happened = { workspaceId: string; activityId: string; createdAt: Date; eventType: string };

/** One for each trigger of the workspace that was there at the time and is for one of the patterns; none a second time. */
export const insertFirings = (db: Database, event: Happened, patterns: readonly string[]) =>
  db.execute(sql`
    insert into event_firings (workspace_id, trigger_id, source, event_type, activity_id)
    select t.workspace_id, t.id, concat_ws('/', 'activity', ${event.activityId}::uuid), ${event.eventType}::text,
      ${event.activityId}::uuid
    from event_triggers t
    where t.workspace_id = ${event.workspaceId}::uuid and t.is_active
      and t.created_at <= ${event.createdAt.toISOString()}::timestamptz
      and t.events && array${listOf(patterns, 'text')}
    on conflict (trigger_id, source) do nothing`);

export const findPendingOf = (db: Database, activityId: string) =>
  db
    .select({ id: eventFirings.id })
    .from(eventFirings)
    .where(and(eq(eventFirings.activityId, activityId), eq(eventFirings.outcome, 'pending')));

const CAUSE = sql`coalesce(${eventFirings.endedExecutionId}, (${workspaceActivities.metadata} ->> 'execution_id')::uuid)`;

/** What is to be decided, with all that decides it: the trigger, what has happened, and the execution that had it happen. */
export async function findPending(db: Database, id: string) {
  const [row] = await db
    .select({
      firing: eventFirings,
      trigger: eventTriggers,
      activity: workspaceActivities,
      cause: {
        id: workflowExecutions.id,
        workflowId: workflowExecutions.workflowId,
        workflowVersion: workflowExecutions.workflowVersion,
        createdBy: workflowExecutions.createdBy,
        status: workflowExecutions.status,
        triggerType: workflowExecutions.triggerType,
        triggerId: workflowExecutions.triggerId,
        rootExecutionId: workflowExecutions.rootExecutionId,
        depth: workflowExecutions.depth,
        retryCount: workflowExecutions.retryCount,
        errorMessage: workflowExecutions.errorMessage,
        errorDetails: workflowExecutions.errorDetails,
        costUsd: workflowExecutions.costUsd,
        startedAt: workflowExecutions.startedAt,
        completedAt: workflowExecutions.completedAt,
      },
      /** Whether the workflow is still there, in a workspace that is. */
      isThere: sql<boolean>`exists (
        select from ${workflows} w join ${workspaces} s on s.id = w.workspace_id and s.status = 'active'
        where w.id = ${eventTriggers.workflowId} and w.workspace_id = ${eventTriggers.workspaceId}
      )`,
    })
    .from(eventFirings)
    .innerJoin(eventTriggers, eq(eventTriggers.id, eventFirings.triggerId))
    .leftJoin(workspaceActivities, eq(workspaceActivities.id, eventFirings.activityId))
    .leftJoin(
      workflowExecutions,
      and(eq(workflowExecutions.id, CAUSE), eq(workflowExecutions.workspaceId, eventFirings.workspaceId)),
    )
    .where(and(eq(eventFirings.id, id), eq(eventFirings.outcome, 'pending')));
  return row;
}

export type Pending = NonNullable<Awaited<ReturnType<typeof findPending>>>;
/** The execution that has ended, or of which the activity says that it was its doing. */
export type Cause = NonNullable<Pending['cause']>;

/**
 * Lets an event start an execution, unless the trigger has started so many within a minute; one that was let before may
 * go on. Tells by a row that it may. The trigger is locked, so that events are counted one after another.
 */
export async function admitFiring(
  db: Database,
  { id, triggerId }: FiringRow,
  executionId: string,
  perMinute: number,
): Promise<boolean> {
  const [, { rowCount }] = await db.batch([
    db.execute(sql`select from event_triggers where id = ${triggerId}::uuid for no key update`),
    db.execute(sql`
      update event_firings set execution_id = ${executionId}::uuid
      where id = ${id}::uuid and outcome = 'pending' and (execution_id is not null or ${perMinute}::int > (
        select count(*) from event_firings f
        where f.trigger_id = ${triggerId}::uuid and f.execution_id is not null
          and f.created_at > now() - interval '1 minute'
      ))`),
  ]);
  return rowCount > 0;
}

/** Says what became of one, unless that was said before. */
export const settleFiring = (
  db: Database,
  id: string,
  outcome: Pick<FiringRow, 'outcome'> & Partial<Pick<FiringRow, 'reason' | 'executionId'>>,
) =>
  db
    .update(eventFirings)
    .set({ reason: null, ...outcome })
    .where(and(eq(eventFirings.id, id), eq(eventFirings.outcome, 'pending')));

export const giveUpFirings = (db: Database, before: Date) =>
  db
    .update(eventFirings)
    .set({ outcome: 'refused', reason: 'abandoned', executionId: null })
    .where(and(eq(eventFirings.outcome, 'pending'), lt(eventFirings.createdAt, before)));

/** Those that still wait, the oldest first. */
export const findWaiting = (db: Database, before: Date, limit: number) =>
  db
    .select({ id: eventFirings.id })
    .from(eventFirings)
    .where(and(eq(eventFirings.outcome, 'pending'), lt(eventFirings.createdAt, before)))
    .orderBy(eventFirings.createdAt)
    .limit(limit);

/** What a trigger was for, newest first: one more than the limit. */
export function findFirings(
  db: Database,
  { workspaceId, triggerId }: { workspaceId: string; triggerId: string },
  outcome: FiringRow['outcome'] | undefined,
  page: PageRequest,
): Promise<FiringRow[]> {
  const { createdAt, id } = eventFirings;
  return db
    .select()
    .from(eventFirings)
    .where(
      and(
        eq(eventFirings.triggerId, triggerId),
        eq(eventFirings.workspaceId, workspaceId),
        outcome === undefined ? undefined : eq(eventFirings.outcome, outcome),
        afterPosition(createdAt, id, page.after),
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

/** Deletes up to `limit` of before that time; returns how many. */
export const deleteFiringsBefore = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: eventFirings.id, time: eventFirings.createdAt }, before, limit);
