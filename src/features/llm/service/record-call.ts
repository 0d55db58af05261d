import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import type { Provider } from '../../../platform/llm/provider.ts';
import {
  findProvider,
  ownKeyConnection,
  platformConnection,
  type Connection,
} from '../../../platform/llm/providers.ts';
import { openApiKey, selectApiKey } from '../../user-variables/index.ts';
import { reserveBudgets } from '../budgets/limits.ts';
import { findBudgetsFor, type BudgetRow } from '../budgets/queries.ts';
import { insertCall, refuseWithoutKey, type NewCall, type SealedKey } from '../queries.ts';
import { abandonCall } from './settle.ts';

/** @throws {AppError} `provider_not_configured` for one that the catalogue has and nobody can reach */
export function requireProvider(name: string): Provider {
  const provider = findProvider(name);
  if (!provider) throw notConfigured(name);
  return provider;
}

/**
 * Records a call, and decides whose key it is made with: the caller's own, if one is active, else the deployment's. The
 * record says which, and nothing is recorded where there is neither. With the deployment's key the call first sets aside
 * what it may cost at the most, under each budget that it counts against;
 * where nobody can tell what that is, it is refused.
 * @throws {AppError} `provider_not_configured`, `secret_unreadable`, `model_unpriced` or `budget_exceeded`
 */
export async function recordCall(
  ctx: Ctx,
  provider: Provider,
  call: NewCall & { id: string },
  mayCostUsd: string | null,
): Promise<{ connection: Connection; ownKey: boolean }> {
  const platform = platformConnection(provider, ctx.env);
  const takesOwnKeys = ownKeyConnection(provider, ctx.env, '') !== null;
  if (!platform && !takesOwnKeys) throw notConfigured(provider.id);
  const selectKey = takesOwnKeys ? selectApiKey(ctx, provider.id) : null;
  const budgetsOfCall = findBudgetsFor(ctx.db, call);
  const record = insertCall(ctx.db, call, selectKey, budgetsOfCall);
  const results = await batchClaimed(
    ctx,
    call.id,
    platform || !selectKey
      ? [record, budgetsOfCall]
      : [refuseWithoutKey(ctx.db, selectKey, provider.id), record, budgetsOfCall],
  );
  const [{ ownKey, startedAt }] = results.at(-2) as [{ ownKey: SealedKey | null; startedAt: Date }];
  const budgets = results.at(-1) as BudgetRow[];
  if (!ownKey && budgets.length > 0) {
    await setAside(ctx, call, { mayCostUsd, startedAt }, budgets);
  }
  const connection = ownKey ? ownKeyConnection(provider, ctx.env, await openKey(ctx, ownKey)) : platform;
  // The key was taken away at this very moment: the call is given up like any that never starts.
  if (!connection) throw notConfigured(provider.id);
  return { connection, ownKey: ownKey !== null };
}

/** A call that is refused was never made: its record says so at once. */
async function setAside(
  ctx: Ctx,
  { id: callId, workspaceId, provider, model }: NewCall & { id: string },
  { mayCostUsd: amountUsd, startedAt }: { mayCostUsd: string | null; startedAt: Date },
  budgets: BudgetRow[],
): Promise<void> {
  try {
    if (amountUsd === null) throw new AppError('model_unpriced', { params: { provider, model } });
    await reserveBudgets(ctx, { callId, workspaceId, amountUsd, startedAt }, budgets);
  } catch (error) {
    await abandonCall(ctx, callId);
    throw error;
  }
}

const openKey = (ctx: Ctx, { id, workspace_id: workspaceId, key, sealed_value: sealedValue }: SealedKey) =>
  openApiKey(ctx, { id, workspaceId, key, sealedValue });

const notConfigured = (provider: string) => new AppError('provider_not_configured', { params: { provider } });
