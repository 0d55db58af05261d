import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import {
  users,
  type ExecutionStatus,
  type JsonObject,
  type Restart,
  type TriggerType,
  type WorkflowDefinition,
} from '../../../db/schema/index.ts';
import { isOpen } from '../queries.ts';
import type { LiveLog } from '../runner/types.ts';

/** Rows as the text of a JSON array, made by whoever has the pieces at hand. */
export type RowsText = string;

/** `firings`: the event triggers that its end is for, as rows that are to be acted on. */
export type EndedRow = { id: string; firings: string[] | null };

/**
 * Writes how executions ended, once each, what became of their nodes and what they said; adds them to what their workflows
 * have done, and notes which event triggers are for that. A call of a function, whose statements PostgreSQL does not plan
 * anew each time.
 */
export const recordExecutions = (
  db: Database,
  workspaceId: string,
  {
    ended = null,
    nodes = null,
    logs = null,
  }: { ended?: RowsText | null; nodes?: RowsText | null; logs?: RowsText | null },
) =>
  db.execute<EndedRow>(
    sql`select id, firings from record_executions(${workspaceId}::uuid, ${ended}::json, ${nodes}::json, ${logs}::json)`,
  );

/** Whether what is written of an execution is later than what its row says: the same try while it is open, or another. */
const isOlder = sql`e.retry_count <= r.retry_count
  and (${isOpen(sql`e.status`)} or e.retry_count < r.retry_count)`;

/** Executions that were taken up again have done again what had not been completed. */
export const deleteNodes = (db: Database, workspaceId: string, executionIds: string[]) =>
  db.execute(sql`
    delete from node_executions where workspace_id = ${workspaceId}::uuid and status <> 'completed'
      and execution_id in ${listOf(executionIds, 'uuid')}`);

/** Says of executions that have not ended how far they are, and when somebody is to ask for them. */
export const touchExecutions = (db: Database, workspaceId: string, rows: RowsText) =>
  db.execute(sql`
    update workflow_executions e set
      status = r.status, started_at = r.started_at, timeout_at = r.timeout_at, total_nodes = r.total_nodes,
      completed_nodes = r.completed_nodes, failed_nodes = r.failed_nodes, retry_count = r.retry_count,
      next_check_at = r.next_check_at, waiting_since = r.waiting_since, updated_at = r.updated_at
    from json_to_recordset(${rows}::json) as r (
      id uuid, status text, started_at timestamptz, timeout_at timestamptz, total_nodes int, completed_nodes int,
      failed_nodes int, retry_count smallint, next_check_at timestamptz, waiting_since timestamptz, updated_at timestamptz
    )
    where e.id = r.id and e.workspace_id = ${workspaceId}::uuid and ${isOlder}`);

/** Which of these executions are not there any more: somebody has deleted their workflow. */
export async function findDeleted(db: Database, workspaceId: string, ids: string[]): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select given.id from json_array_elements_text(${JSON.stringify(ids)}::json) as given (id)
    where not exists (
      select from workflow_executions e where e.id = given.id::uuid and e.workspace_id = ${workspaceId}::uuid
    )`);
  return rows.map(({ id }) => id);
}

/**
 * Executions that somebody should have heard of by now: of each workspace the longest overdue ones first, so that one whose
 * runner fails every time keeps no other from being asked.
 */
export async function findOverdue(db: Database, now: Date, limit: number) {
  const { rows } = await db.execute<{ id: string; workspace_id: string }>(sql`
    select id, workspace_id from (
      select id, workspace_id, row_number() over (partition by workspace_id order by next_check_at) as rank
      from workflow_executions where next_check_at < ${now.toISOString()}::timestamptz
    ) overdue
    order by rank limit ${limit}`);
  return rows;
}

/** What is in the database of an execution that its runner does not know. */
export type StoredExecution = {
  id: string;
  workflow_id: string | null;
  workflow_version: number | null;
  definition: WorkflowDefinition | null;
  is_foreign: boolean | null;
  is_confined: boolean;
  is_outside: boolean;
  created_by: string | null;
  access_token_id: string | null;
  request_id: string | null;
  status: ExecutionStatus;
  priority: number;
  input_data: JsonObject | null;
  context_data: JsonObject | null;
  variables: JsonObject | null;
  granted_variables: string[];
  tags: string[];
  trigger_type: TriggerType;
  trigger_id: string | null;
  parent_execution_id: string | null;
  parent_node_key: string | null;
  root_execution_id: string | null;
  depth: number;
  restart: Restart | null;
  concurrency_key: string | null;
  timeout_seconds: number | null;
  auto_retry: boolean;
  max_retries: number;
  retry_count: number;
  notify_on_completion: boolean;
  notify_on_failure: boolean;
  started_at_ms: number | null;
  created_at_ms: number;
  workflow_limit: number | null;
};

export async function findStored(db: Database, workspaceId: string, ids: string[]): Promise<StoredExecution[]> {
  const { rows } = await db.execute<StoredExecution>(sql`
    select e.id, e.workflow_id, coalesce(e.workflow_version, w.version)::int as workflow_version,
      case when w.workspace_id = e.workspace_id or w.is_public
        then coalesce(v.definition, case when e.workflow_version is null then w.definition end) end as definition,
      (e.is_confined or v.created_by is distinct from e.created_by) as is_foreign, e.is_confined,
      w.workspace_id is distinct from e.workspace_id as is_outside, e.created_by, e.access_token_id, e.request_id, e.status,
      e.priority::int as priority, e.input_data, e.context_data, e.variables, e.granted_variables, e.tags, e.timeout_seconds,
      e.trigger_type, e.trigger_id, e.parent_execution_id, e.parent_node_key, e.root_execution_id,
      e.depth::int as depth, e.restart, e.concurrency_key,
      e.auto_retry, e.max_retries::int as max_retries, e.retry_count::int as retry_count, e.notify_on_completion,
      e.notify_on_failure, (extract(epoch from e.started_at) * 1000)::float8 as started_at_ms,
      (extract(epoch from e.created_at) * 1000)::float8 as created_at_ms,
      w.max_concurrent_executions::int as workflow_limit
    from workflow_executions e
    left join workflows w on w.id = e.workflow_id
    left join workflow_versions v on v.workflow_id = e.workflow_id and v.version = e.workflow_version
    where e.workspace_id = ${workspaceId}::uuid
      and e.id in ${listOf(ids, 'uuid')}`);
  return rows;
}

/** How the executions of a workspace are to be treated, and how many of a workflow may run. */
export async function findLimits(db: Database, workspaceId: string, workflowIds: string[]) {
  const { rows } = await db.execute<{
    workspace_limit: number | null;
    is_paused: boolean;
    is_running: boolean;
    workflow_limits: Record<string, number> | null;
  }>(sql`
    select s.max_concurrent_executions::int as workspace_limit, coalesce(s.is_paused, false) as is_paused,
      coalesce((select is_running from execution_engine where id = 1), true) as is_running,
      (select json_object_agg(w.id, w.max_concurrent_executions) from workflows w
        where w.max_concurrent_executions is not null
          and w.id in ${listOf(workflowIds, 'uuid')}) as workflow_limits
    from (values (1)) one left join execution_settings s on s.workspace_id = ${workspaceId}::uuid`);
  return rows[0]!;
}

/** Nodes of an execution that came to an end, for when it is taken up again. */
export type StoredNode = {
  execution_order: number;
  node_key: string;
  iteration: number[];
  status: 'completed' | 'failed' | 'skipped';
  retry_count: number;
  port: string | null;
  output: string | null;
  output_object_key: string | null;
  output_bytes: number;
  cost_usd: string;
  error_message: string | null;
  error_details: JsonObject | null;
  started_at_ms: number | null;
  completed_at_ms: number | null;
  /** Null for what did not end by some way, and for what was written before that was kept. */
  end_order: number | null;
  metadata: JsonObject | null;
};

export async function findStoredNodes(db: Database, workspaceId: string, executionId: string): Promise<StoredNode[]> {
  const { rows } = await db.execute<StoredNode>(sql`
    select execution_order, node_key, iteration, status, retry_count::int as retry_count, port,
      output_data::text as output, output_object_key, output_bytes::float8 as output_bytes, cost_usd::text as cost_usd,
      error_message, error_details, (extract(epoch from started_at) * 1000)::float8 as started_at_ms,
      (extract(epoch from completed_at) * 1000)::float8 as completed_at_ms, end_order, metadata
    from node_executions
    where workspace_id = ${workspaceId}::uuid and execution_id = ${executionId}::uuid order by execution_order`);
  return rows;
}

/** The account that gets a letter, unless that was queued before. */
export const isUnwritten = (userId: string, letterId: string): SQL =>
  sql`${users.id} = ${userId}::uuid and not exists (select from mail_outbox o where o.id = ${letterId}::uuid)`;

export async function findStoredLogs(db: Database, workspaceId: string, executionId: string): Promise<LiveLog[]> {
  const { rows } = await db.execute<LiveLog>(sql`
    select l.seq, l.level, l.node_key as "nodeKey", l.iteration, l.message, l.context,
      (extract(epoch from l.logged_at) * 1000)::float8 as "loggedAt"
    from workflow_execution_logs l
    join workflow_executions e on e.id = l.execution_id and e.workspace_id = ${workspaceId}::uuid
    where l.execution_id = ${executionId}::uuid order by l.seq`);
  return rows;
}
