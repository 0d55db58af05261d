import { sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Position } from '../core/pagination.ts';

/** What comes after a position in a list ordered by time and id, both descending; an index on the two serves it. */
export function afterPosition(createdAt: PgColumn, id: PgColumn, after: Position | null): SQL | undefined {
  if (!after) return undefined;
  return sql`(${createdAt}, ${id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`;
}
