import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { executionSettings } from '../../../db/schema/index.ts';

export type SettingsRow = typeof executionSettings.$inferSelect;

export async function findSettings(db: Database, workspaceId: string): Promise<SettingsRow | undefined> {
  const [row] = await db.select().from(executionSettings).where(eq(executionSettings.workspaceId, workspaceId));
  return row;
}

export function saveSettings(
  db: Database,
  settings: Pick<SettingsRow, 'workspaceId' | 'maxConcurrentExecutions' | 'isPaused' | 'retentionDays' | 'updatedBy'>,
) {
  const { workspaceId: _, ...changes } = settings;
  return db
    .insert(executionSettings)
    .values(settings)
    .onConflictDoUpdate({ target: executionSettings.workspaceId, set: { ...changes, updatedAt: sql`now()` } });
}
