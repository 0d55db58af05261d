import { eq, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { users, workspaceMembers, workspaces } from '../../../db/schema/index.ts';

/** Makes those who make workspaces for one account wait for each other; others go on referring to it. */
export function lockMaker(db: Database, userId: string) {
  return db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
}

/** The first of `base`, `base-1`, `base-2`… that no workspace has, deleted ones included. */
const freeSlug = (base: string): SQL => sql`(
  with recursive tried (n, slug) as (
    select 0, ${base}::text
    union all
    select n + 1, ${base}::text || '-' || (n + 1) from tried
    where exists (select from workspaces w where w.slug = tried.slug)
  )
  select slug from tried order by n desc limit 1
)`;

const hasIndividual = (ownerId: string): SQL => sql`exists (
  select from workspaces w where w.owner_id = ${ownerId}::uuid and w.type = 'individual' and w.status = 'active'
)`;

type Row = typeof workspaces.$inferInsert;
export type NewWorkspace = Omit<Row, 'slug' | 'type' | 'maxMembers'> & { maxMembers: number | null; slugBase: string };

/**
 * Makes a workspace, individual if its owner has none, and then for them alone. To be run with {@link lockMaker}; a slug
 * that somebody else took in the same moment is a violation of `workspaces_slug_key`.
 */
export function insertWorkspace(db: Database, { slugBase, ...row }: NewWorkspace) {
  const isShared = hasIndividual(row.ownerId);
  return db.insert(workspaces).values({
    ...row,
    slug: freeSlug(slugBase),
    type: sql`(case when ${isShared} then 'collaborative' else 'individual' end)::workspace_type`,
    maxMembers: sql`case when ${isShared} then ${row.maxMembers}::int else 1 end`,
    enableChat: sql`${row.enableChat}::boolean and ${isShared}`,
    enableVideoCalls: sql`${row.enableVideoCalls}::boolean and ${isShared}`,
    allowGuestAccess: sql`${row.allowGuestAccess}::boolean and ${isShared}`,
  });
}

/** An individual workspace is a favourite from the start. */
export function insertMaker(db: Database, workspaceId: string, userId: string) {
  return db.insert(workspaceMembers).values({
    workspaceId,
    userId,
    role: 'owner',
    isFavorite: sql`(select w.type = 'individual' from workspaces w where w.id = ${workspaceId}::uuid)`,
  });
}

export type Account = {
  has_individual: boolean;
  workspaces: number;
  storage_bytes: number;
  executions: number;
  plan: {
    name: string;
    slug: string;
    max_workspaces: number | null;
    max_members_per_workspace: number | null;
    max_projects_per_workspace: number | null;
    max_storage_mb: number | null;
    max_executions_per_month: number | null;
    allow_collaborative_workspaces: boolean;
  } | null;
};

/** What an account owns and uses, and its plan; executions since `month`, those that were deleted since too. */
export async function findAccount(db: Database, userId: string, month: Date): Promise<Account> {
  const { rows } = await db.execute<Account>(sql`
    select
      coalesce(bool_or(w.type = 'individual') filter (where w.status = 'active'), false) as has_individual,
      count(*) filter (where w.status = 'active')::int as workspaces,
      coalesce(sum(w.storage_bytes) filter (where w.status = 'active'), 0)::float8 as storage_bytes,
      coalesce(sum(e.executions), 0)::int as executions,
      (
        select to_jsonb(p) from user_subscriptions s join plans p on p.id = s.plan_id
        where s.user_id = ${userId}::uuid and s.status = 'active'
      ) as plan
    from workspaces w
    cross join lateral (
      select (
        select count(*) from workflow_executions x
        where x.workspace_id = w.id and x.created_at >= ${month.toISOString()}::timestamptz
      ) + (
        select count(*) from removed_executions r
        where r.workspace_id = w.id and r.created_at >= ${month.toISOString()}::timestamptz
      ) as executions
    ) e
    where w.owner_id = ${userId}::uuid
  `);
  return rows[0]!;
}
