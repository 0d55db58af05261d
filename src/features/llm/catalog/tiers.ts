import type { Ctx } from '../../../context.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { MINUTE, SECOND } from '../../../core/time.ts';
import type { Env } from '../../../env.ts';
import { BUNDLED_MODELS, type CatalogModel } from '../../../platform/llm/bundled-models.ts';
import { readCatalog, type HealthRow } from './queries.ts';

/** Where a listing came from: the nearer tiers are asked first. */
export type CatalogTier = 'memory' | 'kv' | 'database' | 'bundled';

/** The catalogue as it was read from the database at `readAt` (ms); the bundled list has no version and no age. */
type Stored = {
  models: readonly CatalogModel[];
  health: readonly Health[];
  version: number | null;
  readAt: number | null;
};

/** How a model has done in the last 24 hours. */
export type Health = Pick<HealthRow, 'llmId' | 'calls' | 'failedCalls' | 'averageLatencyMs' | 'averageFirstTokenMs'>;

export type Catalog = Stored & { tier: CatalogTier };

/** How long each tier answers without asking the next one. */
const MEMORY_FRESH_MS = 30 * SECOND;
const KV_FRESH_MS = 5 * MINUTE;

/** KV keeps an older copy for when the database is away; the age in the answer says how old. */
const KV_KEEP_SECONDS = 24 * 60 * 60;

const KV_KEY = 'llm-catalog/v3';

type Remembered = { stored: Stored; freshUntil: number };

/** By environment, which is one per isolate but for tests. */
const memory = new WeakMap<Env, Remembered>();

/**
 * The active and inactive models, from the nearest tier that has them: isolate memory (30 s), KV (5 minutes), the
 * database, then whatever older copy there is, then the bundled list. Never fails.
 */
export async function loadCatalog(ctx: Ctx): Promise<Catalog> {
  const remembered = memory.get(ctx.env);
  if (remembered && remembered.freshUntil > Date.now()) return { ...remembered.stored, tier: 'memory' };
  const cached = await readCache(ctx);
  if (cached && ageOf(cached) < KV_FRESH_MS) return remember(ctx.env, cached, 'kv');
  try {
    const stored = { ...(await readCatalog(ctx.db)), readAt: Date.now() };
    ctx.waitUntil(writeCache(ctx, stored));
    return remember(ctx.env, stored, 'database');
  } catch (error) {
    logEvent('warn', 'catalog_database_unavailable', { error: describeError(error) });
  }
  if (remembered && ageOf(remembered.stored) <= ageOf(cached)) return remember(ctx.env, remembered.stored, 'memory');
  if (cached) return remember(ctx.env, cached, 'kv');
  return { models: BUNDLED_MODELS, health: [], version: null, readAt: null, tier: 'bundled' };
}

/** Forgets the copies here and in KV, so that the next listing shows what was just written. */
export async function invalidateCatalog(ctx: Ctx): Promise<void> {
  memory.delete(ctx.env);
  await ctx.cache.delete(KV_KEY);
}

const ageOf = (stored: Stored | null) => (stored?.readAt ? Date.now() - stored.readAt : Infinity);

function remember(env: Env, stored: Stored, tier: CatalogTier): Catalog {
  memory.set(env, { stored, freshUntil: Date.now() + MEMORY_FRESH_MS });
  return { ...stored, tier };
}

async function readCache(ctx: Ctx): Promise<Stored | null> {
  try {
    return await ctx.cache.get<Stored>(KV_KEY);
  } catch (error) {
    logEvent('warn', 'catalog_cache_unavailable', { error: describeError(error) });
    return null;
  }
}

async function writeCache(ctx: Ctx, stored: Stored): Promise<void> {
  try {
    await ctx.cache.put(KV_KEY, stored, KV_KEEP_SECONDS);
  } catch (error) {
    logEvent('warn', 'catalog_cache_not_written', { error: describeError(error) });
  }
}
