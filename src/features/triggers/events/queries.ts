import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { eventTriggers } from '../../../db/schema/index.ts';

export type EventTriggerRow = typeof eventTriggers.$inferSelect;

const isOne = (workspaceId: string, id: string) =>
  and(eq(eventTriggers.workspaceId, workspaceId), eq(eventTriggers.id, id))!;

/** The event triggers of a workflow, newest first: one more than the limit. */
export function findTriggers(
  db: Database,
  workspaceId: string,
  workflowId: string,
  page: PageRequest,
): Promise<EventTriggerRow[]> {
  const { createdAt, id } = eventTriggers;
  const isOf = and(eq(eventTriggers.workspaceId, workspaceId), eq(eventTriggers.workflowId, workflowId));
  return db
    .select()
    .from(eventTriggers)
    .where(and(isOf, afterPosition(createdAt, id, page.after)))
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

export async function findTrigger(db: Database, workspaceId: string, id: string): Promise<EventTriggerRow | undefined> {
  const [row] = await db.select().from(eventTriggers).where(isOne(workspaceId, id));
  return row;
}

/** Whether a workspace has fewer than so many; for a transaction that has locked it. */
export const hasRoom = (db: Database, workspaceId: string, limit: number): SQL =>
  sql`${db.$count(eventTriggers, eq(eventTriggers.workspaceId, workspaceId))} < ${limit}`;

export const exists = (workspaceId: string, id: string): SQL =>
  sql`exists (select from ${eventTriggers} where ${isOne(workspaceId, id)})`;

/** Whether it still has a version; takes it, so that it stays as it is until the transaction ends. */
export const hasVersion = (workspaceId: string, id: string, version: number): SQL =>
  sql`exists (select from ${eventTriggers}
    where ${and(isOne(workspaceId, id), eq(eventTriggers.version, version))} for update)`;

export const insertTrigger = (db: Database, row: typeof eventTriggers.$inferInsert) =>
  db.insert(eventTriggers).values(row).returning();

export type EventTriggerChanges = Partial<Omit<EventTriggerRow, 'id' | 'workspaceId' | 'workflowId' | 'createdBy'>>;

export const updateTrigger = (db: Database, workspaceId: string, id: string, changes: EventTriggerChanges) =>
  db
    .update(eventTriggers)
    .set({ ...changes, version: sql`${eventTriggers.version} + 1` })
    .where(isOne(workspaceId, id))
    .returning();

export const deleteTrigger = (db: Database, workspaceId: string, id: string) =>
  db.delete(eventTriggers).where(isOne(workspaceId, id));
