import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { reserveBudgets } from '../budgets/limits.ts';
import type { CountedBudget } from '../budgets/queries.ts';
import type { Passed } from '../calls/call-spec.ts';
import { changeCall, type NewCall } from '../queries.ts';
import { toCalled } from './call-target.ts';
import type { ReadyTarget } from './record-call.ts';
import { abandonCall } from './settle.ts';

type RecordedCall = NewCall & { id: string };
type Targets = readonly [ReadyTarget, ...ReadyTarget[]];

/**
 * Sets aside what the call may cost at the most with the first of its targets that every budget has enough left for. What
 * is called with a key of the workspace's own costs the budgets nothing. Those before it are passed over, and the record
 * says whom it is made to. Where no target is left the call was never made, and its record says so at once.
 * @throws {AppError} `budget_exceeded`, or `model_unpriced` where nobody can tell what any of them costs
 */
export async function setAside(
  ctx: Ctx,
  call: RecordedCall,
  targets: Targets,
  counted: { startedAt: Date; budgets: CountedBudget[] },
): Promise<{ targets: Targets; passed: Passed[] }> {
  const refusals: AppError[] = [];
  try {
    for (const [place, target] of targets.entries()) {
      const refusal = target.ownKey ? null : await whyNotAfford(ctx, call, target, counted);
      if (refusal) {
        refusals.push(refusal);
        continue;
      }
      if (place > 0) await changeCall(ctx.db, call.id, { ...toCalled(target), ownKey: target.ownKey });
      return {
        targets: [target, ...targets.slice(place + 1)],
        passed: refusals.map((error, n) => toPassed(targets[n]!, error)),
      };
    }
    throw refusals.find(({ code }) => code === 'budget_exceeded') ?? refusals[0]!;
  } catch (error) {
    await abandonCall(ctx, call.id);
    throw error;
  }
}

/** Why a target must not be called; null where its cost is set aside. */
async function whyNotAfford(
  ctx: Ctx,
  { id: callId, workspaceId }: RecordedCall,
  { model, mayCostUsd: amountUsd }: ReadyTarget,
  { startedAt, budgets }: { startedAt: Date; budgets: CountedBudget[] },
): Promise<AppError | null> {
  if (budgets.length === 0) return null;
  if (amountUsd === null) {
    return new AppError('model_unpriced', { params: { provider: model.provider, model: model.name } });
  }
  try {
    await reserveBudgets(ctx, { callId, workspaceId, amountUsd, startedAt }, budgets);
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code === 'budget_exceeded') return error;
    throw error;
  }
}

function toPassed({ model }: ReadyTarget, { code, options: { params = {} } }: AppError): Passed {
  const place = { provider: model.provider, model: model.name };
  if (code === 'model_unpriced') {
    return { ...place, reason: code, detail: 'nobody can tell what it costs, and a budget counts it' };
  }
  const detail = `it may cost ${params.amount} USD, and ${params.remaining} USD of the budget ${params.budget} are left`;
  return { ...place, reason: 'budget_exceeded', detail };
}
