import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';

const PATH = '/api/v1/llm/count-tokens';
const TEXT = 'Hello, world!';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

test('a text is counted by the model’s own tokenizer, with its cost and whether it fits', async () => {
  const { status, body } = await user.post(PATH, undefined, { query: { text: TEXT, model: 'gpt-4o' } });
  expect(status).toBe(200);
  expect(body).toEqual({
    token_count: 4,
    provider: 'openai',
    model: 'gpt-4o',
    method: 'counted',
    at_least: 4,
    at_most: 4,
    context_window: 128_000,
    fits_context: true,
    cost_usd: 0.00001,
    cost_usd_exact: '0.00001',
  });
});

test('where the tokenizer is not public the answer says so, and within which bounds the truth lies', async () => {
  const { body } = await user.post('/api/v1/llm/claude/count-tokens', { text: 'Três tigres tristes' });
  expect(body).toMatchObject({ provider: 'anthropic', method: 'estimated', at_least: 3, at_most: 20 });
  expect(body.token_count).toBeGreaterThanOrEqual(body.at_least);
  expect(body.token_count).toBeLessThanOrEqual(body.at_most);
});

test('the body wins over the query, and the older path is the same', async () => {
  const query = { text: 'a much longer text than the other', model: 'gpt-4o' };
  const both = await user.post(PATH, { text: TEXT }, { query });
  expect(both.body).toMatchObject({ token_count: 4, model: 'gpt-4o' });
  const older = await user.post('/api/v1/llm/count-tokens-original', { text: TEXT, model: 'gpt-4o' });
  expect(older.body).toEqual(both.body);
});

const TOOL = {
  type: 'function',
  function: { name: 'get_time', description: 'Tells the time.', parameters: { type: 'object', properties: {} } },
};

describe('a chat', () => {
  const messages = [
    { role: 'system', content: 'Answer briefly.' },
    { role: 'user', content: TEXT },
  ];

  test('is counted with what stands between its messages, as the provider counts it', async () => {
    const { status, body } = await user.post(PATH, { messages, model: 'local-small' });
    expect({ status, body }).toMatchObject({ status: 200, body: { provider: 'local', method: 'counted' } });
    const { body: answer } = await user.post('/api/v1/llm/chat', { messages, model: 'local-small' });
    expect(answer.metadata.token_source).toBe('provider');
    const tokens = answer.usage.prompt_tokens;
    expect(body).toMatchObject({ token_count: tokens, at_least: tokens, at_most: tokens });
  });

  test('has its cost, and may not fit', async () => {
    const { body } = await user.post('/api/v1/llm/openai/count-tokens', { messages, model: 'gpt-4o' });
    // Three for each message and three to begin the answer, the role, and the text.
    expect(body).toMatchObject({ token_count: 3 + (3 + 1 + 3) + (3 + 1 + 4), method: 'counted', fits_context: true });
    expect(body.cost_usd_exact).toBe('0.000045');
    const long = [{ role: 'user', content: 'word '.repeat(20_000) }];
    expect((await user.post(PATH, { messages: long, model: 'gpt-3.5-turbo' })).body.fits_context).toBe(false);
  });

  test('with tools is an estimate, within the bounds that it names', async () => {
    const count = async (more: object) => (await user.post(PATH, { messages, model: 'gpt-4o', ...more })).body;
    const [plain, equipped] = [await count({}), await count({ tools: [TOOL] })];
    expect(equipped.method).toBe('estimated');
    expect(equipped.token_count).toBeGreaterThan(plain.token_count + 5);
    expect(equipped.at_least).toBeLessThanOrEqual(plain.token_count);
    expect(equipped.at_most).toBeGreaterThan(equipped.token_count);
  });

  test('with pictures or calls of tools is one as well', async () => {
    const picture = { type: 'image_url', image_url: { url: 'https://example.com/picture.png' } };
    const seen = [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, picture] }];
    const { body } = await user.post(PATH, { messages: seen, model: 'gpt-4o' });
    expect(body).toMatchObject({ method: 'estimated', at_least: 3 });
    expect(body.token_count).toBeGreaterThan(85);
    expect(body.at_most).toBeGreaterThan(50_000);
    const call = { id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } };
    const called = [
      ...messages,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'noon' },
    ];
    expect((await user.post(PATH, { messages: called, model: 'gpt-4o' })).body.method).toBe('estimated');
  });

  test('is refused where the model could not take it, or beside a text', async () => {
    const embedding = await user.post(PATH, { messages, model: 'text-embedding-3-small' });
    expect(embedding).toMatchObject({ status: 422, body: { code: 'unsupported_parameter' } });
    const both = await user.post(PATH, { messages, text: TEXT });
    expect(both.body.errors[0].loc).toEqual(['body', 'messages']);
    const alone = await user.post(PATH, { text: TEXT, tools: [TOOL] });
    expect(alone.body.errors[0].loc).toEqual(['body', 'tools']);
    const none = await user.post(PATH, { messages: [] });
    expect(none.body.errors[0].loc).toEqual(['body', 'messages']);
  });
});

test('what cannot be counted is told by its field', async () => {
  expect((await user.post(PATH)).body.errors[0].loc).toEqual(['query', 'text']);
  expect((await user.post(PATH, { text: '' })).body.errors[0].loc).toEqual(['body', 'text']);
  expect(await user.post(PATH, { text: TEXT, model: 'none' })).toMatchObject({
    status: 422,
    body: { code: 'model_not_found' },
  });
  expect(await user.post('/api/v1/llm/nobody/count-tokens', { text: TEXT })).toMatchObject({
    status: 422,
    body: { code: 'provider_not_found' },
  });
});

test('the models of one provider are listed under the name that was asked for', async () => {
  const { body } = await user.get('/api/v1/llm/gemini/models');
  expect(Object.keys(body.models)).toEqual(['gemini']);
  expect(body.count).toBe(body.models.gemini.length);
  expect((await user.get('/api/v1/llm/nobody/models')).status).toBe(422);
});
