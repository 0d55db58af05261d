import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import { isOpen } from '../queries.ts';

/**
 * Deleted executions of which something may be left, for ten minutes claimed by the caller; the longest waiting first. One
 * that was started once more since, under the same id, is left alone until it is deleted again.
 */
export async function claimRemoved(db: Database, now: Date, limit: number) {
  const { rows } = await db.execute<{ execution_id: string; workspace_id: string }>(sql`
    with claimed as (
      update removed_executions r set clear_at = case
        when not exists (select from workflow_executions e where e.id = r.execution_id)
        then ${now.toISOString()}::timestamptz + interval '10 minutes'
      end
      from (
        select execution_id from removed_executions where clear_at < ${now.toISOString()}::timestamptz
        order by clear_at limit ${limit} for update skip locked
      ) due
      where r.execution_id = due.execution_id
      returning r.execution_id, r.workspace_id, r.clear_at
    )
    select execution_id, workspace_id from claimed where clear_at is not null`);
  return rows;
}

/** Nothing is left of them. */
export const markCleared = (db: Database, workspaceId: string, executionIds: string[]) =>
  db.execute(sql`
    update removed_executions set clear_at = null
    where workspace_id = ${workspaceId}::uuid and execution_id in ${listOf(executionIds, 'uuid')}`);

/** Whether an execution was there and has been deleted. */
export async function wasRemoved(db: Database, workspaceId: string, id: string): Promise<boolean> {
  const { rows } = await db.execute(sql`
    select from removed_executions where workspace_id = ${workspaceId}::uuid and execution_id = ${id}::uuid`);
  return rows.length > 0;
}

/** Deletes what is to be remembered no more; returns how many. */
export async function deleteRemovedBefore(db: Database, month: Date, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from removed_executions where execution_id in (
      select execution_id from removed_executions
      where created_at < ${month.toISOString()}::timestamptz and clear_at is null limit ${limit}
    )`);
  return rowCount;
}

/** Nodes that one statement takes along, about, so that it ends within its time. */
const NODES_AT_ONCE = 20_000;

/**
 * Deletes executions that ended longer ago than their workspace keeps them and that no open one goes on from, the longest
 * overdue first, whosesoever they are. Gives the limit, should there be more.
 */
export async function deleteExpired(db: Database, now: Date, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from workflow_executions where next_check_at is null and id in (
      select due.id from (
        select x.id, sum(x.nodes) over (order by x.expired_at, x.id) - x.nodes as before
        from execution_settings s cross join lateral (
          select e.id, e.completed_at + make_interval(days => s.retention_days) as expired_at,
            e.completed_nodes + e.failed_nodes as nodes
          from workflow_executions e
          where e.workspace_id = s.workspace_id and e.next_check_at is null
            and e.completed_at < ${now.toISOString()}::timestamptz - make_interval(days => s.retention_days)
            and not exists (
              select from workflow_executions c
              where c.parent_execution_id = e.id and ${isOpen(sql`c.status`)}
            )
          order by e.completed_at limit ${limit}
        ) x
        where s.retention_days is not null
        order by x.expired_at, x.id limit ${limit}
      ) due
      where due.before < ${NODES_AT_ONCE}::int
    )`);
  return rowCount > 0 ? limit : 0;
}
