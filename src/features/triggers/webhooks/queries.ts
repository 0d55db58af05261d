import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { webhookTriggers } from '../../../db/schema/index.ts';

export type WebhookRow = typeof webhookTriggers.$inferSelect;

const isOne = (workspaceId: string, id: string) =>
  and(eq(webhookTriggers.workspaceId, workspaceId), eq(webhookTriggers.id, id))!;

/** The webhooks of a workflow, newest first: one more than the limit. */
export function findWebhooks(
  db: Database,
  workspaceId: string,
  workflowId: string,
  page: PageRequest,
): Promise<WebhookRow[]> {
  const { createdAt, id } = webhookTriggers;
  const isOf = and(eq(webhookTriggers.workspaceId, workspaceId), eq(webhookTriggers.workflowId, workflowId));
  return db
    .select()
    .from(webhookTriggers)
    .where(and(isOf, afterPosition(createdAt, id, page.after)))
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

export async function findWebhook(db: Database, workspaceId: string, id: string): Promise<WebhookRow | undefined> {
  const [row] = await db.select().from(webhookTriggers).where(isOne(workspaceId, id));
  return row;
}

/** Whether a workspace has fewer than so many; for a transaction that has locked it. */
export const hasRoom = (db: Database, workspaceId: string, limit: number): SQL =>
  sql`${db.$count(webhookTriggers, eq(webhookTriggers.workspaceId, workspaceId))} < ${limit}`;

export const exists = (workspaceId: string, id: string): SQL =>
  sql`exists (select from ${webhookTriggers} where ${isOne(workspaceId, id)})`;

/** Whether it still has a version; takes it, so that it stays as it is until the transaction ends. */
export const hasVersion = (workspaceId: string, id: string, version: number): SQL =>
  sql`exists (select from ${webhookTriggers}
    where ${and(isOne(workspaceId, id), eq(webhookTriggers.version, version))} for update)`;

export const insertWebhook = (db: Database, row: typeof webhookTriggers.$inferInsert) =>
  db.insert(webhookTriggers).values(row).returning();

export type WebhookChanges = Partial<Omit<WebhookRow, 'id' | 'workspaceId' | 'workflowId' | 'createdBy' | 'hookId'>>;

export const updateWebhook = (db: Database, workspaceId: string, id: string, changes: WebhookChanges) =>
  db
    .update(webhookTriggers)
    .set({ ...changes, version: sql`${webhookTriggers.version} + 1` })
    .where(isOne(workspaceId, id))
    .returning();

export const deleteWebhook = (db: Database, workspaceId: string, id: string) =>
  db.delete(webhookTriggers).where(isOne(workspaceId, id));

/** Opens or ends a time of tests; it is no change of the webhook. */
export const setTest = (db: Database, workspaceId: string, id: string, until: Date | null, runs: boolean) =>
  db
    .update(webhookTriggers)
    .set({ testUntil: until, testRuns: runs, updatedAt: sql`${webhookTriggers.updatedAt}` })
    .where(isOne(workspaceId, id))
    .returning();
