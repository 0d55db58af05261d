import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { apiWith } from '../../helpers/environment.ts';
import { chat, readFrames, settledUsage, stubAs, stubCalls, textOf } from '../../helpers/llm.ts';

const CHAT = '/api/v1/llm/chat';

const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const TIME = {
  name: 'get_time',
  description: 'Tells the time.',
  parameters: { type: 'object', properties: { zone: { type: 'string' } } },
};
const TOOLS = [{ type: 'function', function: TIME }];
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string', minLength: 3 } },
  required: ['city'],
  additionalProperties: false,
};
const SCHEMA_FORMAT = { type: 'json_schema', json_schema: { name: 'place', schema: SCHEMA } };

const configured = apiWith({
  ANTHROPIC_API_KEY: 'key',
  ANTHROPIC_BASE_URL: stubAs('anthropic'),
  GROQ_API_KEY: 'key',
  GROQ_BASE_URL: stubAs('groq'),
  GOOGLE_API_KEY: 'key',
  GOOGLE_BASE_URL: stubAs('google'),
});

const CLAUDE = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
const GEMINI = { provider: 'google', model: 'gemini-2.5-flash' };

let user: User;
beforeAll(async () => {
  user = await createUser();
});

/** What a chat asked of the stub, and what came of it. */
async function converse(said: string, more: object) {
  const id = crypto.randomUUID();
  const answer = await configured.as(user).post(CHAT, chat(said.replace('[[stub', `[[stub id=${id}`), more));
  return { ...answer, asked: (await stubCalls(id)).lastRequest?.body };
}

const send = (messages: object[], more: object = {}) => configured.as(user).post(CHAT, { messages, ...more });

describe('tools', () => {
  test('are called in pieces that a stream puts together', async () => {
    const { response } = await converse('[[stub tool=get_time]] What time is it?', { tools: TOOLS, stream: true });
    const frames = await readFrames(response);
    const calls = frames.flatMap((frame) => (frame.tool_calls ?? []) as any[]);
    expect(calls[0]).toMatchObject({ index: 0, id: expect.stringMatching(/^call_/), function: { name: 'get_time' } });
    expect(JSON.parse(calls.map((call) => call.function.arguments ?? '').join(''))).toEqual({ zone: 'text' });
    expect(frames.at(-1)).toMatchObject({ type: 'done', finish_reason: 'tool_calls' });
  });

  test('answer, and the model goes on', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } };
    const id = crypto.randomUUID();
    const { status, body } = await send(
      [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: `[[stub id=${id} tool=get_time]] What time is it?` },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', name: 'get_time', content: [{ type: 'text', text: 'Noon.' }] },
      ],
      { tools: TOOLS },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ content: expect.stringContaining('Noon.'), tool_calls: null });
    const { messages } = (await stubCalls(id)).lastRequest!.body;
    expect(messages.map(({ role }: { role: string }) => role)).toEqual(['developer', 'user', 'assistant', 'tool']);
    expect(messages[3]).toEqual({ role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'Noon.' }] });
  });

  test('in their older form are called in that form', async () => {
    const more = { functions: [TIME], function_call: { name: 'get_time' } };
    const { body, asked } = await converse('[[stub]] What time is it?', more);
    expect(body).toMatchObject({ function_call: { name: 'get_time', arguments: '{"zone":"text"}' }, tool_calls: null });
    expect(body).toMatchObject({ finish_reason: 'function_call', metadata: { emulated: ['functions'] } });
    expect(asked).toMatchObject({
      tools: TOOLS,
      tool_choice: { type: 'function', function: { name: 'get_time' } },
      parallel_tool_calls: false,
    });
    expect(asked).not.toHaveProperty('functions');
    const streamed = await converse('[[stub]] What time is it?', { ...more, stream: true });
    const frames = await readFrames(streamed.response);
    const calls = frames.flatMap((frame) => (frame.function_call ? [frame.function_call as any] : []));
    expect(calls.map((call) => call.arguments ?? '').join('')).toBe('{"zone":"text"}');
    expect(frames.some((frame) => frame.tool_calls)).toBe(false);
  });

  test('in their older form answer in that form', async () => {
    const id = crypto.randomUUID();
    await send(
      [
        { role: 'user', content: `[[stub id=${id}]] What time is it?` },
        { role: 'assistant', content: null, function_call: { name: 'get_time', arguments: '{}' } },
        { role: 'function', name: 'get_time', content: 'Noon.' },
      ],
      { functions: [TIME] },
    );
    const { messages } = (await stubCalls(id)).lastRequest!.body;
    const [call] = messages[1].tool_calls;
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_time', arguments: '{}' } });
    expect(messages[2]).toEqual({ role: 'tool', tool_call_id: call.id, content: 'Noon.' });
  });
});

describe('the form of an answer', () => {
  test.each([
    ['as the provider gives it', {}, []],
    ['by a tool, where it gives none', CLAUDE, ['response_format']],
  ])('follows a schema, %s', async (_, model, emulated) => {
    const { body, asked } = await converse('[[stub]] Where?', { ...model, response_format: SCHEMA_FORMAT });
    expect(JSON.parse(body.content)).toEqual({ city: 'text' });
    expect(body).toMatchObject({
      finish_reason: 'stop',
      tool_calls: null,
      metadata: { emulated, response_format: { valid: true, errors: [], unchecked: [] } },
    });
    expect('response_format' in asked!).toBe(emulated.length === 0);
  });

  test.each([{}, CLAUDE])('comes in pieces: %j', async (model) => {
    const { response } = await converse('[[stub]] Where?', { ...model, response_format: SCHEMA_FORMAT, stream: true });
    const frames = await readFrames(response);
    expect(JSON.parse(textOf(frames))).toEqual({ city: 'text' });
    expect(frames.at(-1)).toMatchObject({ type: 'done', finish_reason: 'stop', response_format: { valid: true } });
  });

  test('that was missed is told', async () => {
    const format = { type: 'json_schema', json_schema: { name: 'x', schema: { ...SCHEMA, not: {} } } };
    const [formless, wrong, cut] = await Promise.all([
      converse('[[stub formless]] Where?', { response_format: SCHEMA_FORMAT }),
      converse('[[stub]] Where?', { response_format: format, stream: true }),
      converse('[[stub]] Where?', { response_format: { type: 'json_object' }, max_tokens: 3 }),
    ]);
    const notJson = { valid: false, errors: [{ path: '', message: 'is not JSON' }] };
    expect(formless).toMatchObject({ status: 200, body: { metadata: { response_format: notJson } } });
    expect(cut.body).toMatchObject({ finish_reason: 'length', metadata: { response_format: notJson } });
    const done = (await readFrames(wrong.response)).at(-1);
    expect(done).toMatchObject({ response_format: { valid: false, errors: [{ message: 'must not match not' }] } });
  });

  test('is nothing to be said of where none was asked for, or a tool was called', async () => {
    const plain = await converse('[[stub]] Hello', { response_format: { type: 'text' } });
    const more = { response_format: { type: 'json_object' }, tools: TOOLS };
    const called = await converse('[[stub tool=get_time]] Hello', more);
    expect([plain, called].map(({ body }) => body.metadata.response_format)).toEqual([null, null]);
  });

  test('comes whole where the provider gives it in no other way, in a stream too', async () => {
    const more = { provider: 'groq', response_format: { type: 'json_object' }, stream: true };
    const { response, asked } = await converse('[[stub]] Where?', more);
    const frames = await readFrames(response);
    expect(asked).toMatchObject({ stream: false });
    expect(frames.map(({ type }) => type)).toEqual(['delta', 'usage', 'done']);
    expect(frames.at(-1)).toMatchObject({ emulated: ['stream'], response_format: { valid: true } });
  });
});

describe('reasoning', () => {
  test('is asked for by effort, shown and counted', async () => {
    const { body, asked } = await converse('[[stub reasoning=12]] Why?', { ...GEMINI, reasoning_effort: 'low' });
    expect(asked).toMatchObject({ reasoning_effort: 'low', max_tokens: 8000 });
    expect(body.reasoning_content).toMatch(/^thought1 .* thought12$/);
    expect(body.usage.reasoning_tokens).toBeGreaterThan(12);
    expect(body.usage.completion_tokens).toBeGreaterThan(body.usage.reasoning_tokens);
    expect(await settledUsage(body.metadata.call_id)).toMatchObject({ output_tokens: body.usage.completion_tokens });
  });

  test('comes before the answer, and counts where the provider does not', async () => {
    const more = { ...GEMINI, reasoning_effort: 'low', stream: true };
    const { response } = await converse('[[stub reasoning=3 nousage]] Why?', more);
    const frames = await readFrames(response);
    const kinds = frames
      .filter(({ type }) => type === 'delta')
      .map((frame) => ('content' in frame ? 'says' : 'thinks'));
    expect(kinds.slice(0, 4)).toEqual(['thinks', 'thinks', 'thinks', 'says']);
    const plain = await readFrames((await converse('[[stub nousage]] Why?', more)).response);
    const tokensOf = (all: typeof frames) => Number(all.find(({ type }) => type === 'usage')!.completion_tokens);
    expect(tokensOf(frames)).toBeGreaterThan(tokensOf(plain));
  });

  test('is a budget of thoughts, where the endpoint knows no effort', async () => {
    const { body, asked } = await converse('[[stub]] Why?', {
      ...CLAUDE,
      reasoning_effort: 'medium',
      max_tokens: 4000,
    });
    expect(body.metadata.emulated).toEqual(['reasoning_effort']);
    expect(asked).toMatchObject({ max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 } });
  });
});

describe('a request that somebody cannot serve is refused by name', () => {
  const field = (answer: { body: any }) => answer.body.errors[0]?.loc.join('.');

  test.each([
    [
      'reasoning, by a model that does not',
      { reasoning_effort: 'low' },
      'unsupported_parameter',
      'body.reasoning_effort',
    ],
    [
      'tools, by a model that has none',
      { provider: 'llama', model: 'llama-3-70b', tools: TOOLS },
      'unsupported_parameter',
      'body.tools',
    ],
    ['a seed, by Anthropic', { ...CLAUDE, seed: 1 }, 'unsupported_parameter', 'body.seed'],
    ['a high temperature, by Anthropic', { ...CLAUDE, temperature: 1.5 }, 'validation_failed', 'body.temperature'],
    [
      'a strict tool, by Google',
      { ...GEMINI, tools: [{ ...TOOLS[0], function: { ...TIME, strict: true } }] },
      'unsupported_parameter',
      'body.tools.strict',
    ],
    [
      'a parameter that it has not',
      { ...CLAUDE, extra_params: { logit_bias: {} } },
      'unsupported_parameter',
      'body.extra_params.logit_bias',
    ],
    ['more tokens than it has', { max_tokens: 4097 }, 'validation_failed', 'body.max_tokens'],
    [
      'what the answer has no place for',
      { extra_params: { logprobs: true } },
      'validation_failed',
      'body.extra_params.logprobs',
    ],
    [
      'a limit by its other name',
      { extra_params: { max_completion_tokens: 9999 } },
      'validation_failed',
      'body.extra_params.max_completion_tokens',
    ],
    ['a choice among no tools', { tool_choice: 'required' }, 'validation_failed', 'body.tool_choice'],
    [
      'a choice of a tool that is not there',
      { tools: TOOLS, tool_choice: { type: 'function', function: { name: 'other' } } },
      'validation_failed',
      'body.tool_choice',
    ],
    ['two forms of tools', { tools: TOOLS, functions: [TIME] }, 'validation_failed', 'body.functions'],
    ['two tools of one name', { tools: [TOOLS[0], TOOLS[0]] }, 'validation_failed', 'body.tools'],
    [
      'a schema of no object',
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'array' } } } },
      'validation_failed',
      'body.response_format.json_schema.schema',
    ],
    [
      'a schema without end',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'x', schema: { type: 'object', title: 'x'.repeat(70_000) } },
        },
      },
      'validation_failed',
      'body.response_format.json_schema.schema',
    ],
    ['an unknown effort', { reasoning_effort: 'immense' }, 'validation_failed', 'body.reasoning_effort'],
    [
      'an unknown field of a tool',
      { tools: [{ ...TOOLS[0], cache: true }] },
      'validation_failed',
      'body.tools.0.cache',
    ],
  ])('%s', async (_, more, code, loc) => {
    const answer = await configured.as(user).post(CHAT, chat('Hello', more));
    expect({ status: answer.status, code: answer.body.code, loc: field(answer) }).toEqual({ status: 422, code, loc });
  });

  const ask = (url: string, more: object = {}) => [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url, ...more } },
      ],
    },
  ];

  test('images that are none, or that an endpoint does not fetch', async () => {
    for (const url of [
      'http://example.com/a.png',
      'https://user:secret@example.com/a.png',
      'file:///etc/passwd',
      'data:text/html;base64,AAAA',
      'data:image/svg+xml;base64,AAAA',
      'data:image/png;base64,not base64',
      `https://example.com/${'x'.repeat(3000)}`,
    ]) {
      expect((await send(ask(url), CLAUDE)).body.code).toBe('validation_failed');
    }
    for (const [model, url, more, parameter] of [
      [GEMINI, 'https://example.com/a.png', {}, 'image_url.https'],
      [CLAUDE, PNG, { detail: 'high' }, 'image_url.detail'],
      [{}, PNG, {}, 'image_url'],
    ] as const) {
      const { status, body } = await send(ask(url, more), model);
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'unsupported_parameter' });
      expect(body.detail).toContain(parameter);
    }
    for (const [model, url] of [
      [GEMINI, PNG],
      [CLAUDE, 'https://example.com/a.png'],
    ] as const) {
      expect(await send(ask(url), model)).toMatchObject({ status: 200 });
    }
  });

  test.each([
    [{ role: 'user', content: 'Hello', tool_call_id: 'x' }],
    [{ role: 'system', content: [{ type: 'image_url', image_url: { url: PNG } }] }],
    [{ role: 'assistant' }],
    [{ role: 'tool', content: 'Noon.' }],
    [{ role: 'function', content: 'Noon.', name: 'get_time' }],
    [{ role: 'nobody', content: 'Hello' }],
    [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }],
  ])('the message %j', async (message) => {
    const answer = await send([message]);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(field(answer)).toMatch(/^body\.messages\.0/);
  });
});

describe('a text by one provider', () => {
  const PATH = '/api/v1/llm/local/generate';

  test('is asked for in the query', async () => {
    const id = crypto.randomUUID();
    const query = {
      prompt: `[[stub id=${id}]] A word`,
      model: 'local-small',
      max_tokens: 50,
      temperature: 0.2,
      top_k: 7,
    };
    const { status, body } = await user.post(PATH, undefined, { query });
    expect(status).toBe(200);
    expect(body).toMatchObject({ text: expect.stringContaining('A word'), provider: 'local', finish_reason: 'stop' });
    expect((await stubCalls(id)).lastRequest!.body).toMatchObject({ max_tokens: 50, temperature: 0.2, top_k: 7 });
    expect(await settledUsage(body.metadata.call_id)).toMatchObject({ status: 'success' });
  });

  test('or in the body, which wins', async () => {
    const { body } = await user.post(
      PATH,
      { prompt: 'From the body', max_tokens: 3 },
      { query: { prompt: 'From the query' } },
    );
    expect(body).toMatchObject({ finish_reason: 'length', usage: { completion_tokens: 3 } });
  });

  test.each([
    ['nothing to say', PATH, {}, 'validation_failed'],
    ['an unknown parameter', PATH, { prompt: 'x', stream: 'true' }, 'validation_failed'],
    ['a number that is none', PATH, { prompt: 'x', top_k: 'many' }, 'validation_failed'],
    ['an unknown provider', '/api/v1/llm/tess/generate', { prompt: 'x' }, 'provider_not_found'],
    ['an unknown model', PATH, { prompt: 'x', model: 'nothing' }, 'model_not_found'],
  ])('is refused for %s', async (_, path, query, code) => {
    const answer = await user.post(path, undefined, { query: query as Record<string, string> });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 422, code });
  });

  test('is repeated for the same request alone', async () => {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const ask = (prompt: string) => user.post(PATH, undefined, { query: { prompt }, headers });
    const [first, again, other] = [await ask('One'), await ask('One'), await ask('Two')];
    expect(again.body.metadata.call_id).toBe(first.body.metadata.call_id);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });
});

test('what is shown again says the same', async () => {
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const ask = () =>
    configured
      .as(user)
      .post(CHAT, chat('[[stub reasoning=2]] Where?', { ...GEMINI, response_format: SCHEMA_FORMAT }), { headers });
  const [first, again] = [await ask(), await ask()];
  expect(first.body).toMatchObject({
    reasoning_content: 'thought1 thought2',
    metadata: { response_format: { valid: true } },
  });
  expect(again.body).toEqual(first.body);
});
