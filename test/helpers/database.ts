import { env } from 'cloudflare:workers';
import { neon } from '@neondatabase/serverless';
// For its effect: it points the driver at the proxy in front of the test database.
import '../../local/worker.ts';

/** The database under test, for what the API does not show: `` await sql`select … where id = ${id}` ``. */
export const sql = neon(env.DATABASE_URL);

/** The tables in which a text stands, in whatever column. */
export async function tablesWith(text: string): Promise<string[]> {
  const tables = await sql`select table_schema || '.' || table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const counts = await Promise.all(
    tables.map(({ name }) =>
      sql.query(`select count(*)::int as n from ${name} t where position($1 in t::text) > 0`, [text]),
    ),
  );
  return tables.flatMap(({ name }, at) => (counts[at]![0]!.n > 0 ? [name as string] : []));
}
