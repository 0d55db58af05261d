import { and, desc, eq, gte, sql } from 'drizzle-orm';
import type { PageRequest } from '../../core/pagination.ts';
import type { Database } from '../../db/client.ts';
import { afterPosition } from '../../db/keyset.ts';
import {
  plans,
  users,
  userSubscriptions,
  workspaceActivities,
  workspaceMembers,
  workspaces,
} from '../../db/schema/index.ts';

const memberCount = sql<number>`(
  select count(*)::int from ${workspaceMembers} m where m.workspace_id = ${workspaces.id}
)`;
const activityCount = sql<number>`(
  select count(*)::int from ${workspaceActivities} a where a.workspace_id = ${workspaces.id}
)`;
const lastActivityAt = sql<string | null>`(
  select max(a.created_at) from ${workspaceActivities} a where a.workspace_id = ${workspaces.id}
)`;

/**
 * The active workspaces of a member, or that one alone, newest first: one more than the limit, to tell whether others
 * follow.
 */
export function findWorkspacesOf(db: Database, userId: string, onlyId: string | null, page: PageRequest) {
  return db
    .select({
      id: workspaces.id,
      createdAt: workspaces.createdAt,
      workspace: workspaces,
      role: workspaceMembers.role,
      ownerName: users.fullName,
      plan: plans,
      memberCount,
      activityCount,
      lastActivityAt,
    })
    .from(workspaceMembers)
    .innerJoin(workspaces, eq(workspaces.id, workspaceMembers.workspaceId))
    .innerJoin(users, eq(users.id, workspaces.ownerId))
    .innerJoin(
      userSubscriptions,
      and(eq(userSubscriptions.userId, workspaces.ownerId), eq(userSubscriptions.status, 'active')),
    )
    .innerJoin(plans, eq(plans.id, userSubscriptions.planId))
    .where(
      and(
        eq(workspaceMembers.userId, userId),
        onlyId === null ? undefined : eq(workspaces.id, onlyId),
        eq(workspaces.status, 'active'),
        afterPosition(workspaces.createdAt, workspaces.id, page.after),
      ),
    )
    .orderBy(desc(workspaces.createdAt), desc(workspaces.id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

export type WorkspaceListRow = Awaited<ReturnType<typeof findWorkspacesOf>>[number];

/** The counts behind a workspace's statistics; activity since `recent` is counted apart. */
export function countWorkspace(db: Database, workspaceId: string, recent: Date) {
  return db
    .select({
      createdAt: workspaces.createdAt,
      maxStorageMb: workspaces.maxStorageMb,
      planMaxStorageMb: plans.maxStorageMb,
      memberCount,
      activityCount,
      recentActivityCount: db.$count(
        workspaceActivities,
        and(eq(workspaceActivities.workspaceId, workspaceId), gte(workspaceActivities.createdAt, recent)),
      ),
      lastActivityAt,
    })
    .from(workspaces)
    .innerJoin(
      userSubscriptions,
      and(eq(userSubscriptions.userId, workspaces.ownerId), eq(userSubscriptions.status, 'active')),
    )
    .innerJoin(plans, eq(plans.id, userSubscriptions.planId))
    .where(eq(workspaces.id, workspaceId));
}
