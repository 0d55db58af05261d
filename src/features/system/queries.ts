import { sql } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';

export async function selectOne(db: Database): Promise<void> {
  await db.execute(sql`select 1`);
}

/** The schema that statements without one use, and how many tables it has. */
export async function describeSchema(db: Database): Promise<{ schema: string; tables: number }> {
  const { rows } = await db.execute<{ schema: string; tables: number }>(sql`
    select current_schema() as schema, count(*)::int as tables
    from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`);
  return rows[0]!;
}
