import { randomBytes } from 'node:crypto';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { resealEndpoints } from '../../../src/features/llm/index.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import type { Client } from '../../helpers/api.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import { chat, stubAtAllowedHost, stubCalls } from '../../helpers/llm.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';

const ENDPOINTS = '/api/v1/llm/endpoints';
const CHAT = '/api/v1/llm/chat';
const ADDRESS = 'https://models.example.com/v1';
const KEY = 'sk-invented-0123456789-endpoint';

let owner: User;
beforeAll(async () => {
  owner = await createUser();
});

/** A client in a workspace of its own. */
async function createPlace(): Promise<{ id: string; client: Client }> {
  const id = await createWorkspace(owner);
  return { id, client: owner.with({ 'X-Workspace-Id': id }) };
}

async function add(client: Client, fields: object = {}) {
  const { status, body } = await client.post(ENDPOINTS, { name: 'our-models', base_url: ADDRESS, ...fields });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

const at = (id: string, rest = '') => `${ENDPOINTS}/${id}${rest}`;

const sealedKeyOf = async (id: string): Promise<string | null> =>
  (await sql`select sealed_key from llm_endpoints where id = ${id}`)[0]!.sealed_key;

describe('an endpoint', () => {
  test('is added, read, changed and taken away', async () => {
    const { id: workspaceId, client } = await createPlace();
    const models = [
      {
        name: 'qwen3-32b',
        kind: 'chat',
        context_window: 32768,
        max_output_tokens: 4096,
        capabilities: ['tools'],
        price_per_million: { input: '0.15', output: '9999.999999' },
      },
      { name: 'embed', kind: 'embedding' },
    ];
    const made = await add(client, { models });
    const blank = { context_window: null, max_output_tokens: null, capabilities: [], price_per_million: null };
    expect(made).toMatchObject({
      workspace_id: workspaceId,
      name: 'our-models',
      base_url: ADDRESS,
      has_key: false,
      is_active: true,
      version: 1,
      models: [models[0], { ...models[1], ...blank }],
    });
    const read = await client.get(at(made.id));
    expect(read.body).toEqual(made);
    expect(read.headers.get('etag')).toBe('"v1"');
    expect((await client.get(at(made.id), { headers: { 'If-None-Match': '"v1"' } })).status).toBe(304);

    const changed = await client.patch(at(made.id), { name: 'renamed', models: [], is_active: false });
    expect(changed.body).toMatchObject({ name: 'renamed', models: [], is_active: false, version: 2 });
    const stale = await client.patch(at(made.id), { name: 'again' }, { headers: { 'If-Match': '"v1"' } });
    expect(stale).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect((await client.patch(at(made.id), { name: 'renamed' })).body.version).toBe(2);

    expect((await client.delete(at(made.id))).status).toBe(200);
    expect((await client.get(at(made.id))).status).toBe(404);
    expect((await client.delete(at(made.id))).status).toBe(404);
  });

  test('is listed newest first, page by page', async () => {
    const { client } = await createPlace();
    for (const name of ['first', 'second', 'third']) await add(client, { name });
    const page = await client.get(ENDPOINTS, { query: { limit: 2 } });
    expect(page.body.map(({ name }: { name: string }) => name)).toEqual(['third', 'second']);
    const rest = await client.get(ENDPOINTS, { query: { cursor: page.headers.get('x-next-cursor')! } });
    expect(rest.body.map(({ name }: { name: string }) => name)).toEqual(['first']);
  });

  test('is made once under an Idempotency-Key', async () => {
    const { client } = await createPlace();
    const retrying = client.with({ 'Idempotency-Key': crypto.randomUUID() });
    const body = { name: 'our-models', base_url: ADDRESS, api_key: KEY };
    const [first, second] = [await retrying.post(ENDPOINTS, body), await retrying.post(ENDPOINTS, body)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
  });

  test.each(['openai', 'claude', 'xai', 'local', 'catalog', 'endpoints', 'chat', 'generate', 'count-tokens'])(
    'may not be called %s',
    async (name) => {
      const refused = await owner.post(ENDPOINTS, { name, base_url: ADDRESS });
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ loc: ['body', 'name'], type: 'reserved' }] } });
    },
  );

  test.each(['A', 'a', 'Upper', '1st', 'with space', 'with_line', 'x'.repeat(50), 'a/b', '-a'])(
    'has a name that can stand in a path, unlike %j',
    async (name) => {
      const refused = await owner.post(ENDPOINTS, { name, base_url: ADDRESS });
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ loc: ['body', 'name'] }] } });
    },
  );

  test('has a name of its own in its workspace, and models with names of their own', async () => {
    const [{ client }, other] = [await createPlace(), await createPlace()];
    const { id } = await add(client, { name: 'taken' });
    const again = await client.post(ENDPOINTS, { name: 'taken', base_url: ADDRESS });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    const another = await add(client, { name: 'another' });
    expect((await client.patch(at(another.id), { name: 'taken' })).status).toBe(409);
    expect((await client.patch(at(another.id), { name: 'openai' })).status).toBe(422);
    await add(other.client, { name: 'taken' });
    const twice = { models: [{ name: 'same' }, { name: 'same' }] };
    expect((await client.patch(at(id), twice)).body.errors[0].loc).toEqual(['body', 'models']);
  });

  test('is one of twenty, however many are added at once', async () => {
    const { id, client } = await createPlace();
    await sql`insert into llm_endpoints (workspace_id, name, base_url)
      select ${id}, 'e' || n, ${ADDRESS} from generate_series(1, 19) as n`;
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((name) => client.post(ENDPOINTS, { name, base_url: ADDRESS })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('limit_reached');
    expect(await sql`select count(*)::int from llm_endpoints where workspace_id = ${id}`).toEqual([{ count: 20 }]);
  });
});

describe('its address', () => {
  const PORT = openRemote().port;

  test.each([
    `http://127.0.0.1:${PORT}/v1`,
    'https://127.0.0.1/v1',
    'https://[::1]/v1',
    'https://169.254.169.254/latest/meta-data',
    'https://metadata.google.internal/v1',
    'https://10.0.0.8/v1',
    'https://localhost/v1',
    'https://single-label/v1',
    'https://user:password@models.example.com/v1',
    'https://models.example.com:25/v1',
  ])('may not be %s', async (base_url) => {
    const { client } = await createPlace();
    const refused = await client.post(ENDPOINTS, { name: 'hostile', base_url });
    expect(refused).toMatchObject({ status: 422, body: { code: 'address_not_allowed' } });
    expect(refused.body.errors[0].loc).toEqual(['body', 'base_url']);
    const { id } = await add(client);
    expect(await client.patch(at(id), { base_url })).toMatchObject({
      status: 422,
      body: { code: 'address_not_allowed' },
    });
  });

  test.each([
    'http://models.example.com/v1',
    'http://93.184.216.34/v1',
    'https://models.example.com/v1?key=1',
    'https://models.example.com/v1?',
    'https://models.example.com/v1#part',
    'ftp://models.example.com/v1',
    'models.example.com/v1',
  ])('is reached by https, without query: not %s', async (base_url) => {
    const refused = await owner.post(ENDPOINTS, { name: 'unfit', base_url });
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(refused.body.errors[0].loc).toEqual(['body', 'base_url']);
  });

  test('may be the operator’s own host by http, and is kept in one spelling', async () => {
    const { client } = await createPlace();
    expect((await add(client, { base_url: stubAtAllowedHost() })).base_url).toBe(stubAtAllowedHost());
    const spelled = await add(client, { name: 'spelled', base_url: 'HTTPS://Models.Example.com:443/v1//' });
    expect(spelled.base_url).toBe(ADDRESS);
  });
});

describe('its key', () => {
  test('is sealed, and shown nowhere', async () => {
    const { client } = await createPlace();
    const made = await add(client, { base_url: stubAtAllowedHost(), api_key: KEY });
    const answers = [
      made,
      (await client.get(at(made.id))).body,
      (await client.get(ENDPOINTS)).body,
      (await client.patch(at(made.id), { is_active: false })).body,
      (await client.post(at(made.id, '/test'))).body,
      (await client.get('/api/v1/llm/catalog')).body,
    ];
    expect(made.has_key).toBe(true);
    expect(JSON.stringify(answers)).not.toContain(KEY);
    const rows = await sql`select e::text as text from llm_endpoints e where id = ${made.id}
      union all select a::text from audit_entries a where resource_id = ${made.id}::text`;
    expect(rows.length).toBeGreaterThan(2);
    expect(JSON.stringify(rows)).not.toContain(KEY);
  });

  test('goes to no other address unless it is given anew', async () => {
    const { client } = await createPlace();
    const { id } = await add(client, { api_key: KEY });
    const sealed = await sealedKeyOf(id);
    const elsewhere = 'https://elsewhere.example.com/v1';
    const refused = await client.patch(at(id), { base_url: elsewhere });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ loc: ['body', 'api_key'] }] } });
    expect((await client.patch(at(id), { base_url: 'https://models.example.com/v2' })).status).toBe(422);
    expect((await client.get(at(id))).body).toMatchObject({ base_url: ADDRESS, has_key: true, version: 1 });
    expect(await sealedKeyOf(id)).toBe(sealed);
    // The same address is no other.
    expect((await client.patch(at(id), { base_url: `${ADDRESS}/`, is_active: false })).status).toBe(200);

    const given = await client.patch(at(id), { base_url: elsewhere, api_key: 'sk-another-invented-1' });
    expect(given.body).toMatchObject({ base_url: elsewhere, has_key: true });
    expect(await sealedKeyOf(id)).not.toBe(sealed);
    const without = await client.patch(at(id), { base_url: ADDRESS, api_key: null });
    expect(without.body).toMatchObject({ base_url: ADDRESS, has_key: false });
    expect(await sealedKeyOf(id)).toBeNull();
    expect((await client.patch(at(id), { base_url: elsewhere })).status).toBe(200);
  });

  test('is not taken to another address by a change at the same time', async () => {
    const { client } = await createPlace();
    for (let round = 0; round < 5; round++) {
      const { id } = await add(client, { name: `race-${round}` });
      const [moved, keyed] = await Promise.all([
        client.patch(at(id), { base_url: 'https://elsewhere.example.com/v1' }),
        client.patch(at(id), { api_key: KEY, base_url: ADDRESS }),
      ]);
      expect(keyed.status).toBe(200);
      const { body } = await client.get(at(id));
      // Either the move came first, and the key brought its address along, or it came too late.
      expect(body).toMatchObject({ base_url: ADDRESS, has_key: true });
      expect([200, 422]).toContain(moved.status);
    }
  });

  test('is sealed anew when the platform’s key is rotated, and stays what it was', async () => {
    const oldId = `old-${crypto.randomUUID().slice(0, 8)}`;
    const old = `${oldId}:${randomBytes(32).toString('base64')}`;
    const before = apiWith({ ENCRYPTION_KEYS: old }).as(owner);
    const name = `sealed-${crypto.randomUUID().slice(0, 8)}`;
    const { id } = await add(before, { name, base_url: stubAtAllowedHost(), api_key: KEY });
    const state = async () =>
      (
        await sql`select split_part(sealed_key, '.', 1) as key, version, updated_at from llm_endpoints where id = ${id}`
      )[0]!;
    const first = await state();
    expect(first.key).toBe(oldId);
    const marker = crypto.randomUUID();
    const call = () => owner.post(CHAT, chat(`[[stub id=${marker}]] Hello`, { provider: name, model: 'any' }));
    expect(await call()).toMatchObject({ status: 409, body: { code: 'secret_unreadable' } });
    expect((await owner.post(at(id, '/test'))).body.code).toBe('secret_unreadable');

    const rotated = { ...env, ENCRYPTION_KEYS: `${env.ENCRYPTION_KEYS},${old}` };
    await resealEndpoints(createTestSystemCtx(rotated));
    expect(await state()).toEqual({ ...first, key: env.ENCRYPTION_KEYS.split(':')[0] });
    expect((await call()).status).toBe(200);
    expect((await stubCalls(marker)).lastRequest!.headers.authorization).toBe(`Bearer ${KEY}`);
  });
});

describe('a test of it', () => {
  test('names the models that it has', async () => {
    const { client } = await createPlace();
    const { id } = await add(client, { base_url: stubAtAllowedHost(), api_key: KEY });
    expect((await client.post(at(id, '/test'))).body).toMatchObject({
      status: 'healthy',
      http_status: 200,
      detail: null,
      models: ['local-small'],
    });
  });

  test('tells a server that is none from an address that is not allowed', async () => {
    const { id: workspaceId, client } = await createPlace();
    const remote = openRemote();
    const base = (behaviour: string) => atAllowedHost(remote.url(behaviour));
    const test = async (base_url: string) => {
      const [{ id }] = (await sql`insert into llm_endpoints (workspace_id, name, base_url)
        values (${workspaceId}, ${`e${crypto.randomUUID().slice(0, 8)}`}, ${base_url}) returning id`) as [
        { id: string },
      ];
      return (await client.post(at(id, '/test'))).body;
    };
    expect(await test(base('nothing'))).toMatchObject({ status: 'unreachable', http_status: 404, models: [] });
    expect(await test(base('echo'))).toMatchObject({ status: 'healthy', models: [] });
    expect(await test(base('endless'))).toMatchObject({ status: 'unreachable', detail: 'the answer is too large' });
    const hits = (await remote.stats()).hits;
    const refused = await test(remote.url('echo'));
    expect(refused).toMatchObject({ status: 'unreachable', http_status: null });
    expect(refused.detail).toContain('the address is not allowed');
    expect((await remote.stats()).hits).toBe(hits);
  });
});

describe('of another workspace', () => {
  test('it is neither seen, nor changed, nor called', async () => {
    const stranger = await createUser();
    const { id: workspaceId, client } = await createPlace();
    const { id, name } = await add(client, { name: 'only-ours', base_url: stubAtAllowedHost(), api_key: KEY });
    for (const answer of [
      await stranger.get(at(id)),
      await stranger.patch(at(id), { is_active: false }),
      await stranger.delete(at(id)),
      await stranger.post(at(id, '/test')),
      await owner.get(at(id)),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect((await stranger.get(ENDPOINTS)).body).toEqual([]);
    const ofThisAnswer = ['error_id', 'request_id', 'timestamp'];
    const shown = (body: unknown) =>
      JSON.stringify(body, (field, value: unknown) => (ofThisAnswer.includes(field) ? undefined : value));
    const foreign = await stranger.post(CHAT, chat('Hello', { provider: name, model: 'any' }));
    const unknown = await stranger.post(CHAT, chat('Hello', { provider: 'only-mine', model: 'any' }));
    expect(foreign).toMatchObject({ status: 422, body: { code: 'provider_not_found' } });
    expect(shown(foreign.body)).toBe(shown(unknown.body).replaceAll('only-mine', name));
    expect((await client.post(CHAT, chat('Hello', { provider: name, model: 'any' }))).status).toBe(200);
    // Members see and call it; only admins change it.
    await addMember(workspaceId, stranger, 'member');
    const member = stranger.with({ 'X-Workspace-Id': workspaceId });
    expect((await member.get(at(id))).status).toBe(200);
    expect((await member.post(CHAT, chat('Hello', { provider: name, model: 'any' }))).status).toBe(200);
    expect((await member.patch(at(id), { is_active: false })).status).toBe(403);
    expect((await member.post(at(id, '/test'))).status).toBe(403);
  });
});
