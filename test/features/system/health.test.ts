import { describe, expect, test } from 'vitest';
import { createUser } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { apiWith, AWAY } from '../../helpers/environment.ts';
import { sql } from '../../helpers/database.ts';

const SERVICES = ['database', 'cache', 'queue', 'realtime', 'storage', 'llm'];

const failing = async () => {
  throw new Error('broken: secret-of-the-binding');
};
const silent = () => new Promise(() => {});

/** Bindings that fail when they are asked, each with the service that it makes unhealthy. */
const FAULTS: [service: string, differences: Record<string, unknown>][] = [
  ['database', { DATABASE_URL: AWAY }],
  ['cache', { CACHE: { get: failing } }],
  ['queue', { JOBS: { send: failing, metrics: failing } }],
  ['realtime', { CHANNEL: { idFromName: String, getByName: () => ({ ping: failing }) } }],
  ['storage', { STORAGE: { head: failing } }],
  ['llm', { LOCAL_LLM_BASE_URL: 'http://127.0.0.1:1/v1' }],
];

describe('GET /health', () => {
  test('says that everything works, in the words of older clients', async () => {
    const before = Date.now() / 1000;
    const { status, body } = await api.get('/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'healthy',
      environment: 'test',
      version: '1.0.0',
      database: { status: 'healthy' },
      system: { uptime: null, memory_usage: null, cpu_usage: null },
    });
    expect(body.timestamp).toBeGreaterThanOrEqual(before - 1);
    expect(new Set(Object.values(body.services))).toEqual(new Set(['healthy']));
    expect(Object.keys(body.services).toSorted()).toEqual([...SERVICES, 'api', 'websockets'].toSorted());
  });

  test('answers 200 with the database away, and says so', async () => {
    const { status, body } = await apiWith({ DATABASE_URL: AWAY }).get('/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'unhealthy', database: { status: 'unhealthy', latency_ms: null } });
    expect(body.services).toMatchObject({ database: 'unhealthy', cache: 'healthy', api: 'healthy' });
  });

  test.each(FAULTS.slice(1))('stays healthy without %s, and says what is missing', async (service, differences) => {
    const { body } = await apiWith(differences).get('/health');
    expect(body.status).toBe('healthy');
    expect(body.services[service]).toBe('unhealthy');
    expect(body.services.websockets).toBe(body.services.realtime);
  });

  test('of version 1 names its sections', async () => {
    const { body } = await api.get('/api/v1/health');
    expect(body).toMatchObject({ status: 'healthy', version: '1.0.0', endpoints: { llm: '/api/v1/llm' } });
    const { body: away } = await apiWith({ DATABASE_URL: AWAY }).get('/api/v1/health');
    expect(away.status).toBe('unhealthy');
  });
});

describe('GET /health/{service}', () => {
  test.each(SERVICES)('%s works', async (service) => {
    const { status, body } = await api.get(`/health/${service}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ service, status: 'healthy', reason: null });
    expect(body.latency_ms).toBeGreaterThanOrEqual(0);
  });

  test.each(FAULTS)('%s fails', async (service, differences) => {
    const { status, body, headers } = await apiWith(differences).get(`/health/${service}`);
    expect(status).toBe(503);
    expect(body).toMatchObject({ service, status: 'unhealthy', reason: 'error', latency_ms: null });
    expect(headers.get('retry-after')).toBe('10');
  });

  test('gives up on a service that does not answer', async () => {
    const { status, body } = await apiWith({ STORAGE: { head: silent } }).get('/health/storage');
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'unhealthy', reason: 'timeout', latency_ms: null });
  });

  test('the queue tells its backlog, the gateway its providers', async () => {
    const { body: queue } = await api.get('/health/queue');
    expect(queue.backlog.messages).toBeGreaterThanOrEqual(0);
    const { body: llm } = await api.get('/health/llm');
    expect(llm.providers).toMatchObject([{ provider: 'local', status: 'healthy' }]);
  });

  test('a gateway without providers is unconfigured, one with a failing one degraded', async () => {
    const without = await apiWith({ LOCAL_LLM_BASE_URL: '' }).get('/health/llm');
    expect(without).toMatchObject({ status: 200, body: { status: 'unconfigured', providers: [], latency_ms: null } });
    const half = { OPENAI_API_KEY: 'sk-secret-key', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    const degraded = await apiWith(half).get('/health/llm');
    expect(degraded).toMatchObject({ status: 200, body: { status: 'degraded', reason: 'error' } });
    expect(degraded.body.providers).toMatchObject([
      { provider: 'openai', status: 'unhealthy', latency_ms: null },
      { provider: 'local', status: 'healthy' },
    ]);
  });

  test.each(['websocket', 'websockets'])('%s is realtime', async (name) => {
    expect(await api.get(`/health/${name}`)).toMatchObject({ status: 200, body: { service: 'realtime' } });
  });

  test.each(['nothing', 'constructor', '__proto__', 'Database', 'x'.repeat(100)])('%s is unknown', async (name) => {
    expect(await api.get(`/health/${name}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('GET /health/detailed', () => {
  test('says how each service answered and what is configured', async () => {
    const user = await createUser();
    const [tables] = await sql`select count(*)::int as count from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`;
    const { status, body } = await user.get('/health/detailed');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'healthy',
      database: { connected: true, schema: 'public', tables: tables!.count },
      llm_providers: { openai: false, anthropic: false, google: false, groq: false, local: true },
      features: { llm: true, mail: true },
    });
    expect(body.services.map((health: { service: string }) => health.service)).toEqual(SERVICES);
  });

  test('needs a token but no database', async () => {
    const user = await createUser();
    expect(await api.get('/health/detailed')).toMatchObject({ status: 401 });
    const { status, body } = await apiWith({ DATABASE_URL: AWAY }).as(user).get('/health/detailed');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'degraded',
      database: { connected: false, schema: null, tables: null },
    });
  });
});

describe('asking often', () => {
  const counting = () => {
    const counter = { calls: 0, get: async () => void (counter.calls += 1) };
    return counter;
  };

  test('costs one check in ten seconds, also for callers at the same time', async () => {
    const CACHE = counting();
    const client = apiWith({ CACHE });
    await Promise.all([1, 2, 3].map(() => client.get('/health/cache')));
    await client.get('/health');
    expect(CACHE.calls).toBe(1);
  });

  test('gives the same answer, with its time', async () => {
    const client = apiWith({});
    const [first, second] = [await client.get('/health/cache'), await client.get('/health/cache')];
    expect(second.body).toEqual(first.body);
  });

  test('costs the database nothing the second time', async () => {
    const client = apiWith({});
    expect((await client.get('/health/database')).headers.get('server-timing')).toContain('desc="1"');
    expect((await client.get('/health/database')).headers.get('server-timing')).toContain('desc="0"');
  });
});

test('no answer shows an address, a key or an error of what it asked', async () => {
  const broken = Object.assign({}, ...FAULTS.map(([, differences]) => differences));
  const client = apiWith({ ...broken, OPENAI_API_KEY: 'sk-secret-key', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' });
  for (const path of ['/', '/info', '/health', '/api/v1/health', ...SERVICES.map((name) => `/health/${name}`)]) {
    const { body } = await client.get(path);
    expect(JSON.stringify(body)).not.toMatch(/invalid|secret|127\.0\.0\.1|5432|broken/);
  }
});
