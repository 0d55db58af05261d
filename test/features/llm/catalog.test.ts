import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { createSystemCtx, type Ctx } from '../../../src/context.ts';
import { parseEnv } from '../../../src/env.ts';
import { invalidateCatalog, loadCatalog } from '../../../src/features/llm/catalog/tiers.ts';
import { createUser } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { changeCatalog } from '../../helpers/llm.ts';

/** A context of an isolate that has just started: memory is by environment. */
function freshCtx(): { ctx: Ctx; settle: () => Promise<unknown> } {
  const pending: Promise<unknown>[] = [];
  const ctx = createSystemCtx({ ...parseEnv(env) }, 'test', (promise) => pending.push(promise));
  return { ctx, settle: () => Promise.all(pending) };
}

/** As if KV had never held anything. */
const forget = ({ ctx }: { ctx: Ctx }) => Promise.all([COPY, FLOOR].map((key) => ctx.cache.delete(key)));

const COPY = 'llm-catalog/v3';
const FLOOR = 'llm-catalog/version';

/** The same context, in which writing to KV waits to be let go. */
function withSlowWrites(ctx: Ctx): { slow: Ctx; letGo: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const put: Ctx['cache']['put'] = async (...entry) => promise.then(() => ctx.cache.put(...entry));
  return { slow: { ...ctx, cache: { ...ctx.cache, put } }, letGo: resolve };
}

/** The same, with a database that does not answer. */
function withoutDatabase(ctx: Ctx): Ctx {
  const away = () => {
    throw Object.assign(new Error('Error connecting to database'), { name: 'NeonDbError' });
  };
  return { ...ctx, db: { ...ctx.db, select: away, batch: away } as unknown as Ctx['db'] };
}

describe('the tiers', () => {
  test('the database first, then memory, and KV for the next isolate', async () => {
    const first = freshCtx();
    await forget(first);
    const fromDatabase = await loadCatalog(first.ctx);
    expect(fromDatabase).toMatchObject({ tier: 'database' });
    expect(first.ctx.meter.roundTrips).toBe(1);
    await first.settle();

    expect(await loadCatalog(first.ctx)).toMatchObject({ tier: 'memory', version: fromDatabase.version });
    expect(first.ctx.meter.roundTrips).toBe(1);

    const second = freshCtx();
    expect(await loadCatalog(second.ctx)).toMatchObject({ tier: 'kv', version: fromDatabase.version });
    expect(second.ctx.meter.roundTrips).toBe(0);
  });

  test('an old copy where the database is away, and the bundled list where there is none', async () => {
    const first = freshCtx();
    const { ctx, settle } = first;
    await forget(first);
    expect(await loadCatalog(withoutDatabase(freshCtx().ctx))).toMatchObject({ tier: 'bundled', version: null });
    await loadCatalog(ctx);
    await settle();
    const stale = await ctx.cache.get<{ readAt: number }>(COPY);
    await ctx.cache.put(COPY, { ...stale, readAt: Date.now() - 3_600_000 }, 3600);
    const old = await loadCatalog(withoutDatabase(freshCtx().ctx));
    expect(old).toMatchObject({ tier: 'kv' });
    expect(Date.now() - old.readAt!).toBeGreaterThan(3_000_000);
    await forget(first);
  });

  test('the version rises with every change of the table', async () => {
    const first = freshCtx();
    await forget(first);
    const before = await loadCatalog(first.ctx);
    const version = await changeCatalog();
    expect(version).toBeGreaterThan(before.version!);
    await invalidateCatalog(first.ctx, version);
    const after = await loadCatalog(first.ctx);
    expect(after.tier).toBe('database');
    expect(after.version).toBeGreaterThanOrEqual(version);
  });
});

describe('a change of the catalogue', () => {
  test('outdoes a copy that was read before it and comes to KV after it', async () => {
    const reader = freshCtx();
    await forget(reader);
    const { slow, letGo } = withSlowWrites(reader.ctx);
    const before = await loadCatalog(slow);
    expect(before.tier).toBe('database');

    const version = await changeCatalog();
    await invalidateCatalog(freshCtx().ctx, version);
    letGo();
    await reader.settle();
    // The older copy is there, and recent: but for its version it would be served.
    expect(await reader.ctx.cache.get(COPY)).toMatchObject({ version: before.version });

    const next = freshCtx();
    const seen = await loadCatalog(next.ctx);
    expect(seen.tier).toBe('database');
    expect(seen.version).toBeGreaterThanOrEqual(version);
    await next.settle();
    expect(await loadCatalog(freshCtx().ctx)).toMatchObject({ tier: 'kv', version: seen.version });
  });

  test('outdoes one that this isolate was reading meanwhile', async () => {
    const { ctx, settle } = freshCtx();
    await Promise.all([COPY, FLOOR].map((key) => ctx.cache.delete(key)));
    const { promise, resolve } = Promise.withResolvers<void>();
    const batch = async (statements: never) => {
      const rows = await ctx.db.batch(statements);
      await promise;
      return rows;
    };
    const reading = loadCatalog({ ...ctx, db: { ...ctx.db, select: ctx.db.select.bind(ctx.db), batch } as never });
    // Long enough for the statement to have read.
    await new Promise((done) => setTimeout(done, 200));
    const version = await changeCatalog();
    await invalidateCatalog(ctx, version);
    resolve();
    expect((await reading).version).toBeLessThan(version);
    await settle();
    const seen = await loadCatalog(ctx);
    expect(seen.tier).toBe('database');
    expect(seen.version).toBeGreaterThanOrEqual(version);
  });

  test('does not take the older copy away while the database is', async () => {
    const first = freshCtx();
    await forget(first);
    const before = await loadCatalog(first.ctx);
    await first.settle();
    await invalidateCatalog(first.ctx, before.version! + 1);
    const { ctx } = freshCtx();
    expect(await loadCatalog(withoutDatabase(ctx))).toMatchObject({ tier: 'kv', version: before.version });
    // And the next request need not wait for the database in vain.
    expect(await loadCatalog(withoutDatabase(ctx))).toMatchObject({ tier: 'memory', version: before.version });
    await forget(first);
  });

  test('that is told of late does not bring an older version back', async () => {
    const { ctx } = freshCtx();
    const former = await changeCatalog();
    const version = await changeCatalog();
    await invalidateCatalog(ctx, version);
    await invalidateCatalog(freshCtx().ctx, former);
    expect(await ctx.cache.get(FLOOR)).toMatchObject({ version });
    expect(await loadCatalog(freshCtx().ctx)).toMatchObject({ tier: 'database' });
  });
});

describe('the listings', () => {
  test('models by provider, with prices, status and where they came from', async () => {
    const user = await createUser();
    const { status, body } = await user.get('/api/v1/llm/models');
    expect(status).toBe(200);
    const local = body.models.local.find((model: { id: string }) => model.id === 'local-small');
    expect(local).toMatchObject({ status: 'available' });
    expect(body.models.openai.find((model: { id: string }) => model.id === 'gpt-4o')).toMatchObject({
      pricing: { input: 0.0025, output: 0.01 },
      context_window: 128000,
      status: 'unavailable',
    });
    expect(body.count).toBe(Object.values(body.models).flat().length);
  });

  test('a provider under the name that it was asked for', async () => {
    const user = await createUser();
    const { body } = await user.get('/api/v1/llm/models', { query: { provider: 'claude' } });
    expect(Object.keys(body.models)).toEqual(['claude']);
    expect(body.models.claude.length).toBeGreaterThan(0);
    const unknown = await user.get('/api/v1/llm/models', { query: { provider: 'nobody' } });
    expect(unknown).toMatchObject({ status: 422, body: { code: 'provider_not_found' } });
  });

  test('providers are public, and say whether this deployment reaches them', async () => {
    const { body } = await api.get('/api/v1/llm/providers');
    const statusOf = (id: string) => body.providers.find((provider: { id: string }) => provider.id === id)?.status;
    // How well it does is another matter: see provider-health.test.ts.
    expect(body.providers.map(({ id }: { id: string }) => id)).toContain('local');
    expect(statusOf('anthropic')).toBe('outage');
  });

  test('a warm listing asks the database nothing', async () => {
    const user = await createUser();
    await user.get('/api/v1/llm/models');
    const { headers } = await user.get('/api/v1/llm/models');
    expect(headers.get('server-timing')).toContain('desc="0"');
  });
});
