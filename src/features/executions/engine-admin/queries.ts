import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { executionEngine } from '../../../db/schema/index.ts';

export type EngineFacts = {
  is_running: boolean;
  changed_by: string | null;
  changed_at_ms: number;
  open: number;
  workspaces: number;
  overdue: number;
  last_sweep_ms: number | null;
};

/** @param sweep the name of the clock's task that looks after executions */
export const findEngine = (db: Database, sweep: string) =>
  db.execute<EngineFacts>(sql`
    select e.is_running, e.changed_by, (extract(epoch from e.changed_at) * 1000)::float8 as changed_at_ms, counted.*,
      (select (extract(epoch from max(t.last_finished_at)) * 1000)::float8 from cron_tasks t where t.name = ${sweep})
        as last_sweep_ms
    from execution_engine e, (
      select count(*)::int as open, count(distinct x.workspace_id)::int as workspaces,
        count(*) filter (where x.next_check_at < now() - interval '1 minute')::int as overdue
      from workflow_executions x where x.next_check_at is not null
    ) counted
    where e.id = 1`);

export const setRunning = (db: Database, isRunning: boolean, changedBy: string) =>
  db
    .update(executionEngine)
    .set({ isRunning, changedBy, changedAt: sql`now()` })
    .where(eq(executionEngine.id, 1));

/** Workspaces with executions that have not ended. */
export async function findBusyWorkspaces(db: Database, limit: number): Promise<string[]> {
  const { rows } = await db.execute<{ workspace_id: string }>(sql`
    select distinct x.workspace_id from workflow_executions x where x.next_check_at is not null limit ${limit}`);
  return rows.map((row) => row.workspace_id);
}
