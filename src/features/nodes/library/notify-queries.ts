import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { digestId } from '../../../db/digest-id.ts';
import { mailOutbox, users, workspaceMembers } from '../../../db/schema/index.ts';
import { queueLetters } from '../../mail/index.ts';

export type Recipient = {
  id: string;
  /** The words by which it was asked for. */
  names: string[];
  /** Mails of workflows in the last hour. */
  recent: number;
};

/** Active members of a workspace that are named by id, user name or address, with what they got lately. */
export async function findRecipients(
  db: Database,
  workspaceId: string,
  names: readonly string[],
): Promise<Recipient[]> {
  const { rows } = await db.execute<Recipient>(sql`
    select u.id, array[u.id::text, lower(u.username), lower(u.email)] as names, (
      select count(*)::int from ${mailOutbox} o
      where o.user_id = u.id and o.template = 'workflow_notice' and o.created_at > now() - interval '1 hour'
    ) as recent
    from ${workspaceMembers} m join ${users} u on u.id = m.user_id and u.is_active
    where m.workspace_id = ${workspaceId}::uuid
      and array[u.id::text, lower(u.username), lower(u.email)] &&
        array(select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`);
  return rows;
}

export type Notice = { key: string; subject: string; items: string; sender: string };

/** Queues a mail to each of them, once for its key; returns the ids of those that were written. */
export async function insertNotices(
  db: Database,
  userIds: readonly string[],
  { key, ...words }: Notice,
): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(
    queueLetters(
      'workflow_notice',
      sql`select notice.id, notice.user_id, ${JSON.stringify(words)}::jsonb as parameters
        from (
          select ${digestId(sql`'workflow_notice'`, sql`${key}::text`, sql`wanted.id`)} as id, wanted.id::uuid as user_id
          from jsonb_array_elements_text(${JSON.stringify(userIds)}::jsonb) as wanted (id)
        ) notice
        where not exists (select from ${mailOutbox} o where o.id = notice.id)`,
    ),
  );
  return rows.map(({ id }) => id);
}
