import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { llmEndpoints } from '../../../db/schema/index.ts';

export type EndpointRow = typeof llmEndpoints.$inferSelect;

const isOne = (workspaceId: string, id: string) =>
  and(eq(llmEndpoints.workspaceId, workspaceId), eq(llmEndpoints.id, id))!;

/** The endpoints of a workspace, newest first: one more than the limit. */
export function findEndpoints(db: Database, workspaceId: string, page: PageRequest): Promise<EndpointRow[]> {
  const { createdAt, id } = llmEndpoints;
  return db
    .select()
    .from(llmEndpoints)
    .where(and(eq(llmEndpoints.workspaceId, workspaceId), afterPosition(createdAt, id, page.after)))
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

export async function findEndpoint(db: Database, workspaceId: string, id: string): Promise<EndpointRow | undefined> {
  const [row] = await db.select().from(llmEndpoints).where(isOne(workspaceId, id));
  return row;
}

/** The endpoint of a workspace that calls reach by a name. */
export async function findActiveEndpoint(
  db: Database,
  workspaceId: string,
  name: string,
): Promise<EndpointRow | undefined> {
  const { workspaceId: workspace, name: called, isActive } = llmEndpoints;
  const [row] = await db
    .select()
    .from(llmEndpoints)
    .where(and(eq(workspace, workspaceId), eq(called, name), eq(isActive, true)));
  return row;
}

export const hasFewerThan = (workspaceId: string, limit: number): SQL =>
  sql`(select count(*) from ${llmEndpoints} where ${eq(llmEndpoints.workspaceId, workspaceId)}) < ${limit}`;

export const isEndpoint = (workspaceId: string, id: string): SQL =>
  sql`exists (select from ${llmEndpoints} where ${isOne(workspaceId, id)})`;

/** Whether it still has a version; takes it, so that it stays as it is until the transaction ends. */
export const hasVersion = (workspaceId: string, id: string, version: number): SQL =>
  sql`exists (select from ${llmEndpoints} where ${and(isOne(workspaceId, id), eq(llmEndpoints.version, version))} for update)`;

export const insertEndpoint = (db: Database, endpoint: typeof llmEndpoints.$inferInsert) =>
  db.insert(llmEndpoints).values(endpoint).returning();

export type EndpointChanges = Partial<Pick<EndpointRow, 'name' | 'baseUrl' | 'sealedKey' | 'models' | 'isActive'>>;

export const updateEndpoint = (db: Database, workspaceId: string, id: string, changes: EndpointChanges) =>
  db
    .update(llmEndpoints)
    .set({ ...changes, version: sql`${llmEndpoints.version} + 1` })
    .where(isOne(workspaceId, id))
    .returning();

export const deleteEndpoint = (db: Database, workspaceId: string, id: string) =>
  db.delete(llmEndpoints).where(isOne(workspaceId, id));
