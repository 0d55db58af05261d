import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { isOpen } from '../queries.ts';

export type StatsFilter = {
  workspaceId: string;
  workflowId: string | undefined;
  since: Date;
  /** Of more than so many the latest are counted. */
  limit: number;
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

/** Executions, each as it is now. Nodes that it has taken over from another one are not its own. */
const executionsOf = ({ workspaceId, workflowId, since, limit, ended }: StatsFilter) => sql`
  select x.workflow_id, x.created_at, coalesce(l.status, x.status) as status,
    greatest(0, coalesce(l.nodes, x.completed_nodes + x.failed_nodes)
      - coalesce((x.restart ->> 'taken')::int, 0)) as nodes, coalesce(l.cost_usd, x.cost_usd) as cost_usd,
    coalesce(l.seconds, extract(epoch from x.completed_at - x.started_at)) as seconds
  from workflow_executions x
  left join json_to_recordset(${JSON.stringify(ended)}::json)
    as l (id uuid, status text, seconds float8, nodes int, cost_usd numeric)
    on l.id = x.id and ${isOpen(sql`x.status`)}
  where x.workspace_id = ${workspaceId}::uuid and x.created_at >= ${since.toISOString()}::timestamptz
    ${workflowId === undefined ? sql`` : sql`and x.workflow_id = ${workflowId}::uuid`}
  order by x.created_at desc, x.id desc limit ${limit}`;

const OUTCOMES = sql`
  count(*)::int as total,
  count(*) filter (where e.status = 'completed')::int as completed,
  count(*) filter (where e.status in ('failed', 'timeout'))::int as failed,
  count(*) filter (where e.status = 'cancelled')::int as cancelled`;

export type Counted = {
  sums: Figures;
  /** The last days that had any, newest first. */
  days: DayFigures[] | null;
  most_used: UsedWorkflow[] | null;
};

/** All that is told of executions, which are read once for it. */
export async function sumExecutions(
  db: Database,
  filter: StatsFilter,
  shown: { days: number; workflows: number },
): Promise<Counted> {
  const { rows } = await db.execute<Counted>(sql`
    with e as materialized (${executionsOf(filter)}), sums as (
      select ${OUTCOMES}, count(*) filter (where ${isOpen(sql`e.status`)})::int as open,
        (avg(e.seconds) filter (where e.status = 'completed'))::float8 as average_seconds,
        coalesce(sum(e.nodes), 0)::float8 as nodes,
        trim_scale(coalesce(sum(e.cost_usd), 0))::text as cost_usd
      from e
    ), days as (
      select to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD') as day, ${OUTCOMES}
      from e group by 1 order by 1 desc limit ${shown.days}
    ), used as (
      select e.workflow_id, count(*)::int as count from e
      where e.workflow_id is not null
      group by e.workflow_id order by count(*) desc, e.workflow_id limit ${shown.workflows}
    )
    select (select to_json(sums) from sums) as sums,
      (select json_agg(days order by days.day desc) from days) as days,
      (select json_agg(json_build_object('workflow_id', u.workflow_id, 'workflow_name', w.name, 'count', u.count)
          order by u.count desc, u.workflow_id)
        from used u join workflows w on w.id = u.workflow_id) as most_used`);
  return rows[0]!;
}
