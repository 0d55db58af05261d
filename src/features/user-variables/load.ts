import { AppError } from '../../core/errors.ts';
import { noteUnreadable } from '../../core/reseal.ts';
import type { Ctx } from '../../context.ts';
import { PROVIDERS } from '../../platform/llm/providers.ts';
import { apiKeyVariable } from './api-keys/variable-names.ts';
import { ownerOf, type Owner } from './owner.ts';
import { findVariablesByKeys, selectSealed, type SealedRow } from './queries.ts';
import { assertUnreadable, openValue, TABLE } from './secrets.ts';

/**
 * The values of active variables by name, in clear and in one round trip: for use in a request, never for an answer or
 * a log. Only these names are read, and of them those that the context grants, which is how a caller says what somebody
 * else's workflow may see. Whoever runs without a user (a queue) names the owner.
 * @throws {AppError} `secret_unreadable`
 */
export async function loadVariables(
  ctx: Ctx,
  names: readonly string[],
  owner: Owner = ownerOf(ctx.actor),
): Promise<Map<string, string>> {
  const granted = [...new Set(names)].filter((name) => isGranted(ctx, name));
  if (granted.length === 0) return new Map();
  const rows = await findVariablesByKeys(ctx.db, owner, granted);
  const active = rows.filter(({ isActive }) => isActive);
  return new Map(await Promise.all(active.map(async (row) => [row.key, await open(ctx, row)] as const)));
}

/**
 * The key that a member has stored for a provider (its canonical name); null where there is none or it is inactive.
 * @throws {AppError} `secret_unreadable`
 */
export async function loadApiKey(ctx: Ctx, provider: string, owner?: Owner): Promise<string | null> {
  const name = apiKeyVariable(provider);
  return (await loadVariables(ctx, [name], owner)).get(name) ?? null;
}

/** The providers that a member has stored an active key for. */
export async function listOwnKeyProviders(ctx: Ctx, owner: Owner = ownerOf(ctx.actor)): Promise<Set<string>> {
  const all = PROVIDERS.map(({ id }) => [apiKeyVariable(id), id] as const);
  const names = new Map(all.filter(([name]) => isGranted(ctx, name)));
  const rows = await findVariablesByKeys(ctx.db, owner, [...names.keys()]);
  return new Set(rows.flatMap(({ key, isActive }) => (isActive ? (names.get(key) ?? []) : [])));
}

/**
 * Selects the key that a member has stored for a provider, sealed and only while it is active: for other statements. It
 * selects nothing where the context does not grant it.
 */
export function selectApiKey(ctx: Ctx, provider: string, owner: Owner = ownerOf(ctx.actor)) {
  const name = apiKeyVariable(provider);
  return selectSealed(ctx.db, owner, isGranted(ctx, name) ? name : NO_NAME);
}

/** What no variable is called. */
const NO_NAME = '';

const isGranted = ({ grants }: Ctx, name: string): boolean => grants === null || grants.includes(name);

/** Opens what {@link selectApiKey} has selected. @throws {AppError} `secret_unreadable` */
export const openApiKey = (ctx: Ctx, row: SealedRow & { key: string }): Promise<string> => open(ctx, row);

async function open(ctx: Ctx, row: SealedRow & { key: string }): Promise<string> {
  try {
    return await openValue(ctx, row);
  } catch (error) {
    assertUnreadable(error);
    noteUnreadable(TABLE, [row]);
    throw new AppError('secret_unreadable', { params: { name: row.key }, cause: error });
  }
}
