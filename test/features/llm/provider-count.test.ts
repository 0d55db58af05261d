import { beforeAll, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { apiWith } from '../../helpers/environment.ts';
import { stubAs, stubCalls } from '../../helpers/llm.ts';

const PATH = '/api/v1/llm/count-tokens';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const clientOf = (variables: Record<string, string>, by = user) => apiWith(variables).as(by);

const ANTHROPIC = { ANTHROPIC_BASE_URL: stubAs('anthropic'), ANTHROPIC_API_KEY: 'key-of-the-platform' };
const GOOGLE = { GOOGLE_BASE_URL: `${stubAs('google')}/openai`, GOOGLE_API_KEY: 'key-of-the-platform' };

const PARAMETERS = { type: 'object', properties: { zone: { type: 'string' } } };
const TOOL = {
  type: 'function',
  function: { name: 'get_time', description: 'Tells the time.', parameters: PARAMETERS },
};
const PICTURE = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };

/** A conversation of all that may be in one. */
const conversation = (id: string) => [
  { role: 'system', content: 'Answer briefly.' },
  { role: 'user', content: [{ type: 'text', text: `[[stub id=${id}]] What time is it here?` }, PICTURE] },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{"zone":"UTC"}' } }],
  },
  { role: 'tool', tool_call_id: 'call_1', content: 'noon' },
];

test('Anthropic counts a chat in its own form, with the key that the chat would be sent with', async () => {
  const id = crypto.randomUUID();
  const said = { messages: conversation(id), tools: [TOOL], model: 'claude-sonnet-4-5' };
  const { status, body } = await clientOf(ANTHROPIC).post(PATH, said);
  expect({ status, body }).toMatchObject({ status: 200, body: { provider: 'anthropic', method: 'provider' } });
  expect(body.at_least).toBeLessThan(body.token_count);
  expect(body.at_most).toBeGreaterThan(body.token_count);
  expect(Number(body.cost_usd_exact)).toBeGreaterThan(0);
  const { lastRequest, metered } = await stubCalls(id);
  expect(metered).toEqual({ calls: 0, prompt_tokens: 0, completion_tokens: 0 });
  expect(lastRequest).toMatchObject({
    path: '/anthropic/v1/messages/count_tokens',
    headers: { 'x-api-key': 'key-of-the-platform', 'anthropic-version': '2023-06-01' },
  });
  expect(lastRequest!.headers).not.toHaveProperty('authorization');
  expect(lastRequest!.body).toEqual({
    model: 'claude-sonnet-4-5',
    system: 'Answer briefly.',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: `[[stub id=${id}]] What time is it here?` },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'get_time', input: { zone: 'UTC' } }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'noon' }] }],
      },
    ],
    tools: [{ name: 'get_time', description: 'Tells the time.', input_schema: PARAMETERS }],
  });
});

test('Google does so too, in its own', async () => {
  const id = crypto.randomUUID();
  const said = { messages: conversation(id), tools: [TOOL], model: 'gemini-2.5-flash' };
  const { status, body } = await clientOf(GOOGLE).post('/api/v1/llm/gemini/count-tokens', said);
  expect({ status, body }).toMatchObject({ status: 200, body: { provider: 'google', method: 'provider' } });
  const { lastRequest } = await stubCalls(id);
  expect(lastRequest).toMatchObject({
    path: '/google/v1/models/gemini-2.5-flash:countTokens',
    headers: { 'x-goog-api-key': 'key-of-the-platform' },
  });
  expect(lastRequest!.body).toEqual({
    generateContentRequest: {
      model: 'models/gemini-2.5-flash',
      systemInstruction: { parts: [{ text: 'Answer briefly.' }] },
      contents: [
        {
          role: 'user',
          parts: [
            { text: `[[stub id=${id}]] What time is it here?` },
            { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
          ],
        },
        { role: 'model', parts: [{ functionCall: { name: 'get_time', args: { zone: 'UTC' } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'get_time', response: { result: 'noon' } } }] },
      ],
      tools: [{ functionDeclarations: [TOOL.function] }],
    },
  });
});

test('a key of one’s own goes before the platform’s', async () => {
  const owner = await createUser();
  await owner.post('/api/v1/user-variables/api-keys/anthropic', { value: 'sk-of-the-user-0123456789' });
  const id = crypto.randomUUID();
  const messages = [{ role: 'user', content: `[[stub id=${id}]] Hello` }];
  const { body } = await clientOf(ANTHROPIC, owner).post('/api/v1/llm/claude/count-tokens', { messages });
  expect(body.method).toBe('provider');
  expect((await stubCalls(id)).lastRequest!.headers['x-api-key']).toBe('sk-of-the-user-0123456789');
});

test.each([
  ['the provider does not count', ANTHROPIC, '[[stub status=500]] Hello'],
  ['nobody has a key', { ANTHROPIC_BASE_URL: stubAs('anthropic') }, 'Hello'],
])('where %s the count is an estimate', async (_, variables, content) => {
  const messages = [{ role: 'user', content }];
  const { status, body } = await clientOf(variables).post('/api/v1/llm/claude/count-tokens', { messages });
  expect({ status, body }).toMatchObject({ status: 200, body: { method: 'estimated' } });
});

test('of a text nobody is asked', async () => {
  const id = crypto.randomUUID();
  const { body } = await clientOf(ANTHROPIC).post('/api/v1/llm/claude/count-tokens', { text: `[[stub id=${id}]]` });
  expect(body.method).toBe('estimated');
  expect((await stubCalls(id)).calls).toBe(0);
});
