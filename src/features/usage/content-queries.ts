import { and, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { llmCallContents, usageLogs } from '../../db/schema/index.ts';

export type ContentRow = typeof llmCallContents.$inferSelect;

/** What was kept of the call of a line, while it is to be kept. A null user stands for everybody. */
export async function findContent(
  db: Database,
  { workspaceId, userId, lineId }: { workspaceId: string; userId: string | null; lineId: string },
): Promise<ContentRow | undefined> {
  const [row] = await db
    .select({ content: llmCallContents })
    .from(usageLogs)
    .innerJoin(llmCallContents, eq(llmCallContents.callId, usageLogs.callId))
    .where(
      and(
        eq(usageLogs.id, lineId),
        eq(usageLogs.workspaceId, workspaceId),
        eq(llmCallContents.workspaceId, workspaceId),
        userId === null ? undefined : eq(usageLogs.userId, userId),
        gt(llmCallContents.expiresAt, sql`now()`),
      ),
    );
  return row?.content;
}
