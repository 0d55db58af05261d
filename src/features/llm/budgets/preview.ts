import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import type { Ctx } from '../../../context.ts';
import { toLimit } from './limits.ts';
import { findBudgetsFor, type CountedBudget } from './queries.ts';
import { budgetsOf } from './stub.ts';

export type BudgetPreview = Pick<CountedBudget, 'id' | 'scope' | 'period' | 'amountUsd'> & { remainingUsd: string };

/** What is left of the budgets that a call of the actor's would count against. Nothing is set aside. */
export async function previewBudgets(ctx: Ctx): Promise<BudgetPreview[]> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const caller = { workspaceId, createdBy: requireUser(ctx.actor).id, accessTokenId: accessTokenOf(ctx.actor) };
  const budgets = await findBudgetsFor(ctx.db, { ...caller, operation: 'chat' });
  if (budgets.length === 0) return [];
  const now = new Date();
  const balances = await budgetsOf(ctx.env, workspaceId).balances(budgets.map((row) => toLimit(row, now)));
  return budgets.map(({ id, scope, period, amountUsd }, at) => ({
    id,
    scope,
    period,
    amountUsd,
    remainingUsd: balances[at]!.remainingUsd,
  }));
}
