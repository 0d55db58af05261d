import type { BatchItem } from 'drizzle-orm/batch';
import type { Database } from './client.ts';

export type Statements = [BatchItem<'pg'>, ...BatchItem<'pg'>[]];

/** Runs statements as one transaction. One alone is one by itself, and is spared the beginning and the end of it. */
export async function together(db: Database, statements: Statements): Promise<unknown[]> {
  return statements.length === 1 ? [await statements[0]] : db.batch(statements);
}
