import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import {
  idempotencyClaims,
  workflowExecutions,
  type JsonObject,
  type WorkflowDefinition,
} from '../../../db/schema/index.ts';
import type { Origin } from '../origin.ts';
import { selectRunnable, type Stage } from '../../workflows/index.ts';

export type NewExecution = {
  id: string;
  workspaceId: string;
  workflowId: string;
  /** Null for the one of the stage. */
  version: number | null;
  /** What runs where no version is named: what is published, where it is left out. */
  stage?: Stage | undefined;
  createdBy: string;
  accessTokenId: string | null;
  requestId: string;
  priority: number;
  inputData: JsonObject | null;
  contextData: JsonObject | null;
  variables: JsonObject | null;
  grantedVariables: string[];
  origin: Origin;
  /** Whether it is a part of what somebody else wrote, and so reads nothing but what is granted, whoever wrote it. */
  isConfined?: boolean;
  timeoutSeconds: number | null;
  autoRetry: boolean;
  maxRetries: number;
  notifyOnCompletion: boolean;
  notifyOnFailure: boolean;
  tags: string[];
  metadata: JsonObject | null;
  /** Seconds until somebody looks after it who has heard nothing; null for one that is not to begin by itself. */
  checkAfter: number | null;
};

export type StartLimits = { open: number; month: Date; retryAfter: number };

/**
 * Lets starts that count against the same plan come one after another, so that the count in {@link insertExecution}
 * holds; where the plan has no limit nobody waits.
 */
export const lockPlan = (db: Database, workspaceId: string) =>
  db.execute(sql`
    select from user_subscriptions s
    join plans p on p.id = s.plan_id and p.max_executions_per_month is not null
    where s.status = 'active'
      and s.user_id = (select w.owner_id from workspaces w where w.id = ${workspaceId}::uuid)
    for no key update of s`);

/** What a runner has to know of what was inserted. Booleans and numbers, since PostgreSQL names the columns. */
export type StartedRow = {
  workflow_version: number;
  /** Null for the version whose definition is known. */
  definition: WorkflowDefinition | null;
  is_foreign: boolean;
  is_outside: boolean;
  /** Null where it was there already. */
  created_at_ms: number | null;
  workflow_limit: number | null;
  workspace_limit: number | null;
  is_paused: boolean;
  is_engine_running: boolean;
};

/**
 * Records an execution, pending, and tells all that its runner needs: one statement, so that what is recorded is what
 * runs. One that was recorded before is left as it is.
 * @param known a definition of the workflow that is at hand, and is not read once more
 * @throws {AppError} `not_found`, `workflow_not_runnable`, `limit_reached` or `queue_full` out of the batch
 */
export function insertExecution(
  db: Database,
  row: NewExecution,
  limits: StartLimits,
  known: { version: number; definition: WorkflowDefinition } | null,
) {
  const { workflowId, workspaceId, version, stage, origin } = row;
  const isKnown = sql`flow.version = ${known?.version ?? 0}::int`;
  const wanted = { workflowId, workspaceId, version: version ?? undefined, stage };
  return db.execute<StartedRow>(sql`
    with flow as ${selectRunnable(db, wanted)}, plan as (
      select s.user_id, p.max_executions_per_month as most
      from workspaces w
      join user_subscriptions s on s.user_id = w.owner_id and s.status = 'active'
      join plans p on p.id = s.plan_id and p.max_executions_per_month is not null
      where w.id = ${row.workspaceId}::uuid
    ), made as (
      insert into workflow_executions (
        id, workspace_id, workflow_id, workflow_version, created_by, access_token_id, request_id, priority, input_data,
        context_data, variables, granted_variables, timeout_seconds, auto_retry, max_retries, notify_on_completion,
        notify_on_failure, tags, metadata, next_check_at, total_nodes, estimated_duration,
        trigger_type, trigger_id, parent_execution_id, parent_node_key, root_execution_id, depth, restart, concurrency_key,
        is_confined
      )
      select ${row.id}::uuid, ${row.workspaceId}::uuid, flow.id,
        case when ${isVersion(origin)}::boolean then flow.version end, ${row.createdBy}::uuid,
        ${row.accessTokenId}::uuid, ${row.requestId}, ${row.priority}::smallint, ${toJson(row.inputData)}::jsonb,
        ${toJson(row.contextData)}::jsonb, ${toJson(row.variables)}::jsonb, ${toArray(row.grantedVariables)},
        ${row.timeoutSeconds}::int, ${row.autoRetry}::boolean, ${row.maxRetries}::smallint,
        ${row.notifyOnCompletion}::boolean, ${row.notifyOnFailure}::boolean, ${toArray(row.tags)},
        ${toJson(row.metadata)}::jsonb, now() + make_interval(secs => ${row.checkAfter}::int),
        case when ${isKnown} then ${known?.definition.nodes.length ?? 0}::int
          else jsonb_array_length(flow.definition -> 'nodes') end,
        ${estimatedSeconds(row.workspaceId)},
        ${origin.triggerType}, ${origin.triggerId}::uuid, ${origin.parentExecutionId}::uuid, ${origin.parentNodeKey},
        ${origin.rootExecutionId}::uuid, ${origin.depth}::smallint, ${toJson(origin.restart)}::jsonb,
        ${origin.concurrencyKey}, ${row.isConfined ?? false}::boolean
      from flow
      on conflict (id) do nothing
      returning created_at
    )
    select
      refuse_unless(flow.id is not null, 'not_found', '{"resource":"workflow"}'),
      refuse_unless(flow.status not in ('archived', 'paused'), 'workflow_not_runnable',
        jsonb_build_object('status', flow.status)),
      refuse_unless(plan.most is null
        or plan.most > executions_of_month(plan.user_id, ${limits.month.toISOString()}::timestamptz, plan.most),
        'limit_reached', jsonb_build_object('resource', 'executions in this month', 'limit', plan.most)),
      refuse_unless(${limits.open}::int > (
        select count(*) from (
          select from workflow_executions x where x.workspace_id = ${row.workspaceId}::uuid
            and x.status in ('pending', 'running', 'paused') and x.waiting_since is null limit ${limits.open}::int
        ) open
      ), 'queue_full', jsonb_build_object('limit', ${limits.open}::int, 'retryAfter', ${limits.retryAfter}::int)),
      flow.version as workflow_version, case when not ${isKnown} then flow.definition end as definition,
      flow.created_by is distinct from ${row.createdBy}::uuid as is_foreign,
      flow.workspace_id is distinct from ${row.workspaceId}::uuid as is_outside,
      (extract(epoch from made.created_at) * 1000)::float8 as created_at_ms,
      flow.max_concurrent_executions::int as workflow_limit, s.max_concurrent_executions::int as workspace_limit,
      coalesce(s.is_paused, false) as is_paused,
      coalesce((select e.is_running from execution_engine e where e.id = 1), true) as is_engine_running
    from (values (1)) one
    left join flow on true left join plan on true left join made on true
    left join execution_settings s on s.workspace_id = ${row.workspaceId}::uuid`);
}

/** Whether a version runs, and not what was given in place of one. */
const isVersion = ({ restart }: Origin) => restart?.definition === undefined;

/** The mean of the latest executions of the workflow that were completed in the same workspace. */
const estimatedSeconds = (workspaceId: string) => sql`(
  select ceil(avg(extract(epoch from recent.completed_at - recent.started_at)))::int
  from (
    select x.status, x.started_at, x.completed_at, x.workspace_id from workflow_executions x
    where x.workflow_id = flow.id and x.restart is null order by x.created_at desc, x.id desc limit 20
  ) recent
  where recent.status = 'completed' and recent.workspace_id = ${workspaceId}::uuid
)`;

const toJson = (value: object | null) => (value === null ? null : JSON.stringify(value));

const toArray = (texts: string[]) => sql`array(select json_array_elements_text(${JSON.stringify(texts)}::json))`;

/** Takes back an execution that never began, with the claim of the request that made it. It counts nowhere. */
export function withdrawExecution(db: Database, workspaceId: string, id: string, claimScope: string | null) {
  const isOne = and(eq(workflowExecutions.id, id), eq(workflowExecutions.workspaceId, workspaceId));
  return db.batch([
    // Deleted as one that was only prepared.
    db.update(workflowExecutions).set({ nextCheckAt: null }).where(isOne),
    db.delete(workflowExecutions).where(isOne),
    db
      .delete(idempotencyClaims)
      .where(and(eq(idempotencyClaims.scope, claimScope ?? ''), eq(idempotencyClaims.resourceId, id))),
  ]);
}
