import { fromPico, toPico } from '../../../core/decimal.ts';
import { SECOND } from '../../../core/time.ts';
import { nodeRecordId } from '../runner/live-view.ts';
import type { LiveLog, LiveNode } from '../runner/types.ts';
import type { LogRow } from './log-queries.ts';
import type { NodeRow } from './node-queries.ts';
import type { LogLine, NodeExecution } from './schemas.ts';

export function presentNode(executionId: string, row: NodeRow): NodeExecution {
  const { startedAt, completedAt, timeoutSeconds } = row;
  const url = `/api/v1/executions/${executionId}/nodes/${row.id}`;
  const isElsewhere = (value: unknown, bytes: number) => bytes > 0 && value === null;
  return {
    id: row.id,
    execution_id: executionId,
    workflow_execution_id: executionId,
    node_key: row.nodeKey,
    node_id: row.nodeKey,
    node_type: row.nodeType,
    node_name: row.nodeName,
    execution_order: row.executionOrder,
    iteration: row.iteration,
    status: row.status,
    port: row.port,
    input_data: row.inputData ?? null,
    output_data: row.outputData ?? null,
    input_bytes: row.inputBytes,
    output_bytes: row.outputBytes,
    input_url: isElsewhere(row.inputData ?? null, row.inputBytes) ? `${url}/input` : null,
    output_url: isElsewhere(row.outputData ?? null, row.outputBytes) ? `${url}/output` : null,
    config_data: row.configData,
    timeout_seconds: timeoutSeconds,
    timeout_at:
      startedAt && timeoutSeconds !== null
        ? new Date(startedAt.getTime() + timeoutSeconds * SECOND).toISOString()
        : null,
    max_retries: row.maxRetries,
    retry_count: row.retryCount,
    retry_delay_ms: row.retryDelayMs,
    dependencies: row.dependencies,
    dependents: row.dependents,
    duration_ms: row.durationMs,
    cost_usd: Number(row.costUsd),
    cost_usd_exact: fromPico(toPico(row.costUsd)),
    error_message: row.errorMessage,
    error_details: row.errorDetails,
    execution_log: null,
    debug_info: row.metadata,
    metadata: row.metadata,
    started_at: startedAt?.toISOString() ?? null,
    completed_at: completedAt?.toISOString() ?? null,
    // Its row was written when the execution had ended, which is nothing that happened to it.
    created_at: (startedAt ?? completedAt ?? row.createdAt).toISOString(),
    updated_at: (completedAt ?? startedAt ?? row.updatedAt).toISOString(),
  };
}

/** A node as its runner has it, in the form of the database. @param bytes what is shown of a value */
export function fromLive(executionId: string, node: LiveNode, bytes: number): NodeRow {
  const { startedAt, completedAt } = node;
  const shown = (value: unknown, length: number) => (length <= bytes ? value : null);
  const toDate = (milliseconds: number | null) => (milliseconds === null ? null : new Date(milliseconds));
  return {
    ...node,
    id: nodeRecordId(executionId, node.executionOrder),
    retryCount: Math.max(0, node.attempt - 1),
    configData: node.config,
    inputData: shown(node.input, node.inputBytes),
    outputData: shown(node.output, node.outputBytes),
    errorMessage: node.error?.message ?? null,
    errorDetails: node.error && { ...node.error.details, code: node.error.code },
    startedAt: toDate(startedAt),
    completedAt: toDate(completedAt),
    durationMs: startedAt !== null && completedAt !== null ? completedAt - startedAt : null,
    createdAt: new Date(startedAt ?? completedAt ?? 0),
    updatedAt: new Date(completedAt ?? startedAt ?? 0),
  };
}

export const toLogRow = (executionId: string, log: LiveLog): LogRow => ({
  ...log,
  executionId,
  loggedAt: new Date(log.loggedAt),
});

export const presentLog = (row: LogRow): LogLine => ({
  id: row.seq,
  timestamp: row.loggedAt.toISOString(),
  level: row.level,
  source: row.nodeKey ?? 'execution',
  message: row.message,
  node_id: row.nodeKey,
  iteration: row.iteration,
  context: row.context,
});
