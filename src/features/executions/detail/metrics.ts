import { fromPico, toPico } from '../../../core/decimal.ts';
import type { Ctx } from '../../../context.ts';
import { presentExecution } from '../present.ts';
import type { Runner } from '../runner/runner-stub.ts';
import type { LiveNode } from '../runner/types.ts';
import type { Execution } from '../schemas.ts';
import { sumNodes, type NodeSums } from './node-queries.ts';
import type { ExecutionMetrics, Metric, MetricsQuery } from './schemas.ts';
import { preferRunner, requireStanding } from './standing.ts';

/** Runs of nodes that a runner is asked for at once. */
const LIVE_PORTION = 1_000;

/** What an execution and each of its nodes took. @throws {AppError} `not_found` */
export async function getMetrics(ctx: Ctx, executionId: string, query: MetricsQuery): Promise<ExecutionMetrics> {
  const { row, live, runner } = await requireStanding(ctx, executionId);
  const sums = await preferRunner(runner ? sumLive(runner, row.id) : undefined, async () => {
    const { rows } = await sumNodes(ctx.db, row.id);
    return rows;
  });
  const execution = presentExecution({ row, live });
  const metrics = [...executionMetrics(execution, sums), ...sums.flatMap((node) => [...nodeMetrics(node, execution)])];
  const { metric_types: types } = query;
  const wanted = types ? metrics.filter(({ type }) => types.includes(type)) : metrics;
  return {
    execution_id: row.id,
    metrics: wanted,
    total_metrics: metrics.length,
    filtered_count: types ? wanted.length : null,
  };
}

function* executionMetrics(execution: Execution, sums: NodeSums[]): Generator<Metric> {
  const { started_at: startedAt, created_at: createdAt, completed_at: completedAt } = execution;
  const measured_at = completedAt ?? execution.updated_at;
  const metric = (type: Metric['type'], name: string, value: number): Metric => ({
    type,
    name,
    value,
    context: null,
    measured_at,
  });
  if (startedAt === null) return;
  yield metric('execution_time', 'queue_ms', Date.parse(startedAt) - Date.parse(createdAt));
  if (execution.duration_ms !== null) yield metric('execution_time', 'duration_ms', execution.duration_ms);
  yield metric('count', 'nodes_completed', execution.completed_nodes);
  yield metric('count', 'nodes_failed', execution.failed_nodes);
  yield metric(
    'data_size',
    'output_bytes',
    sums.reduce((sum, node) => sum + node.output_bytes, 0),
  );
  yield metric(
    'attempts',
    'attempts',
    sums.reduce((sum, node) => sum + node.attempts, 0),
  );
  yield metric('cost', 'cost_usd', execution.cost_usd);
}

function* nodeMetrics(node: NodeSums, execution: Execution): Generator<Metric> {
  const context = { node_key: node.node_key, node_type: node.node_type, runs: node.runs };
  const measured_at = node.measured_at ?? execution.updated_at;
  const metric = (type: Metric['type'], name: string, value: number, more = {}): Metric => ({
    type,
    name,
    value,
    context: { ...context, ...more },
    measured_at,
  });
  if (node.duration_ms !== null) yield metric('execution_time', 'node_duration_ms', node.duration_ms);
  yield metric('data_size', 'node_input_bytes', node.input_bytes);
  yield metric('data_size', 'node_output_bytes', node.output_bytes);
  yield metric('attempts', 'node_attempts', node.attempts);
  yield metric('cost', 'node_cost_usd', Number(node.cost_usd), { exact: node.cost_usd });
}

/** The same sums of what a runner has. */
async function sumLive(runner: Runner, executionId: string): Promise<NodeSums[] | null> {
  const sums = new Map<string, NodeSums>();
  for (let after = 0; ;) {
    const portion = await runner.nodes(executionId, { after, limit: LIVE_PORTION, bytes: 0 });
    if (portion === null) return null;
    for (const node of portion) {
      after = node.executionOrder;
      sums.set(node.nodeKey, addTo(sums.get(node.nodeKey), node));
    }
    if (portion.length < LIVE_PORTION) return [...sums.values()];
  }
}

function addTo(sum: NodeSums | undefined, node: LiveNode): NodeSums {
  const { startedAt, completedAt } = node;
  const took = startedAt !== null && completedAt !== null ? completedAt - startedAt : null;
  return {
    node_key: node.nodeKey,
    node_type: node.nodeType,
    runs: (sum?.runs ?? 0) + 1,
    duration_ms: took === null ? (sum?.duration_ms ?? null) : (sum?.duration_ms ?? 0) + took,
    input_bytes: (sum?.input_bytes ?? 0) + node.inputBytes,
    output_bytes: (sum?.output_bytes ?? 0) + node.outputBytes,
    attempts: (sum?.attempts ?? 0) + (startedAt === null ? 0 : Math.max(1, node.attempt)),
    cost_usd: fromPico(toPico(sum?.cost_usd ?? '0') + toPico(node.costUsd)),
    measured_at: completedAt === null ? (sum?.measured_at ?? null) : new Date(completedAt).toISOString(),
  };
}
