import { requireWorkspace } from '../../../core/actor.ts';
import { DAY, SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { findQueue } from '../overlay.ts';
import type { LiveExecution } from '../runner/types.ts';
import type { ExecutionStats, ExecutionStatsQuery } from './schemas.ts';
import * as queries from './stats-queries.ts';

const DAYS_SHOWN = 30;
const WORKFLOWS_SHOWN = 10;

/** How far back is counted where nothing is said. */
const WINDOW_MS = 90 * DAY;

/** As many as are read for it. */
const COUNTED_LIMIT = 100_000;

/** What became of a workspace's executions, those that have ended a moment ago included. */
export async function getStats(ctx: Ctx, query: ExecutionStatsQuery): Promise<ExecutionStats> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const queue = await findQueue(ctx, workspaceId);
  const since = query.since === undefined ? new Date(Date.now() - WINDOW_MS) : new Date(query.since);
  const { sums, days, most_used } = await queries.sumExecutions(
    ctx.db,
    {
      workspaceId,
      workflowId: query.workflow_id,
      since,
      limit: COUNTED_LIMIT,
      ended: (queue?.ended ?? []).map(toEnd),
    },
    { days: DAYS_SHOWN, workflows: WORKFLOWS_SHOWN },
  );
  return {
    total_executions: sums.total,
    running_executions: sums.open,
    completed_executions: sums.completed,
    failed_executions: sums.failed,
    cancelled_executions: sums.cancelled,
    average_duration_seconds: sums.average_seconds,
    success_rate_percentage: sums.total === 0 ? 0 : round((100 * sums.completed) / sums.total),
    total_nodes_executed: sums.nodes,
    average_nodes_per_execution: sums.total === 0 ? null : round(sums.nodes / sums.total),
    total_cost_usd: Number(sums.cost_usd),
    total_cost_usd_exact: sums.cost_usd,
    most_used_workflows: most_used ?? [],
    execution_trends: Object.fromEntries((days ?? []).map(({ day, ...counts }) => [day, counts])),
    since: since.toISOString(),
    is_truncated: sums.total >= COUNTED_LIMIT,
  };
}

const toEnd = (live: LiveExecution) => ({
  id: live.executionId,
  status: live.status,
  seconds: live.startedAt && live.completedAt ? (live.completedAt - live.startedAt) / SECOND : null,
  nodes: live.completedNodes + live.failedNodes,
  cost_usd: live.costUsd,
});

/** To one place. */
const round = (value: number) => Math.round(value * 10) / 10;
