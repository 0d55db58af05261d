import { AppError } from '../../../core/errors.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import type { Env } from '../../../env.ts';
import type { CallTarget } from '../calls/call-spec.ts';
import type { Limit } from './budget.do.ts';
import { budgetsOf } from './stub.ts';

/** The budgets that a call counts against, for attempts after the first: that one is reserved before the call is made. */
export type BudgetsOfCall = readonly Limit[];

/** Sets aside what a further attempt may cost. Returns why it must not be made; null where it may. */
export async function reserveAttempt(
  { env, budgets }: { env: Env; budgets: BudgetsOfCall },
  workspaceId: string,
  callId: string,
  { ownKey, mayCostUsd }: CallTarget,
): Promise<string | null> {
  if (ownKey || budgets.length === 0) return null;
  if (mayCostUsd === null) return 'the model has no price';
  try {
    const grant = await budgetsOf(env, workspaceId).reserve(callId, mayCostUsd, budgets.map(withDate));
    return grant.granted ? null : `it may cost ${mayCostUsd} USD, and ${grant.remainingUsd} USD are left`;
  } catch (error) {
    if (error instanceof AppError) return 'the budgets could not be asked';
    throw error;
  }
}

/** Gives back what was set aside for an attempt that is not made after all; what cannot be asked now frees it later. */
export async function releaseAttempt(
  { env, budgets }: { env: Env; budgets: BudgetsOfCall },
  workspaceId: string,
  callId: string,
): Promise<void> {
  if (budgets.length === 0) return;
  await budgetsOf(env, workspaceId)
    .settle(callId, '0')
    .catch((error: unknown) => logEvent('warn', 'reservation_not_released', { error: describeError(error) }));
}

/** The object of the call has them from JSON, which knows no dates. */
const withDate = ({ spending, ...limit }: Limit): Limit => ({
  ...limit,
  spending: { ...spending, since: new Date(spending.since) },
});
