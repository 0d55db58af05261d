import type { Plan } from '../engine/plan.ts';
import type { NodeRow, RunFacts, Value } from '../runner/facts.ts';
import { metadataOf, nodeFactsOf, nodeRecordId, type NodePieces } from '../runner/live-view.ts';
import type { LiveLog } from '../runner/types.ts';

/** As long as the database can tell: 24 days, which a delay or a pause may exceed. */
const LONGEST_MS = 2 ** 31 - 1;

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** JSON with fields that are JSON already, which would be long to read and to write again. */
function withTexts(fields: Record<string, unknown>, texts: Record<string, string | null>): string {
  const head = JSON.stringify(fields);
  const more = Object.entries(texts).flatMap(([name, text]) =>
    text === null ? [] : [`${JSON.stringify(name)}:${text}`],
  );
  return more.length === 0 ? head : `${head.slice(0, -1)},${more.join(',')}}`;
}

export function executionRow(facts: RunFacts, output: Value | null): string {
  const { error } = facts;
  const row = {
    id: facts.executionId,
    status: facts.status,
    output_object_key: output?.objectKey ?? null,
    error_message: error?.message ?? null,
    error_details: error && { ...error.details, code: error.code, node_id: error.nodeKey },
    cost_usd: facts.costUsd,
    total_nodes: facts.totalNodes,
    completed_nodes: facts.completedNodes,
    failed_nodes: facts.failedNodes,
    retry_count: facts.retryCount,
    started_at: iso(facts.startedAt),
    completed_at: iso(facts.completedAt),
    timeout_at: iso(facts.timeoutAt),
  };
  return withTexts(row, { output_data: output?.text ?? null });
}

export function touchRow(facts: RunFacts): string {
  return JSON.stringify({
    id: facts.executionId,
    status: facts.status,
    started_at: iso(facts.startedAt),
    timeout_at: iso(facts.timeoutAt),
    total_nodes: facts.totalNodes,
    completed_nodes: facts.completedNodes,
    failed_nodes: facts.failedNodes,
    retry_count: facts.retryCount,
    next_check_at: iso(facts.nextCheckAt),
    waiting_since: iso(facts.parked?.since ?? null),
    updated_at: iso(facts.updatedAt),
  });
}

export function nodeRow(executionId: string, plan: Plan, row: NodeRow, pieces: NodePieces): string {
  const [input, output] = [pieces.inputOf(row), pieces.outputOf(row)];
  const facts = nodeFactsOf(plan, row.nodeKey);
  const { error, startedAt, completedAt } = row;
  const fields = {
    id: nodeRecordId(executionId, row.order),
    execution_id: executionId,
    execution_order: row.order,
    node_key: row.nodeKey,
    node_type: facts.nodeType,
    node_name: facts.nodeName,
    iteration: row.iteration,
    status: row.status,
    retry_count: row.attempt - 1,
    max_retries: facts.maxRetries,
    retry_delay_ms: facts.retryDelayMs,
    timeout_seconds: facts.timeoutSeconds,
    port: row.port,
    config_data: facts.config,
    input_object_key: input.objectKey,
    output_object_key: output.objectKey,
    input_bytes: input.bytes,
    output_bytes: output.bytes,
    cost_usd: row.costUsd,
    error_message: error?.message ?? null,
    error_details: error && { ...error.details, code: error.code },
    started_at: iso(startedAt),
    completed_at: iso(completedAt),
    duration_ms: startedAt === null || completedAt === null ? null : Math.min(completedAt - startedAt, LONGEST_MS),
    end_order: row.rank,
    dependencies: facts.dependencies,
    dependents: facts.dependents,
    metadata: metadataOf(row),
  };
  return withTexts(fields, { input_data: input.text, output_data: output.text });
}

export const logRow = (executionId: string, line: LiveLog): string =>
  JSON.stringify({
    execution_id: executionId,
    seq: line.seq,
    level: line.level,
    node_key: line.nodeKey,
    iteration: line.iteration,
    message: line.message,
    context: line.context,
    logged_at: iso(line.loggedAt),
  });
