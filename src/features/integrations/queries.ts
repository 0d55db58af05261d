import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../core/pagination.ts';
import type { Database } from '../../db/client.ts';
import { afterPosition } from '../../db/keyset.ts';
import { integrationDeliveries, workspaceIntegrations } from '../../db/schema/index.ts';

export type IntegrationRow = typeof workspaceIntegrations.$inferSelect;

const isOf = (workspaceId: string, id: string): SQL =>
  and(eq(workspaceIntegrations.workspaceId, workspaceId), eq(workspaceIntegrations.id, id))!;

/** The integrations of a workspace, newest first: one more than the limit, to tell whether others follow. */
export function findIntegrations(db: Database, workspaceId: string, page: PageRequest): Promise<IntegrationRow[]> {
  const { createdAt, id } = workspaceIntegrations;
  return db
    .select()
    .from(workspaceIntegrations)
    .where(and(eq(workspaceIntegrations.workspaceId, workspaceId), afterPosition(createdAt, id, page.after)))
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

export async function findIntegration(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<IntegrationRow | undefined> {
  const [row] = await db.select().from(workspaceIntegrations).where(isOf(workspaceId, id));
  return row;
}

/** Whether a workspace has fewer than so many; for a transaction that has locked it. */
export const hasRoom = (db: Database, workspaceId: string, limit: number): SQL =>
  sql`${db.$count(workspaceIntegrations, eq(workspaceIntegrations.workspaceId, workspaceId))} < ${limit}`;

export type NewIntegration = Pick<
  IntegrationRow,
  'id' | 'workspaceId' | 'createdBy' | 'type' | 'config' | 'sealedSecrets' | 'isEnabled'
>;

export const insertIntegration = (db: Database, row: NewIntegration) =>
  db.insert(workspaceIntegrations).values(row).returning();

/** Whether such a row is there; takes it, so that it stays as it is until the transaction ends. */
const holdsRow = (condition: SQL): SQL =>
  sql`exists (select from ${workspaceIntegrations} where ${condition} for update)`;

export const exists = (workspaceId: string, id: string): SQL => holdsRow(isOf(workspaceId, id));

export const hasVersion = (workspaceId: string, id: string, version: number): SQL =>
  holdsRow(and(isOf(workspaceId, id), eq(workspaceIntegrations.version, version))!);

export const isEnabled = (id: string): SQL =>
  holdsRow(and(eq(workspaceIntegrations.id, id), eq(workspaceIntegrations.isEnabled, true))!);

/** The same, if nobody has changed it since. */
export const isStillEnabled = (id: string, version: number): SQL =>
  holdsRow(
    and(
      eq(workspaceIntegrations.id, id),
      eq(workspaceIntegrations.isEnabled, true),
      eq(workspaceIntegrations.version, version),
    )!,
  );

export type IntegrationChanges = Partial<Pick<IntegrationRow, 'config' | 'sealedSecrets' | 'isEnabled'>>;

/** Changes it. What the platform has held against it is forgotten: whoever changes it means it to work again. */
export const updateIntegration = (db: Database, id: string, changes: IntegrationChanges) =>
  db
    .update(workspaceIntegrations)
    .set({
      ...changes,
      failingSince: null,
      ...(changes.isEnabled && { disabledReason: null }),
      version: sql`${workspaceIntegrations.version} + 1`,
    })
    .where(eq(workspaceIntegrations.id, id))
    .returning();

export const deleteIntegration = (db: Database, id: string) =>
  db.delete(workspaceIntegrations).where(eq(workspaceIntegrations.id, id));

/** Switches it off in the platform's own name. */
export const disableIntegration = (
  db: Database,
  id: string,
  disabledReason: NonNullable<IntegrationRow['disabledReason']>,
) =>
  db
    .update(workspaceIntegrations)
    .set({ isEnabled: false, disabledReason, version: sql`${workspaceIntegrations.version} + 1` })
    .where(eq(workspaceIntegrations.id, id));

/** What still waits for an integration that was switched off is not sent; it can be replayed. */
export const cancelDeliveries = (db: Database, integrationId: string) =>
  db
    .update(integrationDeliveries)
    .set({ status: 'cancelled' })
    .where(and(eq(integrationDeliveries.integrationId, integrationId), eq(integrationDeliveries.status, 'pending')));
