import type { Ctx } from '../../../context.ts';
import { AppError } from '../../../core/errors.ts';
import type { Limit } from './budget.do.ts';
import { periodStart } from './period.ts';
import type { CountedBudget } from './queries.ts';
import { budgetsOf } from './stub.ts';

/** A budget as the object that keeps it knows it, in the period of a time. */
export function toLimit(row: CountedBudget, at: Date): Limit {
  const { id, workspaceId, scope, subjectId, period, amountUsd } = row;
  const spending = { workspaceId, scope, subjectId, since: periodStart(period, at) };
  return { budgetId: id, amountUsd, spending };
}

/** It belongs to the period in which the ledger says that it began. */
export type Expense = { callId: string; workspaceId: string; amountUsd: string; startedAt: Date };

/**
 * Sets aside what a call may cost at the most under each of its budgets, before anything is spent.
 * @throws {AppError} `budget_exceeded` where one of them has less left
 */
export async function reserveBudgets(ctx: Ctx, expense: Expense, budgets: CountedBudget[]): Promise<void> {
  const { callId, workspaceId, amountUsd, startedAt } = expense;
  const limits = budgets.map((row) => toLimit(row, startedAt));
  const grant = await budgetsOf(ctx.env, workspaceId).reserve(callId, amountUsd, limits);
  if (grant.granted) return;
  const { scope, period } = budgets.find(({ id }) => id === grant.budgetId)!;
  const params = { amount: amountUsd, remaining: grant.remainingUsd, budget: `${scope}/${period}` };
  throw new AppError('budget_exceeded', { params });
}
