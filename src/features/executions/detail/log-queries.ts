import { and, asc, desc, eq, gt, gte, inArray, lte, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { executionLogs } from '../../../db/schema/index.ts';

const { executionId, seq, level, nodeKey, message, loggedAt } = executionLogs;

export type LogRow = typeof executionLogs.$inferSelect;

export type LogFilter = {
  levels?: LogRow['level'][] | undefined;
  node?: string | undefined;
  /** In the message, in whatever case. */
  search?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** Lines of an execution in their order: one more than the limit. Whose it is has been found out before. */
export const findLogs = (
  db: Database,
  id: string,
  filter: LogFilter,
  { after, limit, offset }: { after: number; limit: number; offset: number },
) =>
  db
    .select()
    .from(executionLogs)
    .where(and(matches(id, filter), gt(seq, after)))
    .orderBy(asc(seq))
    .limit(limit + 1)
    .offset(offset);

export const countLogs = (db: Database, id: string, filter: LogFilter) =>
  db
    .select({ total: sql<number>`count(*)::int` })
    .from(executionLogs)
    .where(matches(id, filter));

const matches = (id: string, { levels, node, search, from, to }: LogFilter): SQL =>
  and(
    eq(executionId, id),
    levels && inArray(level, levels),
    node === undefined ? undefined : eq(nodeKey, node),
    search === undefined ? undefined : sql`position(lower(${search}) in lower(${message})) > 0`,
    from && gte(loggedAt, from),
    to && lte(loggedAt, to),
  )!;

/** The last lines of an execution as text, in their order. */
export const findLastLines = (db: Database, id: string, limit: number) => {
  const last = db
    .select({
      seq,
      line: sql<string>`to_char(${loggedAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || ${level}
        || coalesce(' [' || ${nodeKey} || ']', '') || ' ' || left(${message}, 1000)`.as('line'),
    })
    .from(executionLogs)
    .where(eq(executionId, id))
    .orderBy(desc(seq))
    .limit(limit)
    .as('last');
  return db.select({ line: last.line }).from(last).orderBy(asc(last.seq));
};
