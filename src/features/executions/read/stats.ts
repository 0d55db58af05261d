import { requireWorkspace } from '../../../core/actor.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { findQueue } from '../overlay.ts';
import type { LiveExecution } from '../runner/types.ts';
import type { ExecutionStats, ExecutionStatsQuery } from './schemas.ts';
import * as queries from './stats-queries.ts';

const DAYS_SHOWN = 30;
const WORKFLOWS_SHOWN = 10;

/** What became of a workspace's executions, those that have ended a moment ago included. */
export async function getStats(ctx: Ctx, query: ExecutionStatsQuery): Promise<ExecutionStats> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const queue = await findQueue(ctx, workspaceId);
  const ended = (queue?.ended ?? []).map(toEnd);
  const filter = { workspaceId, workflowId: query.workflow_id, since: query.since, ended };
  const [sums, days, used] = await db.batch([
    queries.sumExecutions(db, filter),
    queries.sumDays(db, filter, DAYS_SHOWN),
    queries.findMostUsed(db, filter, WORKFLOWS_SHOWN),
  ]);
  const [figures] = sums.rows as [queries.Figures];
  return {
    total_executions: figures.total,
    running_executions: figures.open,
    completed_executions: figures.completed,
    failed_executions: figures.failed,
    cancelled_executions: figures.cancelled,
    average_duration_seconds: figures.average_seconds,
    success_rate_percentage: figures.total === 0 ? 0 : round((100 * figures.completed) / figures.total),
    total_nodes_executed: figures.nodes,
    average_nodes_per_execution: figures.total === 0 ? null : round(figures.nodes / figures.total),
    total_cost_usd: Number(figures.cost_usd),
    total_cost_usd_exact: figures.cost_usd,
    most_used_workflows: used.rows,
    execution_trends: Object.fromEntries(days.rows.map(({ day, ...counts }) => [day, counts])),
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
