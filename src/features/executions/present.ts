import { SECOND } from '../../core/time.ts';
import { fromPico, toPico } from '../../core/decimal.ts';
import type { Current } from './overlay.ts';
import type { ExecutionRow } from './queries.ts';
import type { LiveExecution } from './runner/types.ts';
import type { Execution, Omittable } from './schemas.ts';

/** An execution as the database has it, overlaid with what its runner knows. */
export function presentExecution({ row, live }: Current): Execution {
  const now = live ? fromLive(live, row) : fromRow(row);
  const { startedAt, completedAt } = now;
  const isElsewhere = isOutputElsewhere(row, live);
  const durationMs = startedAt && completedAt ? completedAt.getTime() - startedAt.getTime() : null;
  const timeoutAt = row.timeoutAt ?? (startedAt && after(startedAt, row.timeoutSeconds));
  return {
    id: row.id,
    execution_id: row.id,
    workflow_id: row.workflowId,
    workflow_version: row.workflowVersion,
    workspace_id: row.workspaceId,
    user_id: row.createdBy,
    trigger_type: row.triggerType,
    trigger_id: row.triggerId,
    parent_execution_id: row.parentExecutionId,
    parent_node_id: row.parentNodeKey,
    root_execution_id: row.rootExecutionId,
    depth: row.depth,
    status: now.status,
    waits: live?.waits ? { ...live.waits, until: toIso(live.waits.until) } : null,
    priority: live?.priority ?? row.priority,
    input_data: row.inputData,
    context_data: row.contextData,
    variables: row.variables,
    granted_variables: row.grantedVariables,
    output_data: now.output ?? null,
    output_url: isElsewhere ? `/api/v1/executions/${row.id}/output` : null,
    omitted: [...new Set([...(row.omitted as Omittable[]), ...(isElsewhere ? (['output_data'] as const) : [])])],
    total_nodes: now.totalNodes,
    completed_nodes: now.completedNodes,
    failed_nodes: now.failedNodes,
    progress_percentage: progressOf(now),
    current_node: live?.currentNode ?? null,
    timeout_seconds: row.timeoutSeconds,
    timeout_at: timeoutAt?.toISOString() ?? null,
    auto_retry: row.autoRetry,
    max_retries: row.maxRetries,
    retry_count: now.retryCount,
    notify_on_completion: row.notifyOnCompletion,
    notify_on_failure: row.notifyOnFailure,
    tags: row.tags,
    metadata: row.metadata,
    estimated_duration: row.estimatedDuration,
    actual_duration: durationMs === null ? null : Math.round(durationMs / SECOND),
    duration_ms: durationMs,
    cost_usd: Number(now.costUsd),
    cost_usd_exact: fromPico(toPico(now.costUsd)),
    execution_log: null,
    error_message: now.errorMessage,
    error_details: now.errorDetails,
    debug_info: null,
    started_at: startedAt?.toISOString() ?? null,
    completed_at: completedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: now.updatedAt.toISOString(),
  };
}

const isOutputElsewhere = ({ outputObjectKey, omitted }: ExecutionRow, live: LiveExecution | null) =>
  (live?.outputObjectKey ?? outputObjectKey) !== null || omitted.includes('output_data');

type Standing = Pick<
  ExecutionRow,
  | 'status'
  | 'totalNodes'
  | 'completedNodes'
  | 'failedNodes'
  | 'retryCount'
  | 'costUsd'
  | 'errorMessage'
  | 'errorDetails'
  | 'startedAt'
  | 'completedAt'
  | 'updatedAt'
> & { output: unknown };

const fromRow = (row: ExecutionRow): Standing => ({ ...row, output: row.outputData });

/** `code` and the node at fault, beside what else is known. */
export const errorDetailsOf = ({ error }: LiveExecution) =>
  error && { ...error.details, code: error.code, node_id: error.nodeKey };

const fromLive = (live: LiveExecution, row: ExecutionRow): Standing => ({
  status: live.status,
  totalNodes: live.totalNodes || row.totalNodes,
  completedNodes: live.completedNodes,
  failedNodes: live.failedNodes,
  retryCount: live.retryCount,
  costUsd: live.costUsd,
  errorMessage: live.error?.message ?? null,
  errorDetails: errorDetailsOf(live),
  startedAt: toDate(live.startedAt),
  completedAt: toDate(live.completedAt),
  updatedAt: new Date(live.updatedAt),
  output: live.output,
});

/** Nodes of a loop run often, so that there may be more runs than nodes; what is not ended is never all of it. */
function progressOf({ status, totalNodes, completedNodes, failedNodes }: Standing): number {
  if (status === 'completed') return 100;
  if (totalNodes === 0) return 0;
  return Math.min(99, Math.floor((100 * (completedNodes + failedNodes)) / totalNodes));
}

const toDate = (milliseconds: number | null) => (milliseconds === null ? null : new Date(milliseconds));

export const toIso = (milliseconds: number | null) => toDate(milliseconds)?.toISOString() ?? null;

const after = (time: Date, seconds: number | null) =>
  seconds === null ? null : new Date(time.getTime() + seconds * SECOND);
