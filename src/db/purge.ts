import { inArray, lt } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from './client.ts';

/** Rows that one statement may delete, so that it ends well within its time. */
const ROWS_PER_STATEMENT = 5_000;

/** Beyond it the rest waits for the next run. */
const STATEMENTS_PER_RUN = 100;

/**
 * Deletes in portions until none is left; `deletePortion` deletes at most `limit` rows and returns how many.
 * @param most fewer for rows that take many others along
 */
export async function purge(
  deletePortion: (limit: number) => Promise<number>,
  most: number = ROWS_PER_STATEMENT,
): Promise<void> {
  for (let i = 0; i < STATEMENTS_PER_RUN; i++) {
    if ((await deletePortion(most)) < most) return;
  }
}

/** Deletes up to `limit` rows from before that time, by the column that tells them apart; returns how many. */
export async function deleteBefore(
  db: Database,
  { key, time }: { key: PgColumn; time: PgColumn },
  before: Date,
  limit: number,
): Promise<number> {
  const old = db.select({ key }).from(key.table).where(lt(time, before)).limit(limit);
  const { rowCount } = await db.delete(key.table).where(inArray(key, old));
  return rowCount;
}
