import { beforeAll, describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../../src/platform/llm/providers.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import {
  billingEventsOf,
  chat,
  readFrames,
  settledUsage,
  keptOf,
  stubAs,
  stubCalls,
  textOf,
} from '../../helpers/llm.ts';

const CHAT = '/api/v1/llm/chat';

/** By provider: the prefix of its variables, and one of its models. */
const SETTINGS: Record<string, [prefix: string, model: string]> = {
  openai: ['OPENAI', 'gpt-4o'],
  anthropic: ['ANTHROPIC', 'claude-sonnet-4-5'],
  google: ['GOOGLE', 'gemini-2.0-flash'],
  llama: ['TOGETHER', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
  grok: ['XAI', 'grok-3'],
  deepseek: ['DEEPSEEK', 'deepseek-chat'],
  groq: ['GROQ', 'llama-3.3-70b-versatile'],
  mistral: ['MISTRAL', 'mistral-large-latest'],
  openrouter: ['OPENROUTER', 'meta-llama/llama-3.3-70b-instruct'],
  cloudflare: ['WORKERS_AI', '@cf/meta/llama-3.3-70b-instruct-fp8-fast'],
};

const OWN_KEY = 'sk-of-the-user-0123456789';
const platformKey = (provider: string) => `platform-key-of-${provider}`;

/** Variables that put the stub in a provider's place, with or without a key of the deployment. */
const variablesOf = (provider: string, withKey: boolean) => {
  const [prefix] = SETTINGS[provider]!;
  return {
    [`${prefix}_BASE_URL`]: stubAs(provider),
    ...(withKey && { [`${prefix}_API_KEY`]: platformKey(provider) }),
  };
};

/** A deployment that has a key of every provider, and one that has none. */
const configured = apiWith(
  Object.assign(
    { OPENAI_ORGANIZATION: 'org-of-the-platform' },
    ...Object.keys(SETTINGS).map((id) => variablesOf(id, true)),
  ),
);
const keyless = apiWith(Object.assign({}, ...Object.keys(SETTINGS).map((id) => variablesOf(id, false))));

/** What a call asked of the stub, and what came of it. */
async function converse(
  client: typeof configured,
  user: User,
  body: { directives?: string; [field: string]: unknown },
) {
  const { directives = '', ...more } = body;
  const id = crypto.randomUUID();
  const answer = await client.as(user).post(CHAT, chat(`[[stub id=${id} ${directives}]] Hello`, more));
  return { ...answer, asked: (await stubCalls(id)).lastRequest };
}

let user: User;
beforeAll(async () => {
  user = await createUser();
});

describe('every provider', () => {
  test('is one of those here, but for the local one', () => {
    expect(Object.keys(SETTINGS)).toEqual(PROVIDERS.map(({ id }) => id).filter((id) => id !== 'local'));
  });

  describe.each(Object.entries(SETTINGS))('%s', (provider, [, model]) => {
    test('is asked at its address, with the key of the deployment', async () => {
      const { status, body, asked } = await converse(configured, user, { provider, model, max_tokens: 500 });
      expect(status).toBe(200);
      expect(body).toMatchObject({ provider, model, metadata: { user_api_key: false, emulated: [] } });
      expect(body.content).toContain('Hello');
      expect(asked!.path).toBe(`/${provider}/v1/chat/completions`);
      expect(asked!.headers.authorization).toBe(`Bearer ${platformKey(provider)}`);
      expect(asked!.headers['openai-organization']).toBe(provider === 'openai' ? 'org-of-the-platform' : undefined);
      const limit = ['grok', 'groq'].includes(provider) ? 'max_completion_tokens' : 'max_tokens';
      expect(asked!.body).toEqual({
        model,
        messages: [{ role: 'user', content: expect.any(String) }],
        [limit]: 500,
        temperature: 0.7,
        stream: true,
        ...(provider !== 'mistral' && { stream_options: { include_usage: true } }),
        ...(provider === 'openrouter' && { provider: { require_parameters: true } }),
      });
    });

    test('streams', async () => {
      const { status, response } = await converse(configured, user, { provider, model, stream: true });
      const frames = await readFrames(response);
      expect(status).toBe(200);
      expect(textOf(frames)).toContain('Hello');
      expect(frames.at(-1)).toMatchObject({ type: 'done', provider, model, user_api_key: false, emulated: [] });
    });
  });

  test.each([
    ['claude', 'anthropic'],
    ['gemini', 'google'],
    ['together', 'llama'],
    ['xai', 'grok'],
    ['Grok', 'grok'],
  ])('under its other name too: %s', async (name, provider) => {
    const { body } = await converse(configured, user, { provider: name, model: SETTINGS[provider]![1] });
    expect(body).toMatchObject({ provider, model: SETTINGS[provider]![1] });
  });

  test.each(['tess', 'outro'])('but %s is refused, which nobody serves', async (provider) => {
    const { status, body } = await converse(configured, user, { provider });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'provider_not_found' });
    expect(body.detail).toContain(provider);
  });
});

describe("a caller's own key", () => {
  let owner: User;
  const store = (provider: string, more: object = {}) =>
    owner.post(`/api/v1/user-variables/api-keys/${provider}`, { value: OWN_KEY, ...more });

  beforeAll(async () => {
    owner = await createUser();
    for (const provider of Object.keys(SETTINGS)) await store(provider);
  });

  const TAKING = Object.keys(SETTINGS).filter((id) => id !== 'cloudflare');

  test('is used, and nothing is billed', async () => {
    const calls = TAKING.map(async (provider) => {
      const { body, asked } = await converse(configured, owner, { provider, model: SETTINGS[provider]![1] });
      expect(body).toMatchObject({ provider, metadata: { user_api_key: true } });
      expect(asked!.headers.authorization).toBe(`Bearer ${OWN_KEY}`);
      expect(asked!.path).toBe(`/${provider}/v1/chat/completions`);
      expect(JSON.stringify(asked)).not.toMatch(/of-the-platform|platform-key/);
      const line = await settledUsage(body.metadata.call_id);
      expect(line).toMatchObject({ user_api_key_used: true, status: 'success', user_id: owner.id });
      expect(Number(line.cost_usd)).toBeGreaterThan(0);
      expect(await billingEventsOf(body.metadata.call_id)).toEqual([]);
    });
    await Promise.all(calls);
    expect(calls).toHaveLength(9);
  });

  test('is enough where the deployment has none', async () => {
    const streamed = await converse(keyless, owner, { provider: 'mistral', stream: true });
    expect((await readFrames(streamed.response)).at(-1)).toMatchObject({ type: 'done', user_api_key: true });
    const mine = await converse(keyless, owner, { provider: 'anthropic', model: 'claude-sonnet-4-5' });
    expect(mine.body.metadata.user_api_key).toBe(true);
    const refused = await converse(keyless, user, { provider: 'anthropic' });
    expect(refused).toMatchObject({ status: 424, body: { code: 'provider_not_configured' } });
    expect(refused.body.detail).toContain('anthropic');
    expect(
      await sql`select id from llm_calls where created_by = ${user.id} and provider = 'anthropic'
      and status = 'started' and started_at > now() - interval '1 second'`,
    ).toEqual([]);
  });

  test('is of no use for an account of the deployment, nor on a server that needs none', async () => {
    const { body, asked } = await converse(configured, owner, { provider: 'cloudflare' });
    expect(body.metadata).toMatchObject({ user_api_key: false });
    expect(asked!.headers.authorization).toBe(`Bearer ${platformKey('cloudflare')}`);
    await store('local');
    const local = await converse(configured, owner, { provider: 'local' });
    expect(local.body.metadata.user_api_key).toBe(false);
    expect(await billingEventsOf((await settledUsage(local.body.metadata.call_id)).call_id)).toHaveLength(1);
  });

  test('is one in this workspace, of this member, while it is active', async () => {
    const elsewhere = await createUser();
    const theirs = await converse(configured, elsewhere, { provider: 'groq' });
    expect(theirs.body.metadata.user_api_key).toBe(false);
    await store('groq', { is_active: false });
    const { body, asked } = await converse(configured, owner, { provider: 'groq' });
    expect(body.metadata.user_api_key).toBe(false);
    expect(asked!.headers.authorization).toBe(`Bearer ${platformKey('groq')}`);
    expect(await billingEventsOf((await settledUsage(body.metadata.call_id)).call_id)).toHaveLength(1);
  });

  test('takes no further round trip to the database', async () => {
    const { headers } = await converse(configured, owner, { provider: 'openai' });
    expect(headers.get('server-timing')).toContain('desc="2"');
  });

  test('is written down nowhere but where it is sealed', async () => {
    const { body } = await converse(configured, owner, { provider: 'openai' });
    const [call] = await sql`select to_jsonb(c)::text as text from llm_calls c where id = ${body.metadata.call_id}`;
    expect(call!.text).not.toContain(OWN_KEY);
    expect(JSON.stringify(await settledUsage(body.metadata.call_id))).not.toContain(OWN_KEY);
    const kept = await keptOf(body.metadata.call_id);
    for (const rows of [kept.calls, kept.pieces]) expect(rows).not.toEqual([]);
    expect(JSON.stringify(kept)).not.toContain(OWN_KEY);
  });

  test('that cannot be opened is not replaced by the deployment’s in silence', async () => {
    const other = await createUser();
    await other.post('/api/v1/user-variables/api-keys/openai', { value: OWN_KEY });
    await sql`update user_variables set sealed_value = 'gone.' || sealed_value where created_by = ${other.id}`;
    const answer = await converse(configured, other, { provider: 'openai' });
    expect(answer.body.code).toBe('secret_unreadable');
    expect(answer.asked).toBeUndefined();
  });
});

describe('what a provider refuses is told by whose key it is', () => {
  let owner: User;
  beforeAll(async () => {
    owner = await createUser();
    await owner.post('/api/v1/user-variables/api-keys/openai', { value: OWN_KEY });
  });

  const OPENAI = { provider: 'openai', model: 'gpt-4o' };

  test.each([
    ['status=401', 503, 'provider_unavailable', 424, 'api_key_rejected'],
    ['status=402', 503, 'provider_unavailable', 424, 'provider_quota_exhausted'],
    ['status=429 code=insufficient_quota', 503, 'provider_unavailable', 424, 'provider_quota_exhausted'],
    ['status=429 retry=7', 503, 'provider_rate_limited', 503, 'provider_rate_limited'],
    ['status=404 code=model_not_found', 424, 'model_unavailable', 424, 'model_unavailable'],
    ['status=400 code=context_length_exceeded', 422, 'context_too_long', 422, 'context_too_long'],
    ['status=400 code=content_filter', 422, 'content_filtered', 422, 'content_filtered'],
    ['status=422', 422, 'provider_rejected', 422, 'provider_rejected'],
    ['status=529', 503, 'provider_unavailable', 503, 'provider_unavailable'],
  ])('%s', async (directives, status, code, ownStatus, ownCode) => {
    const [platform, own, streamed] = await Promise.all([
      converse(configured, user, { ...OPENAI, directives }),
      converse(configured, owner, { ...OPENAI, directives }),
      converse(configured, owner, { ...OPENAI, directives, stream: true }),
    ]);
    expect(platform).toMatchObject({ status, body: { code } });
    expect(own).toMatchObject({ status: ownStatus, body: { code: ownCode } });
    expect(streamed).toMatchObject({ status: ownStatus, body: { code: ownCode } });
    if (directives.includes('retry=7')) expect(platform.headers.get('retry-after')).toBe('7');
    for (const { body } of [platform, own]) expect(JSON.stringify(body)).not.toMatch(/platform-key|of-the-user/);
  });

  test('and in the usage log too', async () => {
    const { body } = await converse(configured, owner, { ...OPENAI, directives: 'status=401' });
    expect(body.code).toBe('api_key_rejected');
    const [call] = await sql`select id from llm_calls where created_by = ${owner.id} order by started_at desc limit 1`;
    expect(await settledUsage(call!.id)).toMatchObject({
      status: 'error',
      user_api_key_used: true,
      cost_usd: expect.stringMatching(/^0(\.0+)?$/),
    });
  });
});
