import { aliasedTable, and, desc, eq, isNull, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { deleteBefore } from '../../../db/purge.ts';
import {
  notifications,
  projects,
  users,
  workspaceActivities,
  workspaceMembers,
  workspaces,
} from '../../../db/schema/index.ts';
import type { NotificationKind } from '../kinds.ts';

export type NotificationFilter = { workspaceId?: string; kind?: NotificationKind; isUnread?: boolean };

/** Where the reader still is: what somebody was told in a workspace stays there when they leave it. */
const isReadable = sql`exists (
  select from ${workspaceMembers} m join ${workspaces} w on w.id = m.workspace_id and w.status = 'active'
  where m.workspace_id = ${notifications.workspaceId} and m.user_id = ${notifications.userId}
)`;

const isOf = (userId: string, { workspaceId, kind, isUnread }: NotificationFilter = {}): SQL =>
  and(
    eq(notifications.userId, userId),
    isReadable,
    workspaceId === undefined ? undefined : eq(notifications.workspaceId, workspaceId),
    kind === undefined ? undefined : eq(notifications.kind, kind),
    isUnread === undefined
      ? undefined
      : isUnread
        ? isNull(notifications.readAt)
        : sql`${notifications.readAt} is not null`,
  )!;

const actors = aliasedTable(users, 'actors');
const subjects = aliasedTable(users, 'subjects');

/** What somebody was told, newest first: one more than the limit. */
export function findNotifications(db: Database, userId: string, filter: NotificationFilter, page: PageRequest) {
  return (
    db
      .select({
        id: notifications.id,
        createdAt: notifications.createdAt,
        kind: notifications.kind,
        readAt: notifications.readAt,
        activity: workspaceActivities,
        userName: actors.fullName,
        userAvatar: actors.profileImageUrl,
        subjectName: subjects.fullName,
        workspaceName: workspaces.name,
        projectName: projects.name,
      })
      .from(notifications)
      .innerJoin(workspaceActivities, eq(workspaceActivities.id, notifications.activityId))
      .innerJoin(workspaces, eq(workspaces.id, notifications.workspaceId))
      .leftJoin(actors, eq(actors.id, workspaceActivities.userId))
      .leftJoin(subjects, eq(subjects.id, workspaceActivities.subjectId))
      // A project that has moved away since is somebody else's to name.
      .leftJoin(
        projects,
        and(eq(projects.id, workspaceActivities.projectId), eq(projects.workspaceId, notifications.workspaceId)),
      )
      .where(and(isOf(userId, filter), afterPosition(notifications.createdAt, notifications.id, page.after)))
      .orderBy(desc(notifications.createdAt), desc(notifications.id))
      .limit(page.limit + 1)
      .offset(page.after ? 0 : page.offset)
  );
}

export type NotificationRow = Awaited<ReturnType<typeof findNotifications>>[number];

export const countUnread = (db: Database, userId: string) =>
  db
    .select({ unread: sql<number>`count(*)::int` })
    .from(notifications)
    .where(isOf(userId, { isUnread: true }));

/** Marks as read, and takes what is read out of the next digest; returns how many it found. */
async function markRead(db: Database, which: SQL): Promise<number> {
  const { rowCount } = await db
    .update(notifications)
    .set({ readAt: sql`coalesce(${notifications.readAt}, now())`, mailDueAt: null })
    .where(which);
  return rowCount;
}

export const markOneRead = async (db: Database, userId: string, id: string): Promise<boolean> =>
  (await markRead(db, and(isOf(userId), eq(notifications.id, id))!)) > 0;

export const markAllRead = (db: Database, userId: string, workspaceId: string | undefined): Promise<number> =>
  markRead(db, isOf(userId, { workspaceId, isUnread: true }));

/** Deletes up to `limit` notifications from before that time; returns how many. */
export const deleteNotificationsBefore = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: notifications.id, time: notifications.createdAt }, before, limit);
