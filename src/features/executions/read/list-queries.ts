import { desc, eq, sql, type SQL } from 'drizzle-orm';
import type { SortedKind, SortedPosition } from '../../../core/sorted-cursor.ts';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import { workflowExecutions, type ExecutionStatus } from '../../../db/schema/index.ts';
import { LISTED, type ExecutionRow } from '../queries.ts';

export const EXECUTION_SORTS = ['created_at', 'updated_at', 'started_at', 'completed_at', 'priority'] as const;

export type ExecutionSort = (typeof EXECUTION_SORTS)[number];

export type Direction = 'asc' | 'desc';

type Order = { field: SQL; type: SQL; kind: SortedKind; isOptional: boolean; read: (row: ExecutionRow) => string };

/** How a cursor spells that there is no time: no execution is as old. */
const NEVER = new Date(0).toISOString();

/** What a list may be sorted by, each served by an index, and how a cursor spells the value. */
const ORDERS: Record<ExecutionSort, Order> = {
  created_at: moment(sql`e.created_at`, (row) => row.createdAt),
  updated_at: moment(sql`e.updated_at`, (row) => row.updatedAt),
  started_at: { ...moment(sql`e.started_at`, (row) => row.startedAt), isOptional: true },
  completed_at: { ...moment(sql`e.completed_at`, (row) => row.completedAt), isOptional: true },
  priority: {
    field: sql`e.priority`,
    type: sql`smallint`,
    kind: 'count',
    isOptional: false,
    read: (row) => String(row.priority),
  },
};

function moment(field: SQL, read: (row: ExecutionRow) => Date | null): Order {
  return {
    field,
    type: sql`timestamptz`,
    kind: 'moment',
    isOptional: false,
    read: (row) => read(row)?.toISOString() ?? NEVER,
  };
}

export const kindOf = (sort: ExecutionSort) => ORDERS[sort].kind;

export const positionOf = (row: ExecutionRow, sort: ExecutionSort): SortedPosition => ({
  value: ORDERS[sort].read(row),
  id: row.id,
});

export type ExecutionFilter = {
  workspaceId: string;
  workflowIds?: string[] | undefined;
  /** Those of these states, given the ones that runners know of and the database does not. */
  states?: { statuses: ExecutionStatus[]; these: string[]; notThese: string[] } | undefined;
  triggerTypes?: string[] | undefined;
  triggerId?: string | undefined;
  parentId?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
  /** All of them. */
  tags?: string[] | undefined;
};

export type Listing = {
  filter: ExecutionFilter;
  sort: ExecutionSort;
  direction: Direction;
  limit: number;
  offset: number;
  after: SortedPosition | null;
};

/**
 * Executions in an order: one more than the limit, to tell whether others follow. Those that have no value there stand
 * where PostgreSQL puts them, before all others where it goes down and after them where it goes up; as parts of their own,
 * so that each is read by the index of the order.
 */
export function findExecutions(db: Database, { filter, sort, direction, limit, after, ...page }: Listing) {
  const { field, type, isOptional } = ORDERS[sort];
  const offset = after ? 0 : page.offset;
  const [way, follows] = direction === 'desc' ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`];
  const part = (condition: SQL, order: SQL) => sql`(
    select e.id, ${field} as position from ${workflowExecutions} e
    where ${matches(filter)} and ${condition} order by ${order} limit ${offset + limit + 1}
  )`;
  const isAfterNone = after !== null && after.value === NEVER;
  const isAfterSome = after !== null && !isAfterNone;
  const none = isAfterNone ? sql`${field} is null and e.id ${follows} ${after.id}::uuid` : sql`${field} is null`;
  const some = isAfterSome
    ? sql`(${field}, e.id) ${follows} (${after.value}::${type}, ${after.id}::uuid)`
    : sql`${field} is not null`;
  const parts: SQL[] = [];
  // What was read to its end is left out: of a list that goes down, those without; of one that goes up, those with.
  if (isOptional && !(isAfterSome && direction === 'desc')) parts.push(part(none, sql`e.id ${way}`));
  if (!(isAfterNone && direction === 'asc')) parts.push(part(some, sql`${field} ${way}, e.id ${way}`));
  const firsts = sql`(
    select page.id, page.position from (${sql.join(parts, sql` union all `)}) page
    order by page.position ${way}, page.id ${way} limit ${limit + 1} offset ${offset}
  ) firsts`;
  return db
    .select(LISTED)
    .from(workflowExecutions)
    .innerJoin(firsts, sql`firsts.id = ${workflowExecutions.id}`)
    .orderBy(sql`firsts.position ${way}`, sql`firsts.id ${way}`);
}

/** What must hold for an execution `e`. */
function matches(filter: ExecutionFilter): SQL {
  const { workspaceId, workflowIds, states, triggerTypes, triggerId, parentId, createdAfter, createdBefore, tags } =
    filter;
  const conditions = [
    sql`e.workspace_id = ${workspaceId}::uuid`,
    ...(workflowIds ? [sql`e.workflow_id in ${listOf(workflowIds, 'uuid')}`] : []),
    ...(states
      ? [
          sql`(e.id in ${listOf(states.these, 'uuid')} or (e.status in (${textsOf(states.statuses)})
            and e.id not in ${listOf(states.notThese, 'uuid')}))`,
        ]
      : []),
    ...(triggerTypes ? [sql`e.trigger_type in (${textsOf(triggerTypes)})`] : []),
    ...(triggerId ? [sql`e.trigger_id = ${triggerId}::uuid`] : []),
    ...(parentId ? [sql`e.parent_execution_id = ${parentId}::uuid`] : []),
    ...(createdAfter ? [sql`e.created_at >= ${createdAfter}::timestamptz`] : []),
    ...(createdBefore ? [sql`e.created_at <= ${createdBefore}::timestamptz`] : []),
    ...(tags ? [sql`e.tags @> array${listOf(tags, 'text')}`] : []),
  ];
  return sql.join(conditions, sql` and `);
}

const textsOf = (texts: string[]) =>
  sql.join(
    texts.map((text) => sql`${text}`),
    sql`, `,
  );

/** One page of a workflow's executions in a workspace, newest first. */
export function findOfWorkflow(
  db: Database,
  { workspaceId, workflowId }: { workspaceId: string; workflowId: string },
  { size, page, after }: { size: number; page: number; after: SortedPosition | null },
) {
  const { createdAt, id } = workflowExecutions;
  return db
    .select(LISTED)
    .from(workflowExecutions)
    .where(
      sql`${ofWorkflow(workspaceId, workflowId)} and ${
        after ? sql`(${createdAt}, ${id}) < (${after.value}::timestamptz, ${after.id}::uuid)` : sql`true`
      }`,
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(size + 1)
    .offset(after ? 0 : (page - 1) * size);
}

export const countOfWorkflow = (db: Database, workspaceId: string, workflowId: string) =>
  db
    .select({ total: sql<number>`count(*)::int` })
    .from(workflowExecutions)
    .where(ofWorkflow(workspaceId, workflowId));

const ofWorkflow = (workspaceId: string, workflowId: string) =>
  sql`${eq(workflowExecutions.workflowId, workflowId)} and ${eq(workflowExecutions.workspaceId, workspaceId)}`;
