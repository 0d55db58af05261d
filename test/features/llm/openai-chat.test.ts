import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import {
  billingEventsOf,
  chat as chatWith,
  createPricedModel,
  settledUsage,
  stubAs,
  stubCalls,
  usageLinesOf,
} from '../../helpers/llm.ts';
import { readEvents } from '../../helpers/streams.ts';
import { createToken, type Token } from '../../helpers/tokens.ts';

const CHAT = '/v1/chat/completions';
const TIME_TOOL = { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } };

const TIME_CALL = { id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } };

const chat = (content: string, more: object = {}) => chatWith(content, { model: 'local-small', ...more });

let user: User;
let token: Token;
beforeAll(async () => {
  user = await createUser();
  token = await createToken(user, ['llm:invoke']);
});

/** The chunks of a stream, and what came after them. */
async function readChunks(response: Response): Promise<{ chunks: any[]; last: string }> {
  const datas: string[] = [];
  let seen = 0;
  for await (const { id, event, data } of readEvents(response)) {
    expect(event).toBe('message');
    if (id !== null) expect(Number(id)).toBeGreaterThan(seen);
    seen = Number(id ?? seen);
    datas.push(data);
  }
  const last = datas.pop()!;
  return { chunks: datas.map((data) => JSON.parse(data)), last };
}

describe('an answer in one piece', () => {
  test('is a chat.completion, which is logged and billed once', async () => {
    const { status, body, headers } = await token.post(CHAT, chat('Hello there'));
    expect(status).toBe(200);
    const callId = headers.get('x-llm-call-id')!;
    expect(body).toEqual({
      id: `chatcmpl-${callId}`,
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'local-small',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: expect.stringContaining('Hello there'), refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: expect.anything(),
      route: { name: null, strategy: null, decision_id: null, attempts: [expect.anything()], passed: [] },
    });
    expect(Math.abs(body.created - Date.now() / 1000)).toBeLessThan(20);
    expect(await settledUsage(callId)).toMatchObject({
      workspace_id: user.workspaceId,
      input_tokens: body.usage.prompt_tokens,
      output_tokens: body.usage.completion_tokens,
      status: 'success',
    });
    expect(await usageLinesOf(callId)).toHaveLength(1);
    expect(await billingEventsOf(callId)).toHaveLength(1);
    const [call] = await sql`select operation, access_token_id, streamed from llm_calls where id = ${callId}`;
    expect(call).toEqual({ operation: 'chat', access_token_id: token.id, streamed: false });
  });

  test('has the calls of tools, and thoughts where they are shown', async () => {
    const request = chat('[[stub reasoning=3]] Time?', { tools: [TIME_TOOL], tool_choice: 'required' });
    const { body } = await token.post(CHAT, request);
    const [{ message, finish_reason }] = body.choices;
    expect(finish_reason).toBe('tool_calls');
    expect(message).toMatchObject({ content: null, reasoning_content: 'thought1 thought2 thought3' });
    expect(message.tool_calls).toEqual([
      { id: expect.stringMatching(/^call_/), type: 'function', function: { name: 'get_time', arguments: '{}' } },
    ]);
    expect(body.usage.completion_tokens_details.reasoning_tokens).toBeGreaterThan(0);

    // Clients hand it back as it is.
    const id = crypto.randomUUID();
    const messages = [
      { role: 'user', content: `[[stub id=${id}]] Time?` },
      { ...message, annotations: [] },
      { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'noon' },
    ];
    const next = await token.post(CHAT, { model: 'local-small', messages, tools: [TIME_TOOL] });
    expect(next.body.choices[0].message.content).toContain('noon');
    const { refusal: _, reasoning_content: __, ...said } = message;
    expect((await stubCalls(id)).lastRequest?.body.messages[1]).toEqual(said);
  });

  test.each([
    ['the helper that parses adds', { content: '{"a":1}', parsed: { a: 1 } }, { content: '{"a":1}' }],
    ['it adds where nothing was to be parsed', { content: 'Hi', parsed: null }, { content: 'Hi' }],
    [
      'is empty',
      { content: 'Hi', refusal: null, annotations: [], audio: null, function_call: null, tool_calls: [] },
      { content: 'Hi' },
    ],
    ['is null', { content: 'Hi', annotations: null, tool_calls: null, reasoning_content: null }, { content: 'Hi' }],
  ])('is taken back with what %s', async (_, fields, said) => {
    const id = crypto.randomUUID();
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', ...fields },
      { role: 'user', content: `[[stub id=${id}]] Go on` },
    ];
    expect(await token.post(CHAT, { model: 'local-small', messages })).toMatchObject({ status: 200 });
    expect((await stubCalls(id)).lastRequest?.body.messages[1]).toEqual({ role: 'assistant', ...said });
  });

  test('is taken back with calls of tools as clients put them together', async () => {
    const id = crypto.randomUUID();
    const seen = { ...TIME_CALL, index: 0, function: { ...TIME_CALL.function, parsed_arguments: {} } };
    const messages = [
      { role: 'user', content: `[[stub id=${id}]] Time?` },
      { role: 'assistant', content: null, parsed: null, tool_calls: [seen] },
      { role: 'tool', tool_call_id: 'call_1', content: 'noon' },
    ];
    expect(await token.post(CHAT, { model: 'local-small', messages, tools: [TIME_TOOL] })).toMatchObject({
      status: 200,
    });
    const sent = (await stubCalls(id)).lastRequest?.body.messages[1];
    expect(sent).toEqual({ role: 'assistant', content: null, tool_calls: [TIME_CALL] });
  });

  test.each([
    ['stands in no content', { content: null, parsed: { a: 1 }, tool_calls: [TIME_CALL] }, 'messages[1].parsed'],
    ['is a refusal', { content: 'Hi', refusal: 'No.' }, 'messages[1].refusal'],
    ['is cited', { content: 'Hi', annotations: [{ type: 'url_citation' }] }, 'messages[1].annotations'],
    ['is nothing', { content: null, tool_calls: [] }, 'messages[1]'],
  ])('is not taken back where something would be lost: what %s', async (_, fields, param) => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', ...fields },
    ];
    const refused = await token.post(CHAT, { model: 'local-small', messages });
    expect(refused).toMatchObject({ status: 400, body: { error: { param } } });
  });

  test('is shown again for the same Idempotency-Key, and the provider asked once', async () => {
    const id = crypto.randomUUID();
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const [first, second] = [
      await token.post(CHAT, chat(`[[stub id=${id}]] Once`), { headers }),
      await token.post(CHAT, chat(`[[stub id=${id}]] Once`), { headers }),
    ];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await stubCalls(id)).calls).toBe(1);
  });

  test('is that of the workspace that the header names', async () => {
    const workspace = await createWorkspace(user);
    const { headers } = await user.post(CHAT, chat('Here'), { headers: { 'X-Workspace-Id': workspace } });
    expect(await settledUsage(headers.get('x-llm-call-id')!)).toMatchObject({ workspace_id: workspace });
  });
});

describe('a stream', () => {
  test('is of chunks of one id, with the usage last where it is asked for', async () => {
    const request = chat('Hello there', { stream: true, stream_options: { include_usage: true } });
    const { response, headers } = await token.post(CHAT, request);
    expect(headers.get('content-type')).toBe('text/event-stream');
    const { chunks, last } = await readChunks(response);
    expect(last).toBe('[DONE]');
    const callId = headers.get('x-llm-call-id');
    const head = { id: `chatcmpl-${callId}`, object: 'chat.completion.chunk', model: 'local-small' };
    for (const chunk of chunks) expect(chunk).toMatchObject({ ...head, created: chunks[0].created });
    const usage = chunks.pop();
    expect(usage.choices).toEqual([]);
    expect(usage.usage.total_tokens).toBe(usage.usage.prompt_tokens + usage.usage.completion_tokens);
    expect(chunks.map((chunk) => chunk.usage)).toEqual(chunks.map(() => null));
    expect(chunks[0].choices[0].delta.role).toBe('assistant');
    expect(chunks.slice(1).some((chunk) => 'role' in chunk.choices[0].delta)).toBe(false);
    expect(chunks.at(-1).choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]);
    expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('')).toContain('Hello there');
    expect(await settledUsage(callId!)).toMatchObject({ output_tokens: usage.usage.completion_tokens });
  });

  test('says no usage unasked, and something even where there is nothing to say', async () => {
    // Nothing may come before a text to stop at; else an empty answer is a fault of the provider.
    const { response } = await token.post(CHAT, chat('[[stub empty]]', { stream: true, stop: 'This' }));
    const { chunks, last } = await readChunks(response);
    expect(last).toBe('[DONE]');
    expect(chunks.map(({ choices }) => choices[0])).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
      { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' },
    ]);
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  test('numbers the calls of tools', async () => {
    const { response } = await token.post(
      CHAT,
      chat('Time?', { stream: true, tools: [TIME_TOOL], tool_choice: 'required' }),
    );
    const { chunks } = await readChunks(response);
    const calls = chunks.flatMap(({ choices }) => choices[0].delta.tool_calls ?? []);
    expect(calls[0]).toMatchObject({ index: 0, type: 'function', function: { name: 'get_time' } });
    expect(calls.every(({ index }) => index === 0)).toBe(true);
    expect(calls.map((call) => call.function.arguments).join('')).toBe('{}');
    expect(chunks.at(-1).choices[0].finish_reason).toBe('tool_calls');
  });

  test.each(['cut=3', 'end=3', 'malformed after=3', 'error after=3'])(
    'that breaks off ends with an error and without [DONE]: %s',
    async (fault) => {
      const { status, response, headers } = await token.post(CHAT, chat(`[[stub ${fault}]] Hello`, { stream: true }));
      expect(status).toBe(200);
      const { chunks, last } = await readChunks(response);
      expect(chunks.length).toBeGreaterThan(0);
      expect(JSON.parse(last)).toEqual({
        error: {
          message: 'Provider local does not answer properly at the moment.',
          type: 'server_error',
          param: null,
          code: 'provider_unavailable',
        },
      });
      expect(await settledUsage(headers.get('x-llm-call-id')!)).toMatchObject({ status: 'error' });
    },
  );

  test('is shown again whole for the same Idempotency-Key', async () => {
    const id = crypto.randomUUID();
    const request = chat(`[[stub id=${id}]] Once`, { stream: true });
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const texts = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const { response } = await token.post(CHAT, request, { headers });
      const { chunks, last } = await readChunks(response);
      expect(last).toBe('[DONE]');
      texts.push({ ...chunks[0], text: chunks.map(({ choices }) => choices[0].delta.content ?? '').join('') });
    }
    expect(texts[1]).toMatchObject({ id: texts[0].id, created: texts[0].created, text: texts[0].text });
    expect((await stubCalls(id)).calls).toBe(1);
  });
});

describe('a request', () => {
  /** What reached the stub. */
  async function asked(more: object, client: Pick<Token, 'post'> = token) {
    const id = crypto.randomUUID();
    const { status, headers, body } = await client.post(CHAT, chat(`[[stub id=${id}]] Hello`, more));
    expect({ status, body }).toMatchObject({ status: 200 });
    return { sent: (await stubCalls(id)).lastRequest!, headers };
  }

  test('gets nothing that it does not say, and all that it says', async () => {
    const { sent } = await asked({});
    expect(sent.body).toEqual({
      model: 'local-small',
      messages: [expect.anything()],
      stream: true,
      stream_options: { include_usage: true },
    });
    const said = {
      temperature: 0.1,
      max_tokens: 77,
      top_p: 0.5,
      frequency_penalty: 0.3,
      presence_penalty: -0.3,
      stop: ['END'],
      seed: 42,
      tools: [TIME_TOOL],
      tool_choice: 'auto',
      parallel_tool_calls: false,
      user: 'user-1',
      metadata: { topic: 'demo' },
      logit_bias: { 50256: -100 },
      verbosity: 'low',
    };
    expect((await asked(said)).sent.body).toMatchObject(said);
    expect((await asked({ max_completion_tokens: 33 })).sent.body.max_tokens).toBe(33);
  });

  test('may say what is so anyway', async () => {
    const { sent } = await asked({ n: 1, store: false, logprobs: false, modalities: ['text'], service_tier: 'auto' });
    expect(Object.keys(sent.body).toSorted()).toEqual(['messages', 'model', 'stream', 'stream_options']);
  });

  test.each(['local-small', 'local/local-small', 'LOCAL/local-small'])('names a model as %s', async (model) => {
    const { sent } = await asked({ model });
    expect(sent.body.model).toBe('local-small');
  });

  test('names the provider by any of its names, and is told what is emulated', async () => {
    const variables = { ANTHROPIC_BASE_URL: stubAs('anthropic'), ANTHROPIC_API_KEY: 'key-of-the-platform' };
    const client = apiWith(variables).as(user);
    const format = { response_format: { type: 'json_object' } };
    const { sent, headers } = await asked({ model: 'claude/claude-sonnet-4-5', ...format }, client);
    expect(sent.path).toBe('/anthropic/v1/chat/completions');
    expect(headers.get('x-llm-emulated')).toBe('response_format');
    const streamed = await asked({ model: 'claude-sonnet-4-5', stream: true, ...format }, client);
    expect(streamed.headers.get('x-llm-emulated')).toBe('response_format');
    expect((await asked({ model: 'claude-sonnet-4-5' }, client)).sent.body).not.toHaveProperty('max_tokens');
  });

  test('without a limit sets aside what the model may say at the most', async () => {
    const { model } = await createPricedModel();
    const workspace = await createWorkspace(user);
    const client = user.with({ 'X-Workspace-Id': workspace });
    // The model's 4096 tokens cost 0.04096 dollars.
    await client.post('/api/v1/llm/budgets', { amount_usd: '0.04', period: 'total' });
    expect(await client.post(CHAT, chat('Hello', { model }))).toMatchObject({ status: 402 });
    expect(await client.post(CHAT, chat('Hello', { model, max_tokens: 3000 }))).toMatchObject({ status: 200 });
  });
});

describe('the models', () => {
  test('have ids that requests may name, each once', async () => {
    const { body } = await token.get('/v1/models');
    const ids: string[] = body.data.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(body.data).toContainEqual({
      id: 'local-small',
      object: 'model',
      created: expect.any(Number),
      owned_by: 'local',
    });
    for (const id of ['gpt-4o', 'text-embedding-3-small', 'meta-llama/Llama-3.3-70B-Instruct-Turbo']) {
      const { status, body: model } = await token.get(`/v1/models/${encodeURIComponent(id)}`);
      expect(status).toBe(200);
      expect(body.data).toContainEqual(model);
    }
  });

  test('of the same name have the provider before it', async () => {
    const admin = await createUser();
    await sql`update users set is_superuser = true where id = ${admin.id}`;
    const name = `twin-${crypto.randomUUID()}`;
    for (const provider of ['openai', 'local']) {
      expect(await admin.post('/api/v1/llm/catalog', { provider, name })).toMatchObject({ status: 200 });
    }
    const { body } = await token.get('/v1/models');
    const twins = body.data.filter(({ id }: { id: string }) => id.endsWith(name));
    // The one that can be reached here goes by its name alone.
    expect(twins).toMatchObject([
      { id: name, owned_by: 'local' },
      { id: `openai/${name}`, owned_by: 'openai' },
    ]);
    const { body: one } = await token.get(`/v1/models/${encodeURIComponent(`openai/${name}`)}`);
    expect(one).toEqual(twins[1]);
  });
});
