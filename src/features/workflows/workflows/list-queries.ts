import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { Position } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { matchesWords } from '../../../db/full-text.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { workflows } from '../../../db/schema/index.ts';
import { isNotDeleted, isPublic } from '../guard-queries.ts';
import { workflowColumns, type WorkflowRow } from './queries.ts';

export type WorkflowFilter = {
  /** The workspace that reads them. */
  readerId: string;
  /** Null for the public ones of all workspaces. */
  workspaceId: string | null;
  category?: string | undefined;
  search?: string | undefined;
  /** All of them. */
  tags: string[];
  status?: WorkflowRow['status'] | undefined;
};

export type WorkflowPageRequest = { limit: number; offset: number; after: Position | null; bytes: number };

const isIn = (workspaceId: string | null): SQL =>
  workspaceId === null ? isPublic : eq(workflows.workspaceId, workspaceId);

function fitting(filter: WorkflowFilter): SQL {
  const { workspaceId, category, search, tags, status } = filter;
  return and(
    isIn(workspaceId),
    isNotDeleted,
    category === undefined ? undefined : eq(workflows.category, category),
    status === undefined ? undefined : eq(workflows.status, status),
    tags.length === 0 ? undefined : sql`${workflows.tags} @> ${textArray(tags)}`,
    search === undefined ? undefined : matchesWords(sql`${workflows.searchable}`, search),
  )!;
}

const textArray = (values: string[]): SQL =>
  sql`array[${sql.join(
    values.map((value) => sql`${value}::text`),
    sql`, `,
  )}]`;

/**
 * Workflows, the newest first: at most `limit`, and no more than fit into so many bytes, but at least one. `available` is
 * how many there were to choose from, one more than the limit at most. With it the number of all that fit the filter.
 */
export async function findWorkflows(db: Database, filter: WorkflowFilter, page: WorkflowPageRequest) {
  const { limit, offset, after, bytes } = page;
  const fits = fitting(filter);
  const listed = sql`(
    select id, count(*) over ()::int as available, row_number() over newest as rank,
      sum(size_bytes) over newest as total_bytes
    from (
      select id, created_at, size_bytes from ${workflows}
      where ${and(fits, afterPosition(workflows.createdAt, workflows.id, after))}
      order by ${workflows.createdAt} desc, ${workflows.id} desc limit ${limit + 1} offset ${after ? 0 : offset}
    ) first window newest as (order by created_at desc, id desc)
  ) listed`;
  const [rows, [count]] = await db.batch([
    db
      .select({ ...workflowColumns(filter.readerId), available: sql<number>`listed.available` })
      .from(workflows)
      .innerJoin(listed, sql`listed.id = ${workflows.id}`)
      .where(sql`listed.rank <= ${limit} and (listed.rank = 1 or listed.total_bytes <= ${bytes})`)
      .orderBy(desc(workflows.createdAt), desc(workflows.id)),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(workflows)
      .where(fits),
  ]);
  return { rows, total: count!.total };
}

/** What workflows are filed under, and how many are, the most used first. */
export async function findTags(db: Database, workspaceId: string | null, limit: number) {
  const { rows } = await db.execute<{ name: string; count: number }>(sql`
    select tag as name, count(*)::int as count from ${workflows} cross join unnest(${workflows.tags}) as tag
    where ${isIn(workspaceId)} and ${isNotDeleted} group by 1 order by 2 desc, 1 limit ${limit}`);
  return rows;
}

export async function findCategories(db: Database, workspaceId: string | null, limit: number) {
  const { rows } = await db.execute<{ name: string; count: number }>(sql`
    select ${workflows.category} as name, count(*)::int as count from ${workflows}
    where ${isIn(workspaceId)} and ${isNotDeleted} and ${workflows.category} is not null
    group by 1 order by 2 desc, 1 limit ${limit}`);
  return rows;
}
