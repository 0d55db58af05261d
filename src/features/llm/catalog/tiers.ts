import type { Ctx } from '../../../context.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { MINUTE, SECOND } from '../../../core/time.ts';
import type { Env } from '../../../env.ts';
import { BUNDLED_MODELS, type CatalogModel } from '../../../platform/llm/bundled-models.ts';
import { readCatalog, type Health } from './queries.ts';

/** Where a listing came from: the nearer tiers are asked first. */
export type CatalogTier = 'memory' | 'kv' | 'database' | 'bundled';

/** The catalogue as it was read from the database at `readAt` (ms); the bundled list has no version and no age. */
type Stored = {
  models: readonly CatalogModel[];
  health: readonly Health[];
  version: number | null;
  readAt: number | null;
};

export type Catalog = Stored & { tier: CatalogTier };

/** How long each tier answers without asking the next one. */
const MEMORY_FRESH_MS = 30 * SECOND;
const KV_FRESH_MS = 5 * MINUTE;

/** KV keeps an older copy for when the database is away; the age in the answer says how old. */
const KV_KEEP_SECONDS = 24 * 60 * 60;

const KV_KEY = 'llm-catalog/v3';

/** The lowest version that may be served as fresh, and until when (ms) that is worth knowing. */
type Floor = { version: number; until: number };

const FLOOR_KEY = 'llm-catalog/version';

/** Longer than any copy is fresh that was read before the change; after it, a database that was put back starts anew. */
const FLOOR_MS = 10 * MINUTE;

/** What an isolate knows. It is by environment, of which there is one per isolate but for tests. */
type Memory = { stored: Stored | null; freshUntil: number; floor: Floor | null };

const memories = new WeakMap<Env, Memory>();

/**
 * The active and inactive models, from the nearest tier that has them: isolate memory (30 s), KV (5 minutes), the
 * database, then whatever older copy there is, then the bundled list. A copy from before a change that is known of is an
 * older one, whenever it was put there. Never fails.
 */
export async function loadCatalog(ctx: Ctx): Promise<Catalog> {
  const memory = memoryOf(ctx.env);
  if (memory.stored && memory.freshUntil > Date.now() && isCurrent(memory.stored, memory.floor)) {
    return { ...memory.stored, tier: 'memory' };
  }
  const cached = await readCache(ctx, memory);
  if (cached && ageOf(cached) < KV_FRESH_MS && isCurrent(cached, memory.floor)) return remember(memory, cached, 'kv');
  try {
    const stored = { ...(await readCatalog(ctx.db)), readAt: Date.now() };
    ctx.waitUntil(writeCache(ctx, stored));
    return remember(memory, stored, 'database');
  } catch (error) {
    logEvent('warn', 'catalog_database_unavailable', { error: describeError(error) });
  }
  // An older copy serves for a while like a fresh one, lest every request wait for a database that is away.
  memory.floor = null;
  if (memory.stored && ageOf(memory.stored) <= ageOf(cached)) return remember(memory, memory.stored, 'memory');
  if (cached) return remember(memory, cached, 'kv');
  return { models: BUNDLED_MODELS, health: [], version: null, readAt: null, tier: 'bundled' };
}

/**
 * From now on copies from before this version are not fresh, here and in KV. The copies stay: one may be on its way to
 * KV at this very moment, read just before the change, and an old one is better than none while the database is away.
 */
export async function invalidateCatalog(ctx: Ctx, version: number): Promise<void> {
  const floor = { version, until: Date.now() + FLOOR_MS };
  const memory = memoryOf(ctx.env);
  memory.floor = higher(memory.floor, floor);
  // Changes at the same time may come here in another order than they were made in.
  const known = await ctx.cache.get<Floor>(FLOOR_KEY);
  await ctx.cache.put(FLOOR_KEY, higher(known, floor), FLOOR_MS / SECOND);
}

function memoryOf(env: Env): Memory {
  const known = memories.get(env);
  if (known) return known;
  const memory: Memory = { stored: null, freshUntil: 0, floor: null };
  memories.set(env, memory);
  return memory;
}

const higher = (one: Floor | null, other: Floor | null): Floor | null => {
  if (!one || !other) return one ?? other;
  return one.version > other.version && one.until > Date.now() ? one : other;
};

const isCurrent = ({ version }: Stored, floor: Floor | null): boolean =>
  !floor || floor.until <= Date.now() || (version !== null && version >= floor.version);

const ageOf = (stored: Stored | null) => (stored?.readAt ? Date.now() - stored.readAt : Infinity);

function remember(memory: Memory, stored: Stored, tier: CatalogTier): Catalog {
  memory.stored = stored;
  memory.freshUntil = Date.now() + MEMORY_FRESH_MS;
  return { ...stored, tier };
}

/** The copy in KV; takes note of the version that it must have. */
async function readCache(ctx: Ctx, memory: Memory): Promise<Stored | null> {
  try {
    const [stored, floor] = (await ctx.cache.getMany(KV_KEY, FLOOR_KEY)) as [Stored | null, Floor | null];
    memory.floor = higher(memory.floor, floor);
    return stored;
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
