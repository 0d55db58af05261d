import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { createSystemCtx, type Ctx } from '../../../src/context.ts';
import { parseEnv } from '../../../src/env.ts';
import { invalidateCatalog, loadCatalog } from '../../../src/features/llm/catalog/tiers.ts';
import { createUser } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';

/** A context of an isolate that has just started: memory is by environment. */
function freshCtx(): { ctx: Ctx; settle: () => Promise<unknown> } {
  const pending: Promise<unknown>[] = [];
  const ctx = createSystemCtx({ ...parseEnv(env) }, 'test', (promise) => pending.push(promise));
  return { ctx, settle: () => Promise.all(pending) };
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
    await invalidateCatalog(first.ctx);
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
    const { ctx, settle } = freshCtx();
    await invalidateCatalog(ctx);
    expect(await loadCatalog(withoutDatabase(freshCtx().ctx))).toMatchObject({ tier: 'bundled', version: null });
    await loadCatalog(ctx);
    await settle();
    const stale = await ctx.cache.get<{ readAt: number }>('llm-catalog/v3');
    await ctx.cache.put('llm-catalog/v3', { ...stale, readAt: Date.now() - 3_600_000 }, 3600);
    const old = await loadCatalog(withoutDatabase(freshCtx().ctx));
    expect(old).toMatchObject({ tier: 'kv' });
    expect(Date.now() - old.readAt!).toBeGreaterThan(3_000_000);
    await invalidateCatalog(ctx);
  });

  test('the version rises with every change of the table', async () => {
    const { ctx } = freshCtx();
    await invalidateCatalog(ctx);
    const before = await loadCatalog(ctx);
    await sql`update llms set display_name = display_name where name = 'local-small'`;
    await invalidateCatalog(ctx);
    const after = await loadCatalog(ctx);
    expect(after.version).toBeGreaterThan(before.version!);
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
    expect(statusOf('local')).toBe('operational');
    expect(statusOf('anthropic')).toBe('outage');
  });

  test('a warm listing asks the database nothing', async () => {
    const user = await createUser();
    await user.get('/api/v1/llm/models');
    const { headers } = await user.get('/api/v1/llm/models');
    expect(headers.get('server-timing')).toContain('desc="0"');
  });
});
