-- What is written of each execution, as functions: PostgreSQL plans a statement of the Worker each time it comes, which
-- takes longer here than carrying it out does; one in a function it plans once in each connection.

-- The version of a workflow that runs in a workspace, of its own or of another one that is public: the published one,
-- unless it is named by its number or as the draft. Others can have the published one alone. No row where there is none.
CREATE FUNCTION "runnable_version"("flow_id" uuid, "place_id" uuid, "wanted" integer, "stage" text)
RETURNS TABLE ("id" uuid, "name" text, "workspace_id" uuid, "created_by" uuid, "is_public" boolean, "status" text,
  "max_concurrent_executions" smallint, "version" integer, "definition" jsonb)
LANGUAGE sql STABLE AS $$
  SELECT w.id, w.name, w.workspace_id, v.created_by, w.is_public, w.status, w.max_concurrent_executions, v.version,
    v.definition
  FROM workflows w JOIN workflow_versions v ON v.workflow_id = w.id
    AND v.version = coalesce(wanted, CASE stage WHEN 'draft' THEN w.version END, w.published_version, w.version)
  WHERE w.id = flow_id
    AND (w.workspace_id = place_id OR (w.is_public AND v.version = coalesce(w.published_version, w.version)
      AND EXISTS (SELECT FROM workspaces o WHERE o.id = w.workspace_id AND o.status = 'active')))
    -- A deleted project keeps its workflow as long as it can be restored; until then there is none for anybody.
    AND NOT EXISTS (SELECT FROM workspace_projects p WHERE p.workflow_id = w.id AND p.status = 'deleted')
$$;--> statement-breakpoint

-- Records an execution, pending, and tells all that its runner needs, in one transaction, so that what is recorded is
-- what runs. One that was recorded before is left as it is, and has no `created_at_ms`. The first argument is its row,
-- the second what that depends on. A definition that is known is not given once more.
CREATE FUNCTION "start_execution"("given" json, "terms" json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  e workflow_executions := json_populate_record(NULL::workflow_executions, given);
  t record;
  plan record;
  flow record;
  is_known boolean;
BEGIN
  SELECT * INTO t FROM json_to_record(terms) AS t (version integer, stage text, keeps_version boolean, known_version integer,
    known_nodes integer, open integer, month timestamptz, retry_after integer, check_after integer);
  -- Those that count against the same plan come one after another, so that the count below holds; where the plan has no
  -- limit nobody waits. Read once more then: a row that was changed meanwhile may not be found by who waited for it.
  PERFORM FROM workspaces w
    JOIN user_subscriptions s ON s.user_id = w.owner_id AND s.status = 'active'
    JOIN plans p ON p.id = s.plan_id AND p.max_executions_per_month IS NOT NULL
    WHERE w.id = e.workspace_id
    FOR NO KEY UPDATE OF s;
  SELECT s.user_id, p.max_executions_per_month AS most INTO plan
    FROM workspaces w
    JOIN user_subscriptions s ON s.user_id = w.owner_id AND s.status = 'active'
    JOIN plans p ON p.id = s.plan_id AND p.max_executions_per_month IS NOT NULL
    WHERE w.id = e.workspace_id;
  SELECT * INTO flow FROM runnable_version(e.workflow_id, e.workspace_id, t.version, t.stage);
  PERFORM refuse_unless(flow.id IS NOT NULL, 'not_found', '{"resource":"workflow"}');
  PERFORM refuse_unless(flow.status NOT IN ('archived', 'paused'), 'workflow_not_runnable',
    jsonb_build_object('status', flow.status));
  IF plan.most IS NOT NULL THEN
    PERFORM refuse_unless(plan.most > executions_of_month(plan.user_id, t.month, plan.most), 'limit_reached',
      jsonb_build_object('resource', 'executions in this month', 'limit', plan.most));
  END IF;
  PERFORM refuse_unless(t.open > (
    SELECT count(*) FROM (
      SELECT FROM workflow_executions x WHERE x.workspace_id = e.workspace_id
        AND x.status IN ('pending', 'running', 'paused') AND x.waiting_since IS NULL LIMIT t.open
    ) open
  ), 'queue_full', jsonb_build_object('limit', t.open, 'retryAfter', t.retry_after));
  is_known := flow.version IS NOT DISTINCT FROM t.known_version;

  INSERT INTO workflow_executions (
    id, workspace_id, workflow_id, workflow_version, created_by, access_token_id, request_id, priority, input_data,
    context_data, variables, granted_variables, timeout_seconds, auto_retry, max_retries, notify_on_completion,
    notify_on_failure, tags, metadata, next_check_at, total_nodes, estimated_duration, trigger_type, trigger_id,
    parent_execution_id, parent_node_key, root_execution_id, depth, restart, concurrency_key, is_confined
  ) VALUES (
    e.id, e.workspace_id, flow.id, CASE WHEN t.keeps_version THEN flow.version END, e.created_by, e.access_token_id,
    e.request_id, e.priority, e.input_data, e.context_data, e.variables, e.granted_variables, e.timeout_seconds,
    e.auto_retry, e.max_retries, e.notify_on_completion, e.notify_on_failure, e.tags, e.metadata,
    now() + make_interval(secs => t.check_after),
    CASE WHEN is_known THEN t.known_nodes ELSE jsonb_array_length(flow.definition -> 'nodes') END,
    -- The mean of the latest executions of the workflow that were completed in the same workspace.
    (SELECT ceil(avg(extract(epoch FROM recent.completed_at - recent.started_at)))::integer
      FROM (
        SELECT x.status, x.started_at, x.completed_at, x.workspace_id FROM workflow_executions x
        WHERE x.workflow_id = flow.id AND x.restart IS NULL ORDER BY x.created_at DESC, x.id DESC LIMIT 20
      ) recent
      WHERE recent.status = 'completed' AND recent.workspace_id = e.workspace_id),
    e.trigger_type, e.trigger_id, e.parent_execution_id, e.parent_node_key, e.root_execution_id, e.depth, e.restart,
    e.concurrency_key, e.is_confined
  )
  ON CONFLICT (id) DO NOTHING
  RETURNING created_at INTO e.created_at;

  RETURN (
    SELECT json_build_object(
      'workflow_version', flow.version,
      'definition', CASE WHEN NOT is_known THEN flow.definition END,
      'is_foreign', flow.created_by IS DISTINCT FROM e.created_by,
      'is_outside', flow.workspace_id IS DISTINCT FROM e.workspace_id,
      'created_at_ms', (extract(epoch FROM e.created_at) * 1000)::float8,
      'workflow_limit', flow.max_concurrent_executions,
      'workspace_limit', s.max_concurrent_executions,
      'is_paused', coalesce(s.is_paused, false),
      'is_engine_running', coalesce((SELECT is_running FROM execution_engine WHERE id = 1), true)
    )
    FROM (VALUES (1)) one LEFT JOIN execution_settings s ON s.workspace_id = e.workspace_id
  );
END
$$;--> statement-breakpoint

-- Records how executions of a workspace ended, once each, and what became of their nodes and what they said: rows as these
-- tables have them, any of the three left out. Adds them to what their workflows have done, and notes which event triggers
-- are for that: `firings`, rows that are to be acted on.
--
-- A plan that is kept sees neither how many rows come nor how large a table grows: all are found by their keys.
CREATE FUNCTION "record_executions"("place_id" uuid, "ended_rows" json, "node_rows" json, "log_rows" json)
RETURNS TABLE ("id" uuid, "firings" uuid[]) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO node_executions (
    id, execution_id, workspace_id, execution_order, node_key, node_type, node_name, iteration, status, retry_count,
    max_retries, retry_delay_ms, timeout_seconds, port, input_data, output_data, config_data, input_object_key,
    output_object_key, input_bytes, output_bytes, cost_usd, error_message, error_details, started_at, completed_at,
    duration_ms, end_order, dependencies, dependents, metadata
  )
  SELECT r.id, e.id, e.workspace_id, r.execution_order, r.node_key, r.node_type, r.node_name, r.iteration, r.status,
    r.retry_count, r.max_retries, r.retry_delay_ms, r.timeout_seconds, r.port, r.input_data, r.output_data, r.config_data,
    r.input_object_key, r.output_object_key, r.input_bytes, r.output_bytes, r.cost_usd, r.error_message, r.error_details,
    r.started_at, r.completed_at, r.duration_ms, r.end_order, r.dependencies, r.dependents, r.metadata
  FROM json_populate_recordset(NULL::node_executions, node_rows) r
  JOIN workflow_executions e ON e.id = r.execution_id AND e.workspace_id = place_id
  ON CONFLICT DO NOTHING;

  INSERT INTO workflow_execution_logs (execution_id, seq, level, node_key, iteration, message, context, logged_at)
  SELECT e.id, r.seq, r.level, r.node_key, r.iteration, r.message, r.context, r.logged_at
  FROM json_populate_recordset(NULL::workflow_execution_logs, log_rows) r
  JOIN workflow_executions e ON e.id = r.execution_id AND e.workspace_id = place_id
  ON CONFLICT DO NOTHING;

  RETURN QUERY WITH ended AS (
    UPDATE workflow_executions e SET
      status = r.status, output_data = r.output_data, output_object_key = r.output_object_key,
      error_message = r.error_message, error_details = r.error_details, cost_usd = r.cost_usd,
      total_nodes = r.total_nodes, completed_nodes = r.completed_nodes, failed_nodes = r.failed_nodes,
      retry_count = r.retry_count, started_at = r.started_at, completed_at = r.completed_at, timeout_at = r.timeout_at,
      next_check_at = NULL, waiting_since = NULL, updated_at = r.completed_at
    FROM json_populate_recordset(NULL::workflow_executions, ended_rows) r
    -- What is written is later than what the row says: the same try while it is open, or another.
    WHERE e.id = r.id AND e.workspace_id = place_id AND e.retry_count <= r.retry_count
      AND (e.status IN ('pending', 'running', 'paused') OR e.retry_count < r.retry_count)
    RETURNING e.id, e.workflow_id, e.workspace_id, e.status, e.started_at, e.completed_at, e.retry_count, e.trigger_type
  ), fired AS (
    INSERT INTO event_firings (workspace_id, trigger_id, source, event_type, ended_execution_id)
    SELECT t.workspace_id, t.id, concat_ws('/', 'execution', e.id, e.retry_count), e.event_type, e.id
    FROM (
      SELECT *, 'execution.' || CASE status WHEN 'timeout' THEN 'failed' ELSE status END AS event_type FROM ended
      WHERE trigger_type <> 'replay'
    ) e
    JOIN event_triggers t ON t.workspace_id = e.workspace_id AND t.is_active
      AND t.events && ARRAY['execution.*', e.event_type]
    ON CONFLICT (trigger_id, source) DO NOTHING
    RETURNING id, ended_execution_id
  ), counted AS (
    SELECT workflow_id, count(*) FILTER (WHERE retry_count = 0)::integer AS runs, max(started_at) AS last
    FROM ended WHERE started_at IS NOT NULL AND trigger_type <> 'replay' GROUP BY workflow_id
  ), added AS (
    UPDATE workflows w SET execution_count = w.execution_count + c.runs,
      last_executed_at = greatest(w.last_executed_at, c.last)
    FROM counted c WHERE w.id = c.workflow_id
  )
  SELECT ended.id, (SELECT array_agg(fired.id) FROM fired WHERE fired.ended_execution_id = ended.id) FROM ended;
END
$$;
