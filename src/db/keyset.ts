import { sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Position } from '../core/pagination.ts';

/**
 * What comes after a position in a list ordered by time and id, both descending unless said; an index on the two serves
 * it.
 */
export function afterPosition(
  createdAt: PgColumn,
  id: PgColumn | SQL,
  after: Position | null,
  order: 'asc' | 'desc' = 'desc',
): SQL | undefined {
  if (!after) return undefined;
  const follows = order === 'asc' ? sql`>` : sql`<`;
  return sql`(${createdAt}, ${id}) ${follows} (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`;
}
