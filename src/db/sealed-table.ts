import { and, getTableName, inArray, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { SealedTable } from '../core/reseal.ts';
import type { Database } from './client.ts';

/** Where a table keeps its sealed texts. An index on the first part of them, the id of their key, serves the search. */
type Place = { id: PgColumn; workspaceId: PgColumn; sealed: PgColumn };

/** The sealed texts of a table, to be sealed anew; their owners notice nothing: no version and no time changes. */
export function sealedTable(db: Database, { id, workspaceId, sealed }: Place): SealedTable {
  const name = getTableName(id.table);
  return {
    name,
    find(keyIds, afterId, limit) {
      const isSealedWith = inArray(sql`split_part(${sealed}, '.', 1)`, [...keyIds]);
      return db
        .select({ id: sql<string>`${id}`, workspaceId: sql<string>`${workspaceId}`, sealed: sql<string>`${sealed}` })
        .from(id.table)
        .where(and(isSealedWith, afterId === null ? undefined : sql`${id} > ${afterId}::uuid`))
        .orderBy(id)
        .limit(limit);
    },
    async replace(values) {
      const column = sql.identifier(sealed.name);
      const result = await db.execute(sql`
        update ${id.table} t set ${column} = given.fresh
        from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as given (id uuid, former text, fresh text)
        where t.id = given.id and t.${column} = given.former`);
      return result.rowCount;
    },
  };
}
