import { beforeAll, describe, expect, test } from 'vitest';
import { refreshHealth } from '../../../src/features/llm/index.ts';
import { createSuperuser, createUser, type User } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';

const PATH = '/api/v1/llm/catalog';

let admin: User;
let user: User;
beforeAll(async () => {
  [admin, user] = await Promise.all([createSuperuser(), createUser()]);
});

const randomName = () => `test-${crypto.randomUUID()}`;

async function createModel(fields: Record<string, unknown> = {}) {
  const request = { name: randomName(), provider: 'openai', is_active: false, ...fields };
  const { status, body } = await admin.post(PATH, request);
  expect(status).toBe(200);
  return body;
}

describe('the catalogue', () => {
  test('has at least fifty models, each with exact prices, their source and their day', async () => {
    // Other tests add models of their own to it.
    const items: any[] = [];
    for (let page = 1, more = true; more; page++) {
      const { body } = await user.get(PATH, { query: { size: 100, page } });
      items.push(...body.items);
      more = body.has_next;
    }
    const priced = items.filter(({ provider }: { provider: string }) => provider !== 'local');
    expect(priced.length).toBeGreaterThanOrEqual(50);
    const described = priced.filter((model: any) => model.pricing?.source);
    expect(described.length).toBeGreaterThanOrEqual(50);
    expect(described.find(({ name }: { name: string }) => name === 'gpt-4o')).toMatchObject({
      cost_per_token_input: 0.0000025,
      cost_per_1k_tokens_output: 0.01,
      pricing: { input_per_million: '2.5', output_per_million: '10' },
      context_window: 128_000,
    });
  });

  test('pages, and finds by name and by provider under either name', async () => {
    const first = await user.get(PATH, { query: { size: 5 } });
    const second = await user.get(PATH, { query: { size: 5, page: 2 } });
    expect(first.body).toMatchObject({ page: 1, per_page: 5, has_next: true, has_prev: false });
    expect(second.body).toMatchObject({ page: 2, has_prev: true });
    const ids = [...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(10);
    const claude = await user.get(PATH, { query: { provider: 'claude', search: 'OPUS' } });
    expect(claude.body.items.length).toBeGreaterThan(0);
    expect(claude.body.items.every((model: any) => model.provider === 'anthropic' && /opus/.test(model.name))).toBe(
      true,
    );
    expect((await user.get(PATH, { query: { is_public: false } })).body.total).toBe(0);
  });

  test('is not sent again to a client that has it', async () => {
    const { headers } = await user.get(PATH, { query: { provider: 'mistral' } });
    const etag = headers.get('etag')!;
    const again = await user.get(PATH, { query: { provider: 'mistral' }, headers: { 'If-None-Match': etag } });
    expect(again.status).toBe(304);
  });

  test('is the same one whichever tier answers', async () => {
    // Nothing of it is in the memory of a Worker that has just begun.
    const client = apiWith({}).as(user);
    const [first, second] = [await client.get(PATH), await client.get(PATH)];
    expect([first.body.catalog.tier, second.body.catalog.tier]).toEqual([
      expect.stringMatching(/kv|database/),
      'memory',
    ]);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect((await client.get(PATH, { query: { page: 2 } })).headers.get('etag')).not.toBe(first.headers.get('etag'));
  });
});

describe('an administrator', () => {
  test('adds a model, changes it at the version that they know, and takes it out of use', async () => {
    const model = await createModel({
      cost_per_token_input: '0.0000012345',
      cost_per_token_output: 0.00001,
      is_active: true,
    });
    expect(model).toMatchObject({ is_active: true, version: 1, health_status: 'unknown' });
    expect(model.pricing).toMatchObject({ input_per_million: '1.2345', output_per_million: '10' });

    const read = await user.get(`${PATH}/${model.id}`);
    expect(read.body).toEqual(model);
    const tag = read.headers.get('etag')!;
    const changed = await admin.patch(
      `${PATH}/${model.id}`,
      { cost_per_token_input: null },
      { headers: { 'If-Match': tag } },
    );
    expect(changed.body).toMatchObject({ cost_per_token_input: null, pricing: null, version: 2 });
    const late = await admin.put(`${PATH}/${model.id}`, { is_active: true }, { headers: { 'If-Match': tag } });
    expect(late).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });

    expect((await admin.delete(`${PATH}/${model.id}`)).status).toBe(200);
    expect((await user.get(`${PATH}/${model.id}`)).body).toMatchObject({ is_active: false, version: 3 });
  });

  test('adds a name of a provider once, also under the provider’s other name', async () => {
    const name = randomName();
    await createModel({ name, provider: 'google' });
    const again = await admin.post(PATH, { name, provider: 'gemini' });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } });
  });

  test('is told what the catalogue would not keep', async () => {
    const unknown = await admin.post(PATH, { name: randomName(), provider: 'openai', price: 1 });
    expect(unknown).toMatchObject({ status: 422 });
    const finer = await admin.post(PATH, {
      name: randomName(),
      provider: 'openai',
      cost_per_token_input: '0.0000000000001',
    });
    expect(finer.body.errors[0].loc).toEqual(['body', 'cost_per_token_input']);
    expect((await admin.patch(`${PATH}/${crypto.randomUUID()}`, { is_active: false })).status).toBe(404);
  });

  test('says what a model is for', async () => {
    const model = await createModel();
    expect(model.kind).toBe('chat');
    const { body } = await admin.patch(`${PATH}/${model.id}`, { kind: 'embedding' });
    expect(body.kind).toBe('embedding');
    expect((await user.get(`${PATH}/${model.id}`)).body.kind).toBe('embedding');
    expect((await admin.patch(`${PATH}/${model.id}`, { kind: 'image' })).status).toBe(422);
  });

  test('makes one model of a repeated request', async () => {
    const request = { name: randomName(), provider: 'openai', is_active: false };
    const options = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
    const [first, second] = [await admin.post(PATH, request, options), await admin.post(PATH, request, options)];
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('the feed of changes', () => {
  test('tells what changed, in order, whoever changed it', async () => {
    const model = await createModel();
    await admin.patch(`${PATH}/${model.id}`, { context_window: 1000 });
    await sql`update llms set status = 'maintenance' where id = ${model.id}`;
    await sql`update llms set updated_at = now() where id = ${model.id}`;
    const { body } = await user.get(`${PATH}/changes`, { query: { llm_id: model.id, after: 0 } });
    expect(body.map(({ change, fields }: any) => [change, fields])).toEqual([
      ['added', {}],
      ['changed', { context_window: { from: null, to: 1000 } }],
      ['changed', { status: { from: 'active', to: 'maintenance' } }],
    ]);
    const since = await user.get(`${PATH}/changes`, { query: { llm_id: model.id, after: body[1].id } });
    expect(since.body.map(({ id }: { id: number }) => id)).toEqual([body[2].id]);
    const latest = await user.get(`${PATH}/changes`, { query: { llm_id: model.id, limit: 2 } });
    expect(latest.body.map(({ id }: { id: number }) => id)).toEqual([body[2].id, body[1].id]);
    const cursor = latest.headers.get('x-next-cursor')!;
    const rest = await user.get(`${PATH}/changes`, { query: { llm_id: model.id, cursor } });
    expect(rest.body.map(({ id }: { id: number }) => id)).toEqual([body[0].id]);
  });

  test('loses nothing to who follows it while many are changed at once', async () => {
    const [loaded, edited] = await Promise.all([createModel(), createModel()]);
    const change = (id: string, window: number) => sql`update llms set context_window = ${window} where id = ${id}`;
    // As a file is loaded: in one transaction, which others may not come before or into.
    const load = sql.transaction([change(loaded.id, 1000), sql`select pg_sleep(1)`, change(loaded.id, 2000)]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await Promise.all([load, change(edited.id, 1000)]);
    const changes = await sql`
      select llm_id from llm_catalog_changes where llm_id in (${loaded.id}, ${edited.id}) and change = 'changed' order by id`;
    expect(changes.map(({ llm_id: id }) => id)).toEqual([loaded.id, loaded.id, edited.id]);
  });
});

describe('the health of a model', () => {
  /** Calls that have ended in these ways: status, and what the provider answered. */
  async function addCalls(model: { id: string; name: string }, calls: [string, number | null][]) {
    for (const [status, code] of calls) {
      await sql`
        with call as (
          insert into llm_calls (id, workspace_id, created_by, llm_id, provider, model, operation, streamed, request_id, price_input, price_output, status)
          values (gen_random_uuid(), ${user.workspaceId}, ${user.id}, ${model.id}, 'openai', ${model.name}, 'chat', false, 'test', 0, 0, 'settled') returning id
        )
        insert into llms_usage_logs (call_id, workspace_id, user_id, llm_id, provider, model, input_tokens, output_tokens, token_source, price_input, price_output, cost_usd, latency_ms, api_status_code, user_api_key_used, status)
        select id, ${user.workspaceId}, ${user.id}, ${model.id}, 'openai', ${model.name}, 1, 1, 'counted', 0, 0, 0, 200, ${code}, false, ${status} from call`;
    }
  }

  test('is the share of the last day’s calls that did not fail through the provider', async () => {
    const model = await createModel();
    await addCalls(model, [
      ['success', 200],
      ['success', 200],
      ['error', 400],
      ['error', 503],
      ['cancelled', null],
    ]);
    const ctx = createTestCtx();
    await refreshHealth(ctx, new Date());
    await admin.post(`${PATH}/refresh`);
    // Another answer than before, although of the same version.
    const { status, body } = await user.get(`${PATH}/${model.id}`, { headers: { 'If-None-Match': '"v1"' } });
    expect({ status, version: body.version }).toEqual({ status: 200, version: 1 });
    expect(body).toMatchObject({ health_status: 'degraded', availability_percentage: 75, response_time_avg_ms: 200 });
    await refreshHealth(ctx, new Date(Date.now() + 25 * 3_600_000));
    expect(await sql`select from llm_health where llm_id = ${model.id}`).toEqual([]);
  });
});
