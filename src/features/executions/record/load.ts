import type { JsonObject } from '../../../db/schema/index.ts';
import type { Ctx } from '../../../context.ts';
import { withoutSecrets } from '../../workflows/index.ts';
import { effectiveDefinition, isWrittenByOthers, type Origin } from '../origin.ts';
import type { NodeRow } from '../runner/facts.ts';
import type { RunSpec } from '../runner/types.ts';
import {
  findLimits,
  findStored,
  findStoredLogs,
  findStoredNodes,
  type StoredExecution,
  type StoredNode,
} from './queries.ts';

export type Limits = RunSpec['limits'];

/** The limits of a workspace now, with those of workflows by their ids. */
export async function loadLimits(ctx: Ctx, workspaceId: string, workflowIds: string[]) {
  const found = await findLimits(ctx.db, workspaceId, workflowIds);
  return {
    workspace: found.workspace_limit ?? ctx.env.EXECUTIONS_PER_WORKSPACE,
    isPaused: found.is_paused,
    isEngineRunning: found.is_running,
    ofWorkflows: found.workflow_limits ?? {},
  };
}

/** What the database has of executions, with all that a runner needs, where that is still there. */
export async function loadStored(ctx: Ctx, workspaceId: string, ids: string[]) {
  if (ids.length === 0) return [];
  const [rows, limits] = await Promise.all([findStored(ctx.db, workspaceId, ids), loadLimits(ctx, workspaceId, [])]);
  return rows.map((row) => ({ row, spec: toSpec(workspaceId, row, limits) }));
}

export type Stored = Awaited<ReturnType<typeof loadStored>>[number];

function toSpec(workspaceId: string, row: StoredExecution, limits: Omit<Limits, 'workflow'>): RunSpec | null {
  const { restart } = row;
  const version = row.definition ?? restart?.definition ?? null;
  if (row.workflow_id === null || version === null || row.created_by === null) return null;
  return {
    executionId: row.id,
    workspaceId,
    workflowId: row.workflow_id,
    workflowVersion: row.workflow_version ?? 1,
    isForeign: isWrittenByOthers(row.is_foreign ?? true, restart),
    isOutside: row.is_outside,
    definition: effectiveDefinition(row.is_outside ? withoutSecrets(version) : version, restart),
    userId: row.created_by,
    accessTokenId: row.access_token_id,
    requestId: row.request_id,
    priority: row.priority,
    input: row.input_data ?? {},
    context: row.context_data ?? {},
    variables: row.variables ?? {},
    grantedVariables: row.granted_variables,
    origin: originOf(row),
    timeoutSeconds: row.timeout_seconds,
    autoRetry: row.auto_retry,
    maxRetries: row.max_retries,
    notifyOnCompletion: row.notify_on_completion,
    notifyOnFailure: row.notify_on_failure,
    createdAt: row.created_at_ms,
    limits: {
      workspace: limits.workspace,
      workflow: row.workflow_limit,
      isPaused: limits.isPaused,
      isEngineRunning: limits.isEngineRunning,
    },
  };
}

const originOf = (row: StoredExecution): Origin => ({
  triggerType: row.trigger_type,
  triggerId: row.trigger_id,
  parentExecutionId: row.parent_execution_id,
  parentNodeKey: row.parent_node_key,
  rootExecutionId: row.root_execution_id,
  depth: row.depth,
  restart: row.restart,
  concurrencyKey: row.concurrency_key,
});

/** Nodes of an execution as a journal has them, each with the text of its output. */
export async function loadNodes(ctx: Ctx, workspaceId: string, executionId: string) {
  const stored = await findStoredNodes(ctx.db, workspaceId, executionId);
  let rank = 0;
  return stored.toSorted(byEnd).map((node) => ({ row: toRow(node, ++rank), text: node.output }));
}

/** In the order in which they ended. */
export const byEnd = (one: Ended, other: Ended): number =>
  (one.end_order ?? 0) - (other.end_order ?? 0) || (one.completed_at_ms ?? 0) - (other.completed_at_ms ?? 0);

type Ended = Pick<StoredNode, 'end_order' | 'completed_at_ms'>;

/** What an execution has said, so that what it says more is numbered after it. */
export const loadLogs = (ctx: Ctx, workspaceId: string, executionId: string) =>
  findStoredLogs(ctx.db, workspaceId, executionId);

export function toRow(node: Omit<StoredNode, 'output'>, rank: number): NodeRow {
  const {
    loop = null,
    variables = null,
    ...metadata
  } = (node.metadata ?? {}) as JsonObject & {
    loop?: NodeRow['loop'];
    variables?: JsonObject | null;
  };
  const { code, ...details } = node.error_details ?? {};
  return {
    order: node.execution_order,
    nodeKey: node.node_key,
    iteration: node.iteration,
    status: node.status,
    attempt: node.retry_count + 1,
    port: node.port,
    costUsd: node.cost_usd,
    error:
      node.error_message === null
        ? null
        : {
            code: String(code ?? 'failed'),
            message: node.error_message,
            nodeKey: node.node_key,
            details,
            isRetryable: false,
          },
    startedAt: node.started_at_ms,
    completedAt: node.completed_at_ms,
    wakeAt: null,
    waitReason: null,
    rank: node.port === null && node.status === 'skipped' ? null : rank,
    sources: [],
    variables,
    metadata: Object.keys(metadata).length > 0 ? metadata : null,
    loop,
    bytes: node.output_bytes,
    objectKey: node.output_object_key,
  };
}
