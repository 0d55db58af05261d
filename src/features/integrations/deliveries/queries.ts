import { and, eq, isNotNull, isNull, lte, or, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { deleteBefore } from '../../../db/purge.ts';
import {
  integrationDeliveries,
  users,
  workspaceIntegrations,
  workspaces,
  type integrationAttempts,
} from '../../../db/schema/index.ts';
import { FAREWELL_EVENT } from '../events.ts';
import type { Payload } from '../kinds/kind.ts';

export type DeliveryRow = typeof integrationDeliveries.$inferSelect;
export type AttemptRow = typeof integrationAttempts.$inferSelect;

type Event = { workspaceId: string; activityId: string; createdAt: Date; eventType: string; payload: Payload };

/**
 * One delivery for each integration of the workspace that was there at the time and subscribes to one of the patterns;
 * none that was made before. Gives the ids of the new ones. The integrations are locked against being switched off
 * meanwhile, so that no delivery is left waiting for one that is.
 */
export async function insertDeliveries(db: Database, event: Event, patterns: readonly string[]): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    insert into integration_deliveries (workspace_id, integration_id, activity_id, event_type, payload)
    select i.workspace_id, i.id, ${event.activityId}::uuid, ${event.eventType}::text, ${JSON.stringify(event.payload)}::jsonb
    from workspace_integrations i
    where i.workspace_id = ${event.workspaceId}::uuid and i.is_enabled
      and i.created_at <= ${event.createdAt.toISOString()}::timestamptz
      and i.config -> 'events' ?| ${`{${patterns.map((pattern) => `"${pattern}"`).join(',')}}`}::text[]
    for share of i
    on conflict (integration_id, activity_id) do nothing
    returning id
  `);
  return rows.map(({ id }) => id);
}

/** A delivery of one's own making that nobody else takes up: it counts as failed until it is known to have arrived. */
export const insertTestDelivery = (
  db: Database,
  row: Pick<DeliveryRow, 'id' | 'workspaceId' | 'integrationId' | 'eventType' | 'payload'>,
) => db.insert(integrationDeliveries).values({ ...row, status: 'failed', attempts: 1 });

/** Whether a delivery's integration takes messages now. */
const isDeliverable = and(
  eq(workspaceIntegrations.isEnabled, true),
  or(eq(workspaces.status, 'active'), eq(integrationDeliveries.eventType, FAREWELL_EVENT)),
);

const isDue = and(eq(integrationDeliveries.status, 'pending'), lte(integrationDeliveries.nextAttemptAt, sql`now()`));

/** Somebody's present name, by an id in the payload. */
const nameOf = (field: 'user_id' | 'subject_id') => sql<string | null>`(
  select ${users.fullName} from ${users}
  where ${users.id} = (${integrationDeliveries.payload} -> 'data' ->> ${field}::text)::uuid
)`;

/**
 * Takes a delivery that is due, for `leaseSeconds`: until then nobody else gets it, and should the taker never come
 * back, the sweep finds it again.
 */
export async function claimDelivery(db: Database, id: string, leaseSeconds: number) {
  const [claimed] = await db
    .update(integrationDeliveries)
    .set({
      attempts: sql`${integrationDeliveries.attempts} + 1`,
      nextAttemptAt: sql`now() + make_interval(secs => ${leaseSeconds})`,
    })
    .from(workspaceIntegrations)
    .innerJoin(workspaces, eq(workspaces.id, workspaceIntegrations.workspaceId))
    .where(
      and(
        eq(integrationDeliveries.id, id),
        eq(workspaceIntegrations.id, integrationDeliveries.integrationId),
        isDue,
        isDeliverable,
      ),
    )
    .returning({
      id: integrationDeliveries.id,
      payload: integrationDeliveries.payload,
      attempts: integrationDeliveries.attempts,
      replayedAfter: integrationDeliveries.replayedAfter,
      integration: workspaceIntegrations,
      userName: nameOf('user_id'),
      subjectName: nameOf('subject_id'),
    });
  return claimed;
}

export type ClaimedDelivery = NonNullable<Awaited<ReturnType<typeof claimDelivery>>>;

/** One try, as it ended. */
export type Attempt = Pick<AttemptRow, 'number' | 'statusCode' | 'error' | 'durationMs'>;

/** Notes a try, unless the delivery was deleted meanwhile. */
export const insertAttempt = (db: Database, deliveryId: string, attempt: Attempt) =>
  db.execute(sql`
    insert into integration_attempts (delivery_id, number, status_code, error, duration_ms)
    select id, ${attempt.number}::int, ${attempt.statusCode}::int, ${attempt.error}::text, ${attempt.durationMs}::int
    from integration_deliveries where id = ${deliveryId}::uuid
  `);

/** A claim that ran out and was taken anew is somebody else's. */
const isClaimedAs = (id: string, attempts: number): SQL =>
  and(eq(integrationDeliveries.id, id), eq(integrationDeliveries.attempts, attempts))!;

/** It has arrived, even if it was cancelled on its way. */
export const markDelivered = (db: Database, id: string, attempts: number) =>
  db
    .update(integrationDeliveries)
    .set({ status: 'delivered', deliveredAt: sql`now()` })
    .where(isClaimedAs(id, attempts));

/** Gives back what this attempt claimed, to be tried again after `delayMs`. */
export const postponeDelivery = (db: Database, id: string, attempts: number, delayMs: number) =>
  db
    .update(integrationDeliveries)
    .set({ nextAttemptAt: sql`now() + make_interval(secs => ${delayMs / 1000})` })
    .where(and(isClaimedAs(id, attempts), eq(integrationDeliveries.status, 'pending')));

export const markFailed = (db: Database, id: string, attempts: number) =>
  db
    .update(integrationDeliveries)
    .set({ status: 'failed' })
    .where(and(isClaimedAs(id, attempts), eq(integrationDeliveries.status, 'pending')));

/** Notes whether an integration takes messages, where that is news. It is no change of anybody's: no new version. */
export const noteHealth = (db: Database, integrationId: string, isFailing: boolean) =>
  db
    .update(workspaceIntegrations)
    .set({ failingSince: isFailing ? sql`now()` : null, updatedAt: sql`${workspaceIntegrations.updatedAt}` })
    .where(
      and(
        eq(workspaceIntegrations.id, integrationId),
        (isFailing ? isNull : isNotNull)(workspaceIntegrations.failingSince),
      ),
    );

/** Deliveries whose time has come, the longest due first. */
export async function findDueDeliveries(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: integrationDeliveries.id })
    .from(integrationDeliveries)
    .innerJoin(workspaceIntegrations, eq(workspaceIntegrations.id, integrationDeliveries.integrationId))
    .innerJoin(workspaces, eq(workspaces.id, integrationDeliveries.workspaceId))
    .where(and(isDue, isDeliverable))
    .orderBy(integrationDeliveries.nextAttemptAt)
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Deletes up to `limit` deliveries, with their attempts, that are older than `before`; returns how many. */
export const deleteDeliveriesBefore = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: integrationDeliveries.id, time: integrationDeliveries.createdAt }, before, limit);
