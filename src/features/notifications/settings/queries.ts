import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../../../db/client.ts';
import { notificationSettings, workspaceMembers } from '../../../db/schema/index.ts';
import type { NotificationKind } from '../kinds.ts';

export type Member = { workspaceId: string; userId: string };

/** What a member has set, else what the schema says everybody begins with: for a left join to the settings. */
const effective = <C extends PgColumn>(column: C) =>
  sql<C['_']['data']>`coalesce(${column}, ${column.default})`.mapWith(column);

/** What holds for a member. */
export const SETTINGS = {
  emailNotifications: effective(notificationSettings.emailNotifications),
  pushNotifications: effective(notificationSettings.pushNotifications),
  desktopNotifications: effective(notificationSettings.desktopNotifications),
  digestFrequency: effective(notificationSettings.digestFrequency),
  notifyOnMention: effective(notificationSettings.notifyOnMention),
  notifyOnComment: effective(notificationSettings.notifyOnComment),
  notifyOnProjectUpdate: effective(notificationSettings.notifyOnProjectUpdate),
  notifyOnMemberJoin: effective(notificationSettings.notifyOnMemberJoin),
  notifyOnInvitation: effective(notificationSettings.notifyOnInvitation),
};

const SETTING_OF: Record<NotificationKind, SQL> = {
  mention: SETTINGS.notifyOnMention,
  comment: SETTINGS.notifyOnComment,
  project_update: SETTINGS.notifyOnProjectUpdate,
  member_join: SETTINGS.notifyOnMemberJoin,
  invitation: SETTINGS.notifyOnInvitation,
  // Somebody waits for it.
  approval: sql`true`,
};

/** Whether a member wants to be told of this kind of thing at all. */
export function wantsKind(kind: SQL): SQL {
  const cases = Object.entries(SETTING_OF).map(([name, setting]) => sql`when ${name} then ${setting}`);
  return sql`case ${kind} ${sql.join(cases, sql` `)} end`;
}

/** Whether a member wants mail, at once or as a digest. */
export const WANTS_MAIL = sql`(${SETTINGS.emailNotifications} and ${SETTINGS.digestFrequency} <> 'never')`;

/** Joins the settings to a member, whom `member` names. */
export const ofMember = (member: SQL): SQL => sql`${notificationSettings}
  on ${notificationSettings.workspaceId} = ${member}.workspace_id and ${notificationSettings.userId} = ${member}.user_id`;

export function findSettings(db: Database, { workspaceId, userId }: Member) {
  return db
    .select(SETTINGS)
    .from(workspaceMembers)
    .leftJoin(
      notificationSettings,
      and(
        eq(notificationSettings.workspaceId, workspaceMembers.workspaceId),
        eq(notificationSettings.userId, workspaceMembers.userId),
      ),
    )
    .where(and(eq(workspaceMembers.workspaceId, workspaceId), eq(workspaceMembers.userId, userId)));
}

export type SettingsRow = Awaited<ReturnType<typeof findSettings>>[number];

/** Keeps a membership from ending until the transaction does: settings refer to it. */
export const holdMembership = (db: Database, { workspaceId, userId }: Member) =>
  db
    .select({ id: workspaceMembers.id })
    .from(workspaceMembers)
    .where(and(eq(workspaceMembers.workspaceId, workspaceId), eq(workspaceMembers.userId, userId)))
    .for('key share');

export const isMember = ({ workspaceId, userId }: Member): SQL => sql`exists (
  select from ${workspaceMembers}
  where ${workspaceMembers.workspaceId} = ${workspaceId}::uuid and ${workspaceMembers.userId} = ${userId}::uuid
)`;

/** Sets what is given, and leaves the rest as it was. */
export const saveSettings = (db: Database, member: Member, changes: Partial<SettingsRow>) =>
  db
    .insert(notificationSettings)
    .values({ ...member, ...changes })
    .onConflictDoUpdate({
      target: [notificationSettings.workspaceId, notificationSettings.userId],
      set: { ...changes, updatedAt: sql`now()` },
    });
