import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { digestId } from '../../db/digest-id.ts';
import { deprecatedCalls, mailOutbox, users } from '../../db/schema/index.ts';

/**
 * A letter to each account that has proved its address, about the operations that it called on `day` (UTC) for the first
 * time in that month. Its id says for whom and which day it is, so that it is written once, however often this runs.
 */
export const selectNotices = (day: string, lastDays: { id: string; last_day: string }[], limit: number): SQL => sql`
  select called.letter_id as id, called.user_id, jsonb_build_object('items', called.items) as parameters
  from (
    select d.user_id, ${digestId(sql`'deprecated_calls'`, sql`d.user_id`, sql`${day}::date`)} as letter_id,
      string_agg(concat(operation.id, ': ', operation.last_day), chr(10) order by operation.id) as items
    from ${deprecatedCalls} d
    join json_to_recordset(${JSON.stringify(lastDays)}::json) as operation (id text, last_day text)
      on operation.id = d.operation_id
    where d.day = ${day}::date and not exists (
      select from ${deprecatedCalls} e
      where e.operation_id = d.operation_id and e.user_id = d.user_id
        and e.day >= date_trunc('month', ${day}::date) and e.day < d.day
    )
    group by d.user_id
  ) called
  join ${users} reader on reader.id = called.user_id and reader.is_verified and reader.is_active
  where not exists (select from ${mailOutbox} m where m.id = called.letter_id)
  limit ${limit}`;

/** Carries out what queues letters; returns their ids. */
export async function insertNotices(db: Database, statement: SQL): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(statement);
  return rows.map(({ id }) => id);
}
