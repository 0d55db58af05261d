import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSystemCtx, type Ctx } from '../../../src/context.ts';
import { parseEnv } from '../../../src/env.ts';
import { loadCatalog, type Catalog } from '../../../src/features/llm/catalog/tiers.ts';
import { apiWith, AWAY } from '../../helpers/environment.ts';

const COPY = 'llm-catalog/v3';
const CHECKED_AT = '2026-11-28T10:00:00.000Z';

let ctx: Ctx;
let catalog: Catalog;
beforeAll(async () => {
  const pending: Promise<unknown>[] = [];
  ctx = createSystemCtx({ ...parseEnv(env) }, 'test', (promise) => pending.push(promise));
  catalog = await loadCatalog(ctx);
  await Promise.all(pending);
});
afterAll(() => ctx.cache.delete(COPY));

type Done = [calls: number, failedCalls: number, averageLatencyMs: number];

/** What is said of a provider by a copy in which its first models have done so, with the database away. */
async function describeProvider(provider: string, done: Done[], variables: object = {}) {
  const models = catalog.models.filter((model) => model.provider === provider && model.isActive);
  expect(models.length).toBeGreaterThanOrEqual(done.length);
  const health = done.map(([calls, failedCalls, averageLatencyMs], n) => ({
    llmId: models[n]!.id,
    calls,
    failedCalls,
    averageLatencyMs,
    averageFirstTokenMs: null,
    updatedAt: CHECKED_AT,
  }));
  await ctx.cache.put(COPY, { ...catalog, health, readAt: Date.now() }, 60);
  const { body } = await apiWith({ DATABASE_URL: AWAY, ...variables }).get('/api/v1/llm/providers');
  expect(body.catalog.tier).toBe('kv');
  return body.providers.find(({ id }: { id: string }) => id === provider);
}

const KEY = { MISTRAL_API_KEY: 'invented' };

describe('the status of a provider', () => {
  test.each<[string, Done[]]>([
    ['operational', []],
    ['operational', [[100, 5, 300]]],
    ['degraded', [[100, 6, 300]]],
    ['degraded', [[100, 50, 300]]],
    ['outage', [[100, 51, 300]]],
    // By calls and not by models: nine of ten models are of no weight beside one that everybody calls.
    [
      'operational',
      [
        [1, 1, 300],
        [99, 0, 300],
      ],
    ],
    [
      'outage',
      [
        [1, 0, 300],
        [99, 99, 300],
      ],
    ],
  ])('is %s after %j', async (status, done) => {
    expect(await describeProvider('mistral', done, KEY)).toMatchObject({ status });
  });

  test('comes with what was measured', async () => {
    const measured = await describeProvider(
      'mistral',
      [
        [30, 3, 100],
        [10, 0, 500],
      ],
      KEY,
    );
    expect(measured).toMatchObject({ calls: 40, error_rate: 0.075, average_latency_ms: 200, checked_at: CHECKED_AT });
    const unknown = { calls: 0, error_rate: null, average_latency_ms: null, checked_at: null };
    expect(await describeProvider('mistral', [], KEY)).toMatchObject(unknown);
  });

  test('is outage without a key, however well calls with keys of others have gone', async () => {
    expect(await describeProvider('mistral', [[10, 0, 100]])).toMatchObject({
      status: 'outage',
      calls: 10,
      error_rate: 0,
    });
  });
});
