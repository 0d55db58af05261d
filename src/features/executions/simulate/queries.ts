import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import type { JsonObject, WorkflowDefinition } from '../../../db/schema/index.ts';
import { isOpen } from '../queries.ts';

/** An execution that ended by itself and ran from its beginning to its end: what it took says what the next one takes. */
export type PastRun = { id: string; version: number; ms: number; usd: number; nodes: number };

/** Of a workflow in a workspace, the latest first; of others' executions of it, which may be many, some are looked past. */
export async function findPastRuns(
  db: Database,
  { workspaceId, workflowId, limit }: { workspaceId: string; workflowId: string; limit: number },
): Promise<PastRun[]> {
  const { rows } = await db.execute<PastRun>(sql`
    select x.id, coalesce(x.workflow_version, 0)::int as version, x.cost_usd::float8 as usd,
      (extract(epoch from x.completed_at - x.started_at) * 1000)::float8 as ms,
      (x.completed_nodes + x.failed_nodes)::int as nodes
    from (
      select * from workflow_executions e where e.workflow_id = ${workflowId}::uuid
      order by e.created_at desc, e.id desc limit ${10 * limit}
    ) x
    where x.workspace_id = ${workspaceId}::uuid and x.status in ('completed', 'failed', 'timeout')
      and x.trigger_type not in ('fork', 'resume', 'replay') and x.retry_count = 0
      and x.started_at is not null and x.completed_at is not null
    order by x.created_at desc, x.id desc limit ${limit}`);
  return rows;
}

/** What the workflow did in some of its versions. */
export async function findDefinitions(db: Database, workflowId: string, versions: number[]) {
  if (versions.length === 0) return [];
  const { rows } = await db.execute<{ version: number; definition: WorkflowDefinition }>(sql`
    select version, definition from workflow_versions where workflow_id = ${workflowId}::uuid
      and version in ${listOf(versions, 'int')}`);
  return rows;
}

/** A node of which it is asked what it took before, as records have it. */
export type AskedNode = { node_key: string; node_type: string; config: JsonObject };

export type PastNode = {
  execution_id: string;
  node_key: string;
  iteration: number[];
  has_failed: boolean;
  port: string | null;
  ms: number;
  usd: number;
  /** Milliseconds since the execution began. */
  from_ms: number;
  to_ms: number;
  /** Whether it was configured as it is now. */
  is_same: boolean;
};

/** What the nodes of some executions of a workflow took. */
export async function findPastNodes(db: Database, workspaceId: string, runIds: string[], asked: AskedNode[]) {
  if (runIds.length === 0) return [];
  const { rows } = await db.execute<PastNode>(sql`
    select n.execution_id, n.node_key, n.iteration, n.status = 'failed' as has_failed, n.port,
      coalesce(n.duration_ms, 0)::float8 as ms, n.cost_usd::float8 as usd,
      (extract(epoch from n.started_at - e.started_at) * 1000)::float8 as from_ms,
      (extract(epoch from n.completed_at - e.started_at) * 1000)::float8 as to_ms,
      coalesce(w.node_type = n.node_type and w.config = n.config_data, false) as is_same
    from workflow_executions e
    join node_executions n on n.execution_id = e.id
    left join json_to_recordset(${JSON.stringify(asked)}::json) as w (node_key text, node_type text, config jsonb)
      on w.node_key = n.node_key
    where e.workspace_id = ${workspaceId}::uuid
      and e.id in ${listOf(runIds, 'uuid')}
      and n.status in ('completed', 'failed') and n.started_at is not null and n.completed_at is not null`);
  return rows;
}

export type SimilarNode = { kind: string; ms: number; usd: number };

/** What tells nodes apart that take alike: their type, and of a model which one. */
const kindOf = sql`concat_ws('/', n.node_type, n.config_data ->> 'provider', n.config_data ->> 'model')`;

/** What nodes of some kinds took lately in a workspace, whatever workflow they were of. */
export async function findSimilarNodes(db: Database, workspaceId: string, kinds: string[]): Promise<SimilarNode[]> {
  if (kinds.length === 0) return [];
  const { rows } = await db.execute<SimilarNode>(sql`
    select ${kindOf} as kind, n.duration_ms::float8 as ms, n.cost_usd::float8 as usd
    from (
      select e.id from workflow_executions e where e.workspace_id = ${workspaceId}::uuid
      order by e.created_at desc, e.id desc limit 100
    ) lately
    join node_executions n on n.execution_id = lately.id
    where n.status = 'completed' and n.duration_ms is not null
      and ${kindOf} in ${listOf(kinds, 'text')}
    limit 2000`);
  return rows;
}

export type StartFacts = {
  /** Executions of the month that count against the plan, and how many it allows; null where it allows any number. */
  month_used: number;
  month_limit: number | null;
  open: number;
};

/** What an execution would meet that began now. */
export async function findStartFacts(
  db: Database,
  { workspaceId, month }: { workspaceId: string; month: Date },
): Promise<StartFacts> {
  const { rows } = await db.execute<StartFacts>(sql`
    with plan as (
      select s.user_id, p.max_executions_per_month as most from workspaces w
      join user_subscriptions s on s.user_id = w.owner_id and s.status = 'active'
      join plans p on p.id = s.plan_id and p.max_executions_per_month is not null
      where w.id = ${workspaceId}::uuid
    )
    select plan.most::int as month_limit,
      executions_of_month(plan.user_id, ${month.toISOString()}::timestamptz, plan.most)::int as month_used,
      (select count(*)::int from workflow_executions x
        where x.workspace_id = ${workspaceId}::uuid and ${isOpen(sql`x.status`)}
          and x.waiting_since is null) as open
    from (values (1)) one left join plan on true`);
  return rows[0]!;
}
