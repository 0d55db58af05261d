import { requireWorkspace } from '../../../core/actor.ts';
import { startOfMonth } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { previewBudgets, type CallPreview } from '../../llm/index.ts';
import { toIso } from '../present.ts';
import { readQueue } from '../queue/service.ts';
import { OPEN_LIMIT } from '../start/start-execution.ts';
import { findStartFacts } from './queries.ts';
import type { Bounds } from './ranges.ts';
import type { BudgetVerdict, StartVerdict } from './schemas.ts';

/**
 * Whether the budgets that its calls would count against bear what it costs. A call sets aside the most that it may cost
 * before it is made, so that one alone may be too much for what is left.
 */
export async function judgeBudgets(ctx: Ctx, usd: Bounds, calls: Iterable<CallPreview>): Promise<BudgetVerdict> {
  const counted = [...calls].filter(({ key }) => key === 'platform');
  const budgets = counted.length === 0 ? [] : await previewBudgets(ctx);
  const reserved = Math.max(0, ...counted.map(({ mayCostUsd }) => Number(mayCostUsd ?? 0)));
  const isUnpriced = counted.some(({ mayCostUsd }) => mayCostUsd === null);
  const judged = budgets.map(({ id, scope, period, amountUsd, remainingUsd }) => {
    const left = Number(remainingUsd);
    const isOver = isUnpriced || reserved > left || usd.expected > left;
    const verdict = isOver ? 'exceeds' : usd.high > left ? 'at_risk' : 'within';
    return { budget_id: id, scope, period, amount_usd: amountUsd, remaining_usd: remainingUsd, verdict } as const;
  });
  const worst = (['exceeds', 'at_risk', 'within'] as const).find((one) =>
    judged.some(({ verdict }) => verdict === one),
  );
  return { verdict: worst ?? 'not_counted', reserved_usd: reserved, budgets: judged };
}

/** Whether it would be let in now, and when it would begin. */
export async function judgeStart(
  ctx: Ctx,
  { workflowId, workflowLimit }: { workflowId: string; workflowLimit: number | null },
): Promise<StartVerdict> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const month = startOfMonth(new Date());
  const [facts, queue] = await Promise.all([findStartFacts(ctx.db, { workspaceId, month }), readQueue(ctx)]);
  const { month_limit: monthly, month_used: used, open } = facts;
  const refusal = monthly !== null && used >= monthly ? 'limit_reached' : open >= OPEN_LIMIT ? 'queue_full' : null;
  const ofWorkflow = queue.active.filter((one) => one.workflowId === workflowId).length;
  const isFull = workflowLimit !== null && ofWorkflow >= workflowLimit;
  const next = queue.starts.at(-1) ?? null;
  const waits = reasonOf();
  return {
    refusal,
    executions_of_month: { used: monthly === null ? null : used, limit: monthly },
    open_executions: { used: open, limit: OPEN_LIMIT },
    waits,
    expected_start_at: refusal || queue.isHeld || isFull ? null : toIso(next),
  };

  function reasonOf(): StartVerdict['waits'] {
    if (!queue.fact.is_engine_running) return 'engine_stopped';
    if (queue.fact.is_paused) return 'pause';
    if (isFull) return 'workflow_limit';
    return queue.active.length >= queue.limit ? 'workspace_limit' : null;
  }
}
