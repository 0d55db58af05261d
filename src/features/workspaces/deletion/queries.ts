import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { workspaceMembers, workspaces } from '../../../db/schema/index.ts';
import { selectWorkspaces } from '../queries.ts';
import type { Viewer } from '../viewer.ts';

/** How long a deleted workspace can be restored. */
export const KEEP_DAYS = 30;

const isKept = (deletedAt: SQL): SQL => sql`${deletedAt} > now() - make_interval(days => ${KEEP_DAYS})`;

export function markDeleted(db: Database, id: string) {
  return db
    .update(workspaces)
    .set({ status: 'deleted', deletedAt: sql`now()`, version: sql`${workspaces.version} + 1` })
    .where(eq(workspaces.id, id));
}

/** Deleted workspaces that the viewer is an owner of and can restore, the latest first: one more than the limit. */
export function findDeleted(db: Database, viewer: Viewer, page: PageRequest) {
  return selectWorkspaces(db, viewer)
    .where(
      and(
        eq(workspaceMembers.userId, viewer.userId),
        eq(workspaceMembers.role, 'owner'),
        eq(workspaces.status, 'deleted'),
        isKept(sql`${workspaces.deletedAt}`),
        page.after ? afterPosition(workspaces.deletedAt, workspaces.id, page.after) : undefined,
      ),
    )
    .orderBy(desc(workspaces.deletedAt), desc(workspaces.id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

/** Makes those who restore or purge the same workspace wait for each other. */
export function lockDeleted(db: Database, id: string) {
  return db
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(and(eq(workspaces.id, id), eq(workspaces.status, 'deleted')))
    .for('no key update');
}

/** Whether a workspace was deleted, can be restored, and has this owner. */
export const isRestorable = (id: string, userId: string): SQL => sql`exists (
  select from workspaces w join workspace_members m on m.workspace_id = w.id and m.role = 'owner'
  where w.id = ${id}::uuid and w.status = 'deleted' and ${isKept(sql`w.deleted_at`)} and m.user_id = ${userId}::uuid
)`;

export function markRestored(db: Database, id: string) {
  return db
    .update(workspaces)
    .set({ status: 'active', deletedAt: null, version: sql`${workspaces.version} + 1` })
    .where(eq(workspaces.id, id));
}

/** Workspaces whose time to be restored is over; `now` at the latest is the database's own. */
export async function findPurgeable(db: Database, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(
      and(
        eq(workspaces.status, 'deleted'),
        sql`${workspaces.deletedAt} <= least(now(), ${now.toISOString()}::timestamptz) - make_interval(days => ${KEEP_DAYS})`,
      ),
    )
    .orderBy(workspaces.deletedAt)
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** What a workspace may have very many of, each before what refers to it. */
export const BULKY_TABLES = [
  'llm_call_contents',
  'integration_deliveries',
  'notifications',
  'workspace_activities',
  'project_comments',
  'project_versions',
  'node_executions',
  'workflow_executions',
  // After them, since they are noted here while they are deleted.
  'removed_executions',
  'workflow_deployments',
  'workflow_versions',
] as const;

/** Deletes at most `limit` rows of a workspace that is about to go; returns how many. */
export async function deleteRows(
  db: Database,
  table: (typeof BULKY_TABLES)[number],
  workspaceId: string,
  limit: number,
): Promise<number> {
  const name = sql.identifier(table);
  const { rowCount } = await db.execute(sql`
    delete from ${name} where ctid = any(array(
      select ctid from ${name} where workspace_id = ${workspaceId}::uuid limit ${limit}
    ))`);
  return rowCount;
}

/** Deletes a workspace that was deleted before, with all that is left in it. */
export async function deleteForGood(db: Database, id: string): Promise<void> {
  await db.delete(workspaces).where(and(eq(workspaces.id, id), eq(workspaces.status, 'deleted')));
}
