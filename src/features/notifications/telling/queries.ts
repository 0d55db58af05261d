import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import type { NotificationKind } from '../kinds.ts';
import type { DueTimes } from '../mailing/due.ts';
import { ofMember, SETTINGS, WANTS_MAIL, wantsKind } from '../settings/queries.ts';
import type { Audience, Rule } from './rules.ts';

/** In a workspace with more members than this, who joins is told to its admins alone. */
const MEMBERS_TOLD = 100;

/** Who belongs to each audience of the row `activity`. Whether they are still members is asked of all of them. */
const AUDIENCES: Record<Audience, SQL> = {
  mentioned: sql`
    select mentioned.id::uuid
    from activity, jsonb_array_elements_text(activity.metadata -> 'mentioned') as mentioned (id)`,
  told: sql`
    select told.id::uuid from activity, jsonb_array_elements_text(activity.metadata -> 'told') as told (id)`,
  discussion: sql`
    select c.user_id from activity join project_collaborators c on c.project_id = activity.project_id
    union
    select t.user_id from activity join project_comments t on t.id = (activity.metadata ->> 'parent_id')::uuid
    union
    select r.user_id from activity join project_comments r on r.parent_id = (activity.metadata ->> 'parent_id')::uuid`,
  collaborators: sql`
    select c.user_id from activity join project_collaborators c on c.project_id = activity.project_id`,
  subject: sql`select activity.subject_id from activity`,
  members: sql`
    select m.user_id from activity join workspaces w on w.id = activity.workspace_id
    join workspace_members m on m.workspace_id = w.id
    where m.role in ('owner', 'admin') or w.member_count <= ${MEMBERS_TOLD}`,
  those_who_invite: sql`
    select m.user_id from activity join workspace_members m on m.workspace_id = activity.workspace_id
    where m.role in ('owner', 'admin')
    union
    select i.inviter_id from activity join workspace_invitations i on i.id = activity.resource_id::uuid`,
};

/**
 * Writes down, in one statement, whom an activity is told to: members as of now whose settings allow it, whoever did it
 * left out, each once by the first rule that applies. Done again it adds nobody who was told already.
 */
export function insertNotifications(db: Database, activityId: string, rules: Rule[], due: DueTimes) {
  const told = rules.map(
    ({ kind, audience }, priority) => sql`
      select audience.user_id, ${kind}::text as kind, ${priority}::int as priority
      from (${AUDIENCES[audience]}) as audience (user_id)`,
  );
  return db.execute(sql`
    with activity as (
      select a.* from workspace_activities a
      join workspaces w on w.id = a.workspace_id and w.status = 'active' where a.id = ${activityId}
    )
    insert into notifications (workspace_id, user_id, activity_id, kind, mail_due_at)
    select distinct on (m.user_id) m.workspace_id, m.user_id, activity.id, told.kind,
      -- Of approvals there is a letter by itself.
      case when told.kind <> 'approval' and ${WANTS_MAIL} and u.is_verified then ${dueAt(due)} end
    from activity
    cross join (${sql.join(told, sql` union all `)}) as told
    join workspace_members m on m.workspace_id = activity.workspace_id and m.user_id = told.user_id
    join users u on u.id = m.user_id and u.is_active
    left join ${ofMember(sql`m`)}
    where m.user_id is distinct from activity.user_id and ${wantsKind(sql`told.kind`)}
    order by m.user_id, told.priority
    on conflict (activity_id, user_id) do nothing
  `);
}

function dueAt(due: DueTimes): SQL {
  const cases = Object.entries(due).map(
    ([frequency, time]) => sql`when ${frequency} then ${time.toISOString()}::timestamptz`,
  );
  return sql`case ${SETTINGS.digestFrequency} ${sql.join(cases, sql` `)} end`;
}

/** Somebody who was told, and how they want to hear of it. */
export type Reader = {
  id: string;
  user_id: string;
  kind: NotificationKind;
  push: boolean;
  desktop: boolean;
  is_mail_due: boolean;
};

export function findTold(db: Database, activityId: string, now: Date) {
  return db.execute<Reader>(sql`
    select n.id, n.user_id, n.kind, ${SETTINGS.pushNotifications} as push, ${SETTINGS.desktopNotifications} as desktop,
      coalesce(n.mail_due_at <= ${now.toISOString()}::timestamptz, false) as is_mail_due
    from notifications n left join ${ofMember(sql`n`)}
    where n.activity_id = ${activityId}
  `);
}
