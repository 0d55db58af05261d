import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { createGuardedSend } from '../../../src/features/llm/endpoints/guarded-send.ts';
import { CallLog } from '../../../src/features/llm/calls/call-log.ts';
import type { CallSpec } from '../../../src/features/llm/calls/call-spec.ts';
import { CallTables } from '../../../src/features/llm/calls/call-tables.ts';
import { WriteSoon } from '../../../src/features/llm/calls/write-soon.ts';
import { createGuardedFetch } from '../../../src/platform/fetch/guarded-fetch.ts';
import type { ChatRequest } from '../../../src/platform/llm/chat.ts';
import { startChat } from '../../../src/platform/llm/openai.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  billingEventsOf,
  chat as chatWith,
  readFrames,
  settledUsage,
  keptOf,
  streamOf,
  stubAtAllowedHost,
  stubCalls,
} from '../../helpers/llm.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';

const ENDPOINTS = '/api/v1/llm/endpoints';
const CHAT = '/api/v1/llm/chat';
const KEY = 'sk-invented-0123456789-endpoint';
const NAME = 'our-models';

const PRICED = { name: 'priced', max_output_tokens: 4096, price_per_million: { input: '2.5', output: '10' } };
const TEXTS_ONLY = { name: 'texts-only' };
const REASONING = { name: 'thinker', capabilities: ['reasoning'] };

let user: User;
let endpointId: string;
beforeAll(async () => {
  user = await createUser();
  const models = [{ name: 'embed', kind: 'embedding' }, PRICED, TEXTS_ONLY, REASONING];
  const { status, body } = await user.post(ENDPOINTS, {
    name: NAME,
    base_url: stubAtAllowedHost(),
    api_key: KEY,
    models,
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  endpointId = body.id;
});

const chat = (content: string, more: object = {}) => chatWith(content, { provider: NAME, ...more });

/** An endpoint at any address, past the API and what it refuses. */
async function placeAt(baseUrl: string): Promise<string> {
  const name = `e${crypto.randomUUID().slice(0, 8)}`;
  await sql`insert into llm_endpoints (workspace_id, name, base_url) values (${user.workspaceId}, ${name}, ${baseUrl})`;
  return name;
}

async function lastCall(): Promise<string> {
  const [row] = await sql`select id from llm_calls where created_by = ${user.id} order by started_at desc limit 1`;
  return row!.id;
}

describe('a call to an endpoint of one’s own', () => {
  test('answers, is logged at its prices, and is billed to nobody', async () => {
    const { status, body } = await user.post(CHAT, chat('Hello there'));
    expect({ status, body }).toMatchObject({ status: 200, body: { provider: NAME, model: 'priced' } });
    expect(body.content).toContain('Hello there');
    expect(body.metadata.user_api_key).toBe(true);
    const callId: string = body.metadata.call_id;
    const line = await settledUsage(callId);
    expect(line).toMatchObject({
      provider: NAME,
      model: 'priced',
      llm_id: null,
      status: 'success',
      user_api_key_used: true,
      token_source: 'provider',
    });
    const cost = body.usage.prompt_tokens * 2.5e-6 + body.usage.completion_tokens * 1e-5;
    expect(Number(line.cost_usd)).toBeCloseTo(cost, 12);
    expect(Number(line.cost_usd)).toBeGreaterThan(0);
    expect(await sql`select endpoint_id, own_key, has_budget from llm_calls where id = ${callId}`).toEqual([
      { endpoint_id: endpointId, own_key: true, has_budget: false },
    ]);
    expect(await billingEventsOf(callId)).toEqual([]);
  });

  test('streams, piece by piece, and leaves the same line', async () => {
    const id = crypto.randomUUID();
    const request = chat(`[[stub id=${id} tokens=40 delay=20]] Slowly`, { stream: true });
    const { response, headers } = await user.post(CHAT, request);
    expect(await stubCalls(id)).toMatchObject({ active: 1, completed: 0 });
    const frames = await readFrames(response);
    expect(frames.filter(({ type }) => type === 'delta').length).toBeGreaterThan(20);
    expect(frames.at(-1)).toMatchObject({ type: 'done', provider: NAME, model: 'priced', user_api_key: true });
    const callId = headers.get('x-llm-call-id')!;
    expect(await settledUsage(callId)).toMatchObject({ status: 'success', user_api_key_used: true });
    expect(await billingEventsOf(callId)).toEqual([]);
  });

  test('sends the key and every parameter, top_k and others by the endpoint’s own names too', async () => {
    const id = crypto.randomUUID();
    const parameters = { top_k: 40, temperature: 0.1, seed: 7 };
    const extra_params = { min_p: 0.05 };
    const { status } = await user.post(CHAT, chat(`[[stub id=${id}]] Hello`, { ...parameters, extra_params }));
    expect(status).toBe(200);
    const { lastRequest } = await stubCalls(id);
    expect(lastRequest!.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(lastRequest!.body).toMatchObject({ ...parameters, ...extra_params, model: 'priced' });
  });

  test('sends none where there is none', async () => {
    const id = crypto.randomUUID();
    const provider = await placeAt(stubAtAllowedHost());
    expect((await user.post(CHAT, chat(`[[stub id=${id}]] Hello`, { provider, model: 'm' }))).status).toBe(200);
    expect((await stubCalls(id)).lastRequest!.headers.authorization).toBeUndefined();
  });

  test('may be for a model that is not declared, of which no price is known', async () => {
    const tools = [
      { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } },
    ];
    const tool_choice = { type: 'function', function: { name: 'get_time' } };
    const { body } = await user.post(CHAT, chat('What time is it?', { model: 'undeclared', tools, tool_choice }));
    expect(body).toMatchObject({ model: 'undeclared', tool_calls: [{ function: { name: 'get_time' } }] });
    expect(Number((await settledUsage(body.metadata.call_id)).cost_usd)).toBe(0);
    const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }];
    const seen = { messages: [{ role: 'user', content }], provider: NAME };
    expect((await user.post(CHAT, { ...seen, model: 'undeclared' })).status).toBe(200);
    expect((await user.post(CHAT, { ...seen, model: 'texts-only' })).body.code).toBe('unsupported_parameter');
  });

  test('holds to what is declared of a model', async () => {
    const vectors = await user.post(CHAT, chat('Hello', { model: 'embed' }));
    expect(vectors).toMatchObject({ status: 422, body: { code: 'model_not_found' } });
    const long = await user.post(CHAT, chat('Hello', { model: 'priced', max_tokens: 4097 }));
    expect(long.body.errors[0].loc).toEqual(['body', 'max_tokens']);
    const effort = { reasoning_effort: 'low' };
    expect((await user.post(CHAT, chat('Hello', { ...effort, model: 'thinker' }))).status).toBe(200);
    expect((await user.post(CHAT, chat('Hello', { ...effort, model: 'priced' }))).body.code).toBe(
      'unsupported_parameter',
    );
    const provider = await placeAt(stubAtAllowedHost());
    expect((await user.post(CHAT, chat('Hello', { provider }))).body.errors[0].loc).toEqual(['body', 'model']);
  });

  test('is made by the other operations too', async () => {
    const generated = await user.post('/api/v1/llm/generate', { prompt: 'A word', provider: NAME });
    expect(generated.body).toMatchObject({ provider: NAME, model: 'priced' });
    const named = await user.post(`/api/v1/llm/${NAME}/generate`, { prompt: 'A word', model: 'undeclared' });
    expect(named.body).toMatchObject({ provider: NAME, model: 'undeclared' });
  });

  test('is repeated under its Idempotency-Key without a second one', async () => {
    const id = crypto.randomUUID();
    const retrying = user.with({ 'Idempotency-Key': crypto.randomUUID() });
    const [first, second] = [
      await retrying.post(CHAT, chat(`[[stub id=${id}]] Once`)),
      await retrying.post(CHAT, chat(`[[stub id=${id}]] Once`)),
    ];
    expect(second.body).toEqual(first.body);
    expect((await stubCalls(id)).calls).toBe(1);
  });

  test('is counted by no budget, and refused by none', async () => {
    const { body: budget } = await user.post('/api/v1/llm/budgets', { amount_usd: '0', period: 'total' });
    const { status, body } = await user.post(CHAT, chat('Not counted'));
    expect(status).toBe(200);
    await settledUsage(body.metadata.call_id);
    const after = await user.get(`/api/v1/llm/budgets/${budget.id}`);
    expect(after.body).toMatchObject({ spent_usd: '0', reserved_usd: '0' });
    await user.delete(`/api/v1/llm/budgets/${budget.id}`);
  });

  test('takes one more question to the database, which other calls are spared', async () => {
    const own = await user.post(CHAT, chat('Count'));
    expect(own.headers.get('server-timing')).toContain('desc="3"');
    const other = await user.post(CHAT, chatWith('Count', { provider: 'local' }));
    expect(other.headers.get('server-timing')).toContain('desc="2"');
  });

  test('leaves its key out of what its object keeps', async () => {
    const { body } = await user.post(CHAT, chat('Keep nothing'));
    const kept = JSON.stringify(await keptOf(body.metadata.call_id));
    expect(kept).toContain('Keep nothing');
    expect(kept).not.toContain(KEY);
  });

  test('is not possible while it is switched off, as if it were not there', async () => {
    const name = await placeAt(stubAtAllowedHost());
    expect((await user.post(CHAT, chat('On', { provider: name, model: 'm' }))).status).toBe(200);
    await sql`update llm_endpoints set is_active = false where workspace_id = ${user.workspaceId} and name = ${name}`;
    const off = await user.post(CHAT, chat('Off', { provider: name, model: 'm' }));
    expect(off).toMatchObject({ status: 422, body: { code: 'provider_not_found' } });
  });
});

describe('what an endpoint does wrong', () => {
  test.each([
    ['refuses the key', 'status=401', 424, 'api_key_rejected'],
    ['fails', 'status=500', 503, 'provider_unavailable'],
    ['refuses the request', 'status=400', 422, 'provider_rejected'],
    ['goes silent', 'stall=8000', 503, 'provider_unavailable'],
    ['breaks off', 'cut=3', 503, 'provider_unavailable'],
  ])('is told as of an own key: it %s', async (_, directive, status, code) => {
    const answer = await user.post(CHAT, chat(`[[stub ${directive}]] Hello`));
    expect(answer).toMatchObject({ status, body: { code } });
    const callId = await lastCall();
    expect(await settledUsage(callId)).toMatchObject({ status: 'error', user_api_key_used: true });
    expect(await billingEventsOf(callId)).toEqual([]);
  });

  test('a client that leaves ends the call there', async () => {
    const id = crypto.randomUUID();
    const request = chat(`[[stub id=${id} tokens=2000 delay=20]] Hello`, { stream: true });
    const { response, headers } = await user.post(CHAT, request);
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await eventually(async () => (await stubCalls(id)).aborted === 1);
    expect(await settledUsage(headers.get('x-llm-call-id')!)).toMatchObject({ status: 'cancelled' });
  });

  test.each([
    ['an answer without end', 'endless', 'the answer is too large'],
    ['an answer that is none', 'echo', 'the stream ended before the answer was complete'],
    ['pieces that are none', 'nonsense', 'the endpoint sent something that is no answer'],
  ])('%s is a fault, and is settled', async (_, behaviour, message) => {
    const provider = await placeAt(atAllowedHost(openRemote().url(behaviour)));
    const answer = await user.post(CHAT, chat('Hello', { provider, model: 'm' }));
    expect(answer).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    expect(await settledUsage(await lastCall())).toMatchObject({ status: 'error', error_message: message });
  });

  test('an answer that is larger than a row is kept in several', async () => {
    const deltas = Array.from({ length: 40 }, (_, n) => ({ content: String(n % 10).repeat(100_000) }));
    const { body } = await user.post(CHAT, chat('For its object'));
    const kept = await runInDurableObject(await streamOf(body.metadata.call_id), (_, { storage }) => {
      const book = { tables: new CallTables(storage), soon: new WriteSoon() };
      const spec = { callId: crypto.randomUUID(), targets: [], excluded: [], keepMs: 0 } as unknown as CallSpec;
      const log = CallLog.begin(book, spec);
      log.beginAttempt({ callId: spec.callId, target: 0, continues: false });
      for (const delta of deltas) log.add(delta);
      log.flush();
      return [...log.deltas()];
    });
    expect(kept).toEqual(deltas);
  });

  test('no redirect is followed, and the key goes nowhere', async () => {
    const remote = openRemote();
    const name = 'moved-models';
    const base_url = atAllowedHost(remote.url('moved'));
    expect((await user.post(ENDPOINTS, { name, base_url, api_key: KEY })).status).toBe(201);
    const answer = await user.post(CHAT, chat('Hello', { provider: name, model: 'm' }));
    expect(answer).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    expect((await remote.stats()).hits).toBe(1);
    expect(await remote.received()).toEqual([]);
  });
});

describe('an address that is not allowed', () => {
  test.each(['http://127.0.0.1:PORT/ID/echo', 'http://[::1]:PORT/ID/echo', 'http://169.254.169.254/latest'])(
    'is refused at the call as well, and nothing is sent: %s',
    async (pattern) => {
      const remote = openRemote();
      const [, , , id] = remote.url('echo').split('/');
      const provider = await placeAt(pattern.replace('PORT', remote.port).replace('ID', id!));
      for (const stream of [false, true]) {
        const answer = await user.post(CHAT, chat('Hello', { provider, model: 'm', stream }));
        expect(answer).toMatchObject({ status: 422, body: { code: 'provider_rejected' } });
        expect(answer.body.detail).toContain('the address is not allowed');
        expect(await settledUsage(await lastCall())).toMatchObject({ status: 'error', input_tokens: 0 });
      }
      expect((await remote.stats()).hits).toBe(0);
    },
  );

  const REQUEST: ChatRequest = {
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }],
    parameters: {},
    reading: { whole: false, patient: false, usageOnRequest: true },
  };

  test.each([['127.0.0.1'], ['169.254.169.254'], ['93.184.216.34', '10.0.0.8']])(
    'nor where its name leads there: %s',
    async (...addresses) => {
      const sent: string[] = [];
      const guardedFetch = createGuardedFetch({
        resolver: { resolve: async () => addresses },
        fetch: async (url) => (sent.push(url), new Response()),
      });
      const guarded = createGuardedSend({ ...createTestCtx(), guardedFetch });
      const connection = { baseUrl: 'https://rebind.example.com/v1', apiKey: KEY, guarded: true } as const;
      const started = startChat(connection, REQUEST, new AbortController().signal, guarded);
      await expect(started).rejects.toMatchObject({ fault: { kind: 'rejected', status: null } });
      expect(sent).toEqual([]);
    },
  );

  test('is never called past the guard', async () => {
    const remote = openRemote();
    const connection = { baseUrl: remote.url('echo'), apiKey: KEY, guarded: true } as const;
    await expect(startChat(connection, REQUEST, new AbortController().signal)).rejects.toThrow(/without the guard/);
    expect((await remote.stats()).hits).toBe(0);
  });
});
