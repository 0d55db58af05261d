import { and, eq, gt, lt, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { llmCachedAnswers } from '../../../db/schema/index.ts';

const isOne = (workspaceId: string, requestHash: string) =>
  and(eq(llmCachedAnswers.workspaceId, workspaceId), eq(llmCachedAnswers.requestHash, requestHash));

export async function findAnswer(
  db: Database,
  workspaceId: string,
  requestHash: string,
): Promise<{ callId: string; createdAt: Date } | undefined> {
  const [row] = await db
    .select({ callId: llmCachedAnswers.callId, createdAt: llmCachedAnswers.createdAt })
    .from(llmCachedAnswers)
    .where(and(isOne(workspaceId, requestHash), gt(llmCachedAnswers.expiresAt, sql`now()`)));
  return row;
}

export async function countHit(db: Database, workspaceId: string, requestHash: string): Promise<void> {
  await db
    .update(llmCachedAnswers)
    .set({ hits: sql`${llmCachedAnswers.hits} + 1` })
    .where(isOne(workspaceId, requestHash));
}

/** The latest answer counts, and to tell of one again changes nothing. */
export async function insertAnswer(
  db: Database,
  answer: typeof llmCachedAnswers.$inferInsert & { createdAt: Date },
): Promise<void> {
  const { callId, expiresAt, createdAt } = answer;
  await db
    .insert(llmCachedAnswers)
    .values(answer)
    .onConflictDoUpdate({
      target: [llmCachedAnswers.workspaceId, llmCachedAnswers.requestHash],
      set: { callId, expiresAt, createdAt, hits: 0 },
      setWhere: lt(llmCachedAnswers.createdAt, createdAt),
    });
}

/** Deletes what serves nobody any more, at most `limit`; returns how many. */
export async function deleteExpired(db: Database, now: Date, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from llm_cached_answers where (workspace_id, request_hash) in (
      select workspace_id, request_hash from llm_cached_answers
      where expires_at < ${now.toISOString()}::timestamptz limit ${limit}
    )`);
  return rowCount;
}
