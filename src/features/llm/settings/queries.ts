import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { llmSettings } from '../../../db/schema/index.ts';

export type SettingsRow = typeof llmSettings.$inferSelect;

export async function findSettings(db: Database, workspaceId: string): Promise<SettingsRow | undefined> {
  const [row] = await db.select().from(llmSettings).where(eq(llmSettings.workspaceId, workspaceId));
  return row;
}

export function saveSettings(
  db: Database,
  settings: Pick<SettingsRow, 'workspaceId' | 'keepContentDays' | 'updatedBy'>,
) {
  const { workspaceId: _, ...changes } = settings;
  return db
    .insert(llmSettings)
    .values(settings)
    .onConflictDoUpdate({ target: llmSettings.workspaceId, set: { ...changes, updatedAt: sql`now()` } })
    .returning();
}

/** Lets what was kept expire as if it had been kept for so many days from the beginning, if that is sooner. */
export const shortenContents = (db: Database, workspaceId: string, days: number) =>
  db.execute(sql`
    update llm_call_contents set expires_at = created_at + make_interval(days => ${days})
    where workspace_id = ${workspaceId}::uuid and expires_at > created_at + make_interval(days => ${days})`);
