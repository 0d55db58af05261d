import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import type { CallContents } from './compose.ts';

/**
 * Keeps the contents of a call for as long as its workspace wants it at this moment, if it does: whoever changes that
 * waits for this. Once is enough; nobody's are kept whose account or workspace is gone.
 */
export async function insertContents(db: Database, callId: string, { request, response }: CallContents): Promise<void> {
  await db.execute(sql`
    insert into llm_call_contents (call_id, workspace_id, created_by, request, response, expires_at)
    select c.id, c.workspace_id, c.created_by, ${JSON.stringify(request)}::jsonb, ${JSON.stringify(response)}::jsonb,
      now() + make_interval(days => s.keep_content_days)
    from llm_calls c join llm_settings s on s.workspace_id = c.workspace_id join users u on u.id = c.created_by
    where c.id = ${callId}::uuid and s.keep_content_days > 0
    for share of s
    on conflict (call_id) do nothing`);
}

/** Deletes what has expired, at most `limit`; returns how many. */
export async function deleteExpired(db: Database, now: Date, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from llm_call_contents where call_id in (
      select call_id from llm_call_contents where expires_at <= ${now.toISOString()}::timestamptz limit ${limit}
    )`);
  return rowCount;
}
