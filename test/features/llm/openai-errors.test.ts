import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { apiWith, AWAY } from '../../helpers/environment.ts';
import { chat as chatWith, createPricedModel, stubAs } from '../../helpers/llm.ts';
import { createToken } from '../../helpers/tokens.ts';

const CHAT = '/v1/chat/completions';

const chat = (content: string, more: object = {}) => chatWith(content, { model: 'local-small', ...more });

const errorOf = (param: string | null, code: string, type = 'invalid_request_error') => ({
  error: { message: expect.any(String), type, param, code },
});

let user: User;
beforeAll(async () => {
  user = await createUser();
});

describe('before any provider is asked', () => {
  test('a bad key is 401', async () => {
    const answer = await api.with({ Authorization: 'Bearer sk-none' }).post(CHAT, chat('Hello'));
    expect(answer).toMatchObject({ status: 401, body: errorOf(null, 'invalid_api_key') });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a token that may not is 403', async () => {
    const token = await createToken(user, ['workspace:read']);
    const answer = await token.post(CHAT, chat('Hello'));
    expect(answer).toMatchObject({ status: 403, body: errorOf(null, 'forbidden', 'permission_error') });
    expect(answer.body.error.message).toContain('llm:invoke');
  });

  test.each(['gpt-none', 'openai/gpt-none', 'nobody/gpt-4o', '/', 'openai/'])('the model %s is 404', async (model) => {
    const answer = await user.post(CHAT, chat('Hello', { model }));
    expect(answer).toMatchObject({ status: 404, body: errorOf('model', 'model_not_found') });
    const read = await user.get(`/v1/models/${encodeURIComponent(model)}`);
    expect(read).toMatchObject({ status: 404, body: errorOf('model', 'model_not_found') });
  });

  test('a model that makes vectors does not chat, in either interface', async () => {
    const model = 'local-embedding';
    const answer = await user.post(CHAT, chat('Hello', { model }));
    expect(answer).toMatchObject({ status: 400, body: errorOf('model', 'unsupported_parameter') });
    expect(answer.body.error.message).toBe('Model local-embedding does not support chat.');
    const other = await user.post('/api/v1/llm/chat', chatWith('Hello', { model }));
    expect(other).toMatchObject({ status: 422, body: { code: 'unsupported_parameter' } });
  });

  test.each<[string, object, string, string]>([
    ['a field that nobody knows', { nonsense: 1 }, 'nonsense', 'unknown_parameter'],
    ['a field of another type', { temperature: 'hot' }, 'temperature', 'invalid_type'],
    ['a value out of range', { temperature: 3 }, 'temperature', 'invalid_value'],
    ['a field far below', { messages: [{ role: 'user', content: 'a', x: 1 }] }, 'messages[0].x', 'unknown_parameter'],
    ['a missing field', { model: undefined }, 'model', 'invalid_type'],
    ['several answers', { n: 2 }, 'n', 'unsupported_parameter'],
    ['probabilities', { logprobs: true }, 'logprobs', 'unsupported_parameter'],
    ['probabilities of others', { top_logprobs: 2 }, 'top_logprobs', 'unsupported_parameter'],
    ['that it is kept elsewhere', { store: true }, 'store', 'unsupported_parameter'],
    ['sound', { modalities: ['text', 'audio'] }, 'modalities', 'unsupported_parameter'],
    ['a voice', { audio: { voice: 'x' } }, 'audio', 'unsupported_parameter'],
    ['another tier', { service_tier: 'priority' }, 'service_tier', 'unsupported_parameter'],
    ['a prediction', { prediction: { type: 'content', content: 'a' } }, 'prediction', 'unsupported_parameter'],
    ['a search', { web_search_options: {} }, 'web_search_options', 'unsupported_parameter'],
    ['two limits', { max_tokens: 1, max_completion_tokens: 1 }, 'max_tokens', 'unsupported_parameter'],
    ['usage of no stream', { stream_options: { include_usage: true } }, 'stream_options', 'unsupported_parameter'],
    ['more than the model says', { max_completion_tokens: 5000 }, 'max_completion_tokens', 'unsupported_value'],
    ['more than the model says', { max_tokens: 5000 }, 'max_tokens', 'unsupported_value'],
    ['thoughts of a model without', { reasoning_effort: 'low' }, 'reasoning_effort', 'unsupported_parameter'],
    ['a tool that is not there', { tool_choice: 'auto' }, 'tool_choice', 'unsupported_value'],
  ])('%s is 400', async (_, more, param, code) => {
    const answer = await user.post(CHAT, chat('Hello', more));
    expect(answer).toMatchObject({ status: 400, body: errorOf(param, code) });
    expect(answer.body.error.message).toContain(param);
  });

  test('what the provider does not know is refused by its name', async () => {
    const client = apiWith({ MISTRAL_BASE_URL: stubAs('mistral'), MISTRAL_API_KEY: 'key' }).as(user);
    for (const [name, value] of Object.entries({ user: 'a', metadata: { a: 'b' }, verbosity: 'low' })) {
      const answer = await client.post(CHAT, chat('Hello', { model: 'mistral-small-latest', [name]: value }));
      expect(answer).toMatchObject({ status: 400, body: errorOf(name, 'unsupported_parameter') });
      expect(answer.body.error.message).toBe(`Model mistral-small-latest does not support ${name}.`);
    }
  });

  test('a provider that nobody has a key of is 403', async () => {
    const answer = await user.post(CHAT, chat('Hello', { model: 'deepseek-chat' }));
    expect(answer).toMatchObject({ status: 403, body: errorOf(null, 'provider_not_configured', 'permission_error') });
  });

  test('a budget that is used up is 402', async () => {
    const { model } = await createPricedModel();
    const client = user.with({ 'X-Workspace-Id': await createWorkspace(user) });
    await client.post('/api/v1/llm/budgets', { amount_usd: '0.000000000001', period: 'total' });
    const answer = await client.post(CHAT, chat('Hello', { model }));
    const body = errorOf(null, 'insufficient_quota', 'insufficient_quota');
    expect(answer).toMatchObject({ status: 402, body });
  });

  test('too many requests are 429, with the time to come back', async () => {
    const limited = apiWith({ RATE_LIMITS: 'on', RATE_LIMIT_LLM: { limit: async () => ({ success: false }) } }).as(
      user,
    );
    const answer = await limited.post(CHAT, chat('Hello'));
    expect(answer).toMatchObject({ status: 429, body: errorOf(null, 'rate_limit_exceeded', 'rate_limit_error') });
    expect(answer.headers.get('retry-after')).toBe('60');
  });

  test('a database that is away is 503', async () => {
    const away = apiWith({ DATABASE_URL: AWAY }).with({ Authorization: `Bearer ${user.accessToken}` });
    const answer = await away.post(CHAT, chat('Hello'));
    expect(answer).toMatchObject({ status: 503, body: errorOf(null, 'database_unavailable', 'server_error') });
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  test('what cannot be read, a path that is not there, and another method', async () => {
    const headers = { 'Content-Type': 'application/json' };
    expect(await user.post(CHAT, '{', { headers })).toMatchObject({
      status: 400,
      body: errorOf(null, 'malformed_request'),
    });
    expect(await user.get('/v1/nothing')).toMatchObject({ status: 404, body: errorOf(null, 'not_found') });
    expect(await user.get(CHAT)).toMatchObject({ status: 405, body: errorOf(null, 'method_not_allowed') });
  });

  test('another body under the same Idempotency-Key is 400', async () => {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    await user.post(CHAT, chat('One'), { headers });
    const answer = await user.post(CHAT, chat('Two'), { headers });
    expect(answer).toMatchObject({ status: 400, body: errorOf(null, 'idempotency_mismatch') });
  });
});

describe.each([{ stream: false }, { stream: true }])('of a provider, with stream: $stream', ({ stream }) => {
  test.each<[string, number, string, string]>([
    ['status=500', 503, 'provider_unavailable', 'server_error'],
    ['status=401', 503, 'provider_unavailable', 'server_error'],
    ['status=429 retry=7', 429, 'rate_limit_exceeded', 'rate_limit_error'],
    ['status=400', 400, 'provider_rejected', 'invalid_request_error'],
    ['status=400 code=context_length_exceeded', 400, 'context_length_exceeded', 'invalid_request_error'],
    ['status=400 code=content_filter', 400, 'content_filter', 'invalid_request_error'],
    ['status=404 code=model_not_found', 404, 'model_not_found', 'invalid_request_error'],
  ])('%s', async (directive, status, code, type) => {
    const answer = await user.post(CHAT, chat(`[[stub ${directive}]] Hello`, { stream }));
    expect(answer).toMatchObject({ status, body: errorOf(null, code, type) });
    if (status === 429) expect(answer.headers.get('retry-after')).toBe('7');
    if (status === 503) expect(answer.headers.get('retry-after')).toBe('5');
  });
});

test('a provider’s limit without a time to come back has one nevertheless', async () => {
  const answer = await user.post(CHAT, chat('[[stub status=429]] Hello'));
  expect(answer).toMatchObject({ status: 429 });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});
