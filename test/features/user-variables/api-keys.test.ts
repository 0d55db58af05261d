import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadApiKey } from '../../../src/features/user-variables/index.ts';
import { PROVIDERS } from '../../../src/platform/llm/providers.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { apiWith, AWAY } from '../../helpers/environment.ts';

const PATH = '/api/v1/user-variables/api-keys';
const SECRET = 'sk-invented-1234567890abcd';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const ownerOf = ({ id, workspaceId }: User) => ({ userId: id, workspaceId });

describe('a key', () => {
  test.each(PROVIDERS.map(({ id }) => id))(
    'of %s is stored, listed masked, replaced, and deleted',
    async (provider) => {
      const saved = await user.post(`${PATH}/${provider}`, { key: 'IGNORED', value: SECRET, description: 'Team' });
      expect(saved).toMatchObject({ status: 200, body: { provider, status: 'success' } });
      expect(saved.body.message).toContain(provider);

      const [first] = (await user.get(PATH)).body;
      expect(first).toMatchObject({
        provider_name: provider,
        key_name: `${provider.toUpperCase()}_API_KEY`,
        value: '****abcd',
        is_active: true,
        description: 'Team',
        masking_disabled: false,
      });

      await user.post(`${PATH}/${provider.toUpperCase()}/`, { value: 'sk-invented-0987654321wxyz' });
      const keys = (await user.get(PATH)).body;
      expect(keys).toHaveLength(1);
      expect(keys[0]).toMatchObject({ id: first.id, value: '****wxyz', description: 'Team' });
      expect(await loadApiKey(createTestSystemCtx(), provider, ownerOf(user))).toBe('sk-invented-0987654321wxyz');

      expect(await user.delete(`${PATH}/${provider}`)).toMatchObject({ status: 200, body: { provider } });
      expect(await user.delete(`${PATH}/${provider}`)).toMatchObject({ status: 404 });
      expect((await user.get(PATH)).body).toEqual([]);
      expect(await loadApiKey(createTestSystemCtx(), provider, ownerOf(user))).toBeNull();
    },
  );

  test.each([
    ['claude', 'anthropic'],
    ['gemini', 'google'],
  ])('of %s is that of %s', async (alias, provider) => {
    await user.post(`${PATH}/${alias}`, { value: SECRET });
    expect((await user.get(PATH)).body).toMatchObject([{ provider_name: provider }]);
    expect(await user.delete(`${PATH}/${alias}`)).toMatchObject({ status: 200, body: { provider } });
  });

  test.each(['unknown', 'constructor', '__proto__', 'open%20ai'])('of %s cannot be stored', async (provider) => {
    for (const answer of [
      await user.post(`${PATH}/${provider}`, { value: SECRET }),
      await user.delete(`${PATH}/${provider}`),
      await user.post(`${PATH}/${provider}/test`),
    ]) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'provider_not_found' } });
      expect(answer.body.errors[0].loc).toEqual(['path', 'provider']);
    }
  });

  test.each(['', '   ', 'with space', 'two\nlines', 'ключ', 'x'.repeat(10_001), null])('is not %j', async (value) => {
    expect(await user.post(`${PATH}/openai`, { value })).toMatchObject({ status: 422 });
  });

  test('is a variable like any other, under one name', async () => {
    await user.post('/api/v1/user-variables', { key: 'openai_api_key', value: SECRET, category: 'ai' });
    expect((await user.get(PATH)).body).toMatchObject([{ provider_name: 'openai' }]);
    await user.post(`${PATH}/openai`, { value: 'sk-replaced-11112222', is_active: false });
    const { body } = await user.get('/api/v1/user-variables');
    expect(body.variables).toMatchObject([
      { key: 'OPENAI_API_KEY', category: 'api_keys', value: '****2222', is_active: false },
    ]);
    expect(await loadApiKey(createTestSystemCtx(), 'openai', ownerOf(user))).toBeNull();
    await user.delete(`${PATH}/openai`);
  });

  test('is stored once, however many store it at the same time', async () => {
    const values = Array.from({ length: 5 }, (_, n) => `sk-at-the-same-time-${n}`);
    const answers = await Promise.all(values.map((value) => user.post(`${PATH}/grok`, { value })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await user.get(PATH)).body).toHaveLength(1);
    expect(values).toContain(await loadApiKey(createTestSystemCtx(), 'grok', ownerOf(user)));
    await user.delete(`${PATH}/grok`);
  });

  test('belongs to its owner alone', async () => {
    const other = await createUser();
    await user.post(`${PATH}/openai`, { value: SECRET });
    expect((await other.get(PATH)).body).toEqual([]);
    expect(await other.delete(`${PATH}/openai`)).toMatchObject({ status: 404 });
    expect(await other.post(`${PATH}/openai/test`)).toMatchObject({ status: 404 });
    expect(await api.get(PATH)).toMatchObject({ status: 401 });
    await user.delete(`${PATH}/openai`);
  });
});

describe('the providers', () => {
  test('are public, with their models', async () => {
    const { status, body } = await api.get(`${PATH}/providers/`);
    expect(status).toBe(200);
    expect(body.map(({ name }: { name: string }) => name)).toEqual(PROVIDERS.map(({ id }) => id));
    const openai = body.find(({ name }: { name: string }) => name === 'openai');
    expect(openai).toMatchObject({ display_name: 'OpenAI', key_name: 'OPENAI_API_KEY' });
    expect(openai.models).toContain('gpt-4o');
  });

  test('are known with the database away', async () => {
    const { status, body } = await apiWith({ DATABASE_URL: AWAY }).get(`${PATH}/providers`);
    expect(status).toBe(200);
    expect(body[0].models).toContain('gpt-4o');
  });
});

describe('the test of a key', () => {
  /** Stands for the providers, whatever they are asked. Everything else goes to the network. */
  function answerAs(respond: (request: Request) => Response | Promise<Response>) {
    const real = globalThis.fetch;
    const seen: Request[] = [];
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input as Request, init as RequestInit);
      if (!request.url.startsWith('https:')) return real(input, init);
      seen.push(request);
      return respond(request);
    });
    return seen;
  }

  afterEach(() => vi.restoreAllMocks());

  const models = () => Response.json({ object: 'list', data: [] });
  const store = (provider: string) => user.post(`${PATH}/${provider}`, { value: SECRET });

  test.each([
    ['openai', 'https://api.openai.com/v1/models'],
    ['google', 'https://generativelanguage.googleapis.com/v1beta/openai/models'],
    ['llama', 'https://api.together.xyz/v1/models'],
    ['grok', 'https://api.x.ai/v1/models'],
    ['deepseek', 'https://api.deepseek.com/v1/models'],
  ])('asks %s at its own address', async (provider, url) => {
    await store(provider);
    const seen = answerAs(models);
    const { status, body } = await user.post(`${PATH}/${provider}/test`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ provider, status: 'healthy', http_status: 200 });
    expect(seen.map((request) => request.url)).toEqual([url]);
    expect(seen[0]!.method).toBe('GET');
    expect(seen[0]!.headers.get('authorization')).toBe(`Bearer ${SECRET}`);
  });

  test('asks Anthropic in its own way', async () => {
    await store('claude');
    const seen = answerAs(models);
    expect((await user.post(`${PATH}/claude/test`)).body).toMatchObject({ provider: 'anthropic', status: 'healthy' });
    expect(seen[0]!.url).toBe('https://api.anthropic.com/v1/models');
    expect(seen[0]!.headers.get('x-api-key')).toBe(SECRET);
    expect(seen[0]!.headers.has('authorization')).toBe(false);
  });

  test('keeps to the provider’s own address, whatever this deployment uses', async () => {
    await store('openai');
    const seen = answerAs(models);
    const client = apiWith({ OPENAI_BASE_URL: 'https://proxy.example.com/v1', OPENAI_API_KEY: 'sk-of-the-platform' });
    await client.as(user).post(`${PATH}/openai/test`);
    expect(seen.map((request) => request.url)).toEqual(['https://api.openai.com/v1/models']);
    expect(JSON.stringify(Object.fromEntries(seen[0]!.headers))).not.toContain('sk-of-the-platform');
  });

  test.each<[string, number | null, () => Response | Promise<Response>]>([
    ['invalid', 401, () => Response.json({ error: { message: `Incorrect API key: ${SECRET}` } }, { status: 401 })],
    ['invalid', 403, () => new Response(null, { status: 403 })],
    ['invalid', 400, () => Response.json([{ error: { message: 'API key not valid' } }], { status: 400 })],
    ['unreachable', 404, () => new Response('nothing here', { status: 404 })],
    ['unreachable', 429, () => new Response(null, { status: 429 })],
    ['unreachable', 500, () => new Response(null, { status: 500 })],
    ['unreachable', null, () => Promise.reject(new TypeError('no route'))],
    ['unreachable', null, () => new Response('<html>not json', { headers: { 'content-type': 'application/json' } })],
  ])('finds it %s by %s, and quotes nobody', async (finding, http_status, respond) => {
    await store('openai');
    answerAs(respond);
    const { status, body } = await user.post(`${PATH}/openai/test`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: finding, http_status });
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  test('reaches the operator’s own server, which is real here', async () => {
    await store('local');
    expect((await user.post(`${PATH}/local/test`)).body).toMatchObject({ provider: 'local', status: 'healthy' });
    const without = apiWith({ LOCAL_LLM_BASE_URL: '' }).as(user);
    expect(await without.post(`${PATH}/local/test`)).toMatchObject({
      status: 424,
      body: { code: 'provider_not_configured' },
    });
  });

  test('needs a stored key', async () => {
    await user.delete(`${PATH}/openai`);
    expect(await user.post(`${PATH}/openai/test`)).toMatchObject({ status: 404 });
  });
});
