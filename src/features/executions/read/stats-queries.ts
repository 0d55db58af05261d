import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';

export type StatsFilter = {
  workspaceId: string;
  workflowId: string | undefined;
  since: string | undefined;
  /** What has ended and is not recorded as such yet. */
  ended: { id: string; status: string; seconds: number | null; nodes: number; cost_usd: string }[];
};

export type Figures = {
  total: number;
  open: number;
  completed: number;
  failed: number;
  cancelled: number;
  average_seconds: number | null;
  nodes: number;
  cost_usd: string;
};

export type DayFigures = { day: string; total: number; completed: number; failed: number; cancelled: number };

export type UsedWorkflow = { workflow_id: string; workflow_name: string; count: number };

/** Executions as `e`, each as it is now. Nodes that it has taken over from another one are not its own. */
const executionsOf = ({ workspaceId, workflowId, since, ended }: StatsFilter) => sql`(
  select x.workflow_id, x.created_at, coalesce(l.status, x.status) as status,
    greatest(0, coalesce(l.nodes, x.completed_nodes + x.failed_nodes)
      - coalesce((x.restart ->> 'taken')::int, 0)) as nodes, coalesce(l.cost_usd, x.cost_usd) as cost_usd,
    coalesce(l.seconds, extract(epoch from x.completed_at - x.started_at)) as seconds
  from workflow_executions x
  left join json_to_recordset(${JSON.stringify(ended)}::json)
    as l (id uuid, status text, seconds float8, nodes int, cost_usd numeric)
    on l.id = x.id and x.status in ('pending', 'running', 'paused')
  where x.workspace_id = ${workspaceId}::uuid
    ${workflowId === undefined ? sql`` : sql`and x.workflow_id = ${workflowId}::uuid`}
    ${since === undefined ? sql`` : sql`and x.created_at >= ${since}::timestamptz`}
) e`;

const OUTCOMES = sql`
  count(*)::int as total,
  count(*) filter (where e.status = 'completed')::int as completed,
  count(*) filter (where e.status in ('failed', 'timeout'))::int as failed,
  count(*) filter (where e.status = 'cancelled')::int as cancelled`;

export const sumExecutions = (db: Database, filter: StatsFilter) =>
  db.execute<Figures>(sql`
    select ${OUTCOMES}, count(*) filter (where e.status in ('pending', 'running', 'paused'))::int as open,
      (avg(e.seconds) filter (where e.status = 'completed'))::float8 as average_seconds,
      coalesce(sum(e.nodes), 0)::float8 as nodes,
      trim_scale(coalesce(sum(e.cost_usd), 0))::text as cost_usd
    from ${executionsOf(filter)}`);

/** The last days that had any, newest first. */
export const sumDays = (db: Database, filter: StatsFilter, days: number) =>
  db.execute<DayFigures>(sql`
    select to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD') as day, ${OUTCOMES}
    from ${executionsOf(filter)} group by 1 order by 1 desc limit ${days}`);

export const findMostUsed = (db: Database, filter: StatsFilter, limit: number) =>
  db.execute<UsedWorkflow>(sql`
    select used.workflow_id, w.name as workflow_name, used.count
    from (
      select e.workflow_id, count(*)::int as count from ${executionsOf(filter)}
      where e.workflow_id is not null
      group by e.workflow_id order by count(*) desc, e.workflow_id limit ${limit}
    ) used
    join workflows w on w.id = used.workflow_id order by used.count desc, used.workflow_id`);
