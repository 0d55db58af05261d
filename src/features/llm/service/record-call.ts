import type { BatchItem } from 'drizzle-orm/batch';
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
import type { Limit } from '../budgets/budget.do.ts';
import { toLimit } from '../budgets/limits.ts';
import { findBudgetsFor } from '../budgets/queries.ts';
import type { Passed } from '../calls/call-spec.ts';
import { connectTo } from '../endpoints/secrets.ts';
import { insertCall, refuseWithoutKey, type NewCall, type RecordedRow, type SealedKey } from '../queries.ts';
import type { PlannedTarget } from './plan-call.ts';
import { setAside } from './set-aside.ts';

/** @throws {AppError} `provider_not_configured` for one that the catalogue has and nobody can reach */
export function requireProvider(name: string): Provider {
  const provider = findProvider(name);
  if (!provider) throw notConfigured(name);
  return provider;
}

/** A target and what it is called with. */
export type ReadyTarget = PlannedTarget & { connection: Connection; ownKey: boolean };

/** The targets that are left, the first of which the record names, and those that are passed over. */
export type RecordedCall = { targets: readonly [ReadyTarget, ...ReadyTarget[]]; passed: Passed[]; limits: Limit[] };

/**
 * Records a call, and decides whose key it is made with: the caller's own, if one is active, else the deployment's. The
 * record says which, and nothing is recorded where there is neither. Keys of the other targets are read in the same round
 * trip, and those without any are left out. With the deployment's key a target is called only if what it may cost at the
 * most can be set aside: see {@link setAside}.
 * @param beside what is written with it
 * @throws {AppError} `provider_not_configured`, `secret_unreadable`, `model_unpriced` or `budget_exceeded`
 */
export async function recordCall(
  ctx: Ctx,
  call: NewCall & { id: string },
  [first, ...others]: readonly [PlannedTarget, ...PlannedTarget[]],
  beside: BatchItem<'pg'>[] = [],
): Promise<RecordedCall> {
  const access = await accessOf(ctx, first, call);
  if (!access.known && !access.selectKey) throw notConfigured(first.provider.id);
  const otherAccess = await Promise.all(others.map((target) => accessOf(ctx, target, call).catch(toNothing)));
  const selectOthers = otherAccess.flatMap((one) => one?.selectKey ?? []);
  const record = insertCall(ctx.db, call, access.selectKey, findBudgetsFor(ctx.db, call));
  const guards =
    access.known || !access.selectKey ? [] : [refuseWithoutKey(ctx.db, access.selectKey, first.provider.id)];
  const statements = [...guards, record, ...selectOthers, ...beside];
  const results = await batchClaimed(ctx, call.id, statements as [BatchItem<'pg'>, ...BatchItem<'pg'>[]]);
  const [recorded, ...keys] = results.slice(guards.length) as [{ rows: [RecordedRow] }, ...OpenedBy[][]];
  const [{ own_key: ownKey, budgets, started_at }] = recorded.rows;
  const startedAt = new Date(started_at);
  const connection = await connect(ctx, access, ownKey && toKey(ownKey));
  // The key was taken away at this very moment: the call is given up like any that never starts.
  if (!connection) throw notConfigured(first.provider.id);
  const ready: [ReadyTarget, ...ReadyTarget[]] = [
    { ...first, connection, ownKey: ownKey !== null || first.endpoint !== null },
  ];
  const unreachable: Passed[] = [];
  for (const [n, target] of others.entries()) {
    const one = otherAccess[n];
    const key = one?.selectKey ? (keys.shift()?.[0] ?? null) : null;
    const other = one && (await connect(ctx, one, key).catch(toNothing));
    if (other) ready.push({ ...target, connection: other, ownKey: key !== null || target.endpoint !== null });
    else unreachable.push(withoutKey(target));
  }
  const { targets, passed } = await setAside(ctx, call, ready, { startedAt, budgets });
  return { targets, passed: [...passed, ...unreachable], limits: budgets.map((row) => toLimit(row, startedAt)) };
}

type OpenedBy = Parameters<typeof openApiKey>[1];
type Access = {
  /** With the deployment's key, or to the workspace's own endpoint. */
  known: Connection | null;
  selectKey: ReturnType<typeof selectApiKey> | null;
  provider: Provider | null;
};

/** Whose keys a target can be called with. @throws {AppError} `secret_unreadable` for that of an endpoint */
async function accessOf(ctx: Ctx, target: PlannedTarget, { operation }: NewCall): Promise<Access> {
  if (target.endpoint) return { known: await connectTo(ctx, target.endpoint), selectKey: null, provider: null };
  const provider = requireProvider(target.provider.id);
  // Nobody has asked for a shadow with a key of theirs.
  const takesOwnKey = operation !== 'shadow' && ownKeyConnection(provider, ctx.env, '') !== null;
  return {
    known: platformConnection(provider, ctx.env),
    selectKey: takesOwnKey ? selectApiKey(ctx, provider.id) : null,
    provider,
  };
}

async function connect(ctx: Ctx, { known, provider }: Access, key: OpenedBy | null): Promise<Connection | null> {
  return key && provider ? ownKeyConnection(provider, ctx.env, await openApiKey(ctx, key)) : known;
}

const toKey = ({ id, workspace_id: workspaceId, key, sealed_value: sealedValue }: SealedKey): OpenedBy => ({
  id,
  workspaceId,
  key,
  sealedValue,
});

/** A key that cannot be opened is noted where that is tried; another model may do. */
function toNothing(error: unknown): null {
  if (error instanceof AppError && error.code === 'secret_unreadable') return null;
  throw error;
}

const withoutKey = ({ model }: PlannedTarget): Passed => ({
  provider: model.provider,
  model: model.name,
  reason: 'provider_not_configured',
  detail: 'there is no key for it',
});

const notConfigured = (provider: string) => new AppError('provider_not_configured', { params: { provider } });
