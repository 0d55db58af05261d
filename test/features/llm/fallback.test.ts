import { beforeAll, describe, expect, test } from 'vitest';
import { readAnswer } from '../../../src/features/llm/service/read-answer.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import type { Client } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  chat,
  createPricedModel,
  ledgerOf,
  readFrames,
  stubAs,
  stubAtAllowedHost,
  stubCalls,
  textOf,
  type LocalModel,
} from '../../helpers/llm.ts';

const CHAT = '/api/v1/llm/chat';

let user: User;
/** Prices differ, so that each attempt is seen to be billed at its own. */
let first: LocalModel;
let second: LocalModel;
let dear: LocalModel;
let third: LocalModel;
beforeAll(async () => {
  [user, first, second, dear, third] = await Promise.all([
    createUser(),
    createPricedModel(),
    createPricedModel({ cost_per_token_input: '0.000007', cost_per_token_output: '0.00003' }),
    createPricedModel({ cost_per_token_input: '1', cost_per_token_output: '1' }),
    createPricedModel(),
  ]);
});

type Outcome = { status: number; text: string; end: any; callId: string; usage: any };

/** Asks, and says what came of it, whole or in frames. */
async function ask(client: Client, content: string, more: object): Promise<Outcome> {
  const { status, body, response, headers } = await client.post(CHAT, chat(content, more));
  if (status !== 200) return { status, text: '', end: body, callId: '', usage: null };
  if (!('stream' in more && more.stream)) {
    const { metadata, content: text, usage, provider, model } = body;
    return { status, text, end: { ...metadata, provider, model }, callId: metadata.call_id, usage };
  }
  const frames = await readFrames(response);
  expect(frames.map(({ id }) => id)).toEqual(frames.map((_, index) => index + 1));
  const usage = frames.find(({ type }) => type === 'usage');
  return { status, text: textOf(frames), end: frames.at(-1), callId: headers.get('x-llm-call-id')!, usage };
}

const SAY = 'tokens=14 delay=0';
const UNBROKEN = 'This is the local model of SynapScale, not a real one. word12 word13 word14';

/** What a fault looks like, and the code that it is given. */
const FAULTS: [fault: string, code: string, more?: object][] = [
  ['status=500', 'provider_unavailable'],
  ['status=429', 'provider_rate_limited'],
  ['status=401', 'provider_unavailable'],
  ['status=404', 'model_unavailable'],
  ['status=400 code=context_length_exceeded', 'context_too_long'],
  ['cut=0', 'provider_unavailable'],
  ['end=0', 'provider_unavailable'],
  ['malformed', 'provider_unavailable'],
  ['empty', 'provider_unavailable'],
  ['stall=3000', 'provider_unavailable', { deadlines: { first_token_ms: 200 } }],
];

describe.each([{ stream: false }, { stream: true }])('before the first token, with $stream as stream', ({ stream }) => {
  test.each(FAULTS)('the next model answers: %s', async (fault, code, more = {}) => {
    const id = crypto.randomUUID();
    const { text, end, callId, usage } = await ask(user, `[[stub id=${id} times=1 ${fault} ${SAY}]] Hi`, {
      ...first,
      ...more,
      stream,
      fallbacks: [second],
    });
    expect(text).toBe(UNBROKEN);
    expect(end).toMatchObject({ call_id: callId, provider: 'local', model: second.model, finish_reason: 'stop' });
    expect(end.route).toMatchObject({
      name: null,
      passed: [],
      attempts: [
        { ...first, call_id: callId, status: 'error', reason: { code }, continues: false },
        { ...second, status: 'success', reason: null, continues: false, token_source: 'provider' },
      ],
    });
    expect((await stubCalls(id)).calls).toBe(2);
    const ledger = await ledgerOf(callId, 2);
    expect(ledger).toMatchObject([
      { ...toLine(end.route.attempts[0]), price_input: 2.5e-6, price_output: 1e-5 },
      { ...toLine(end.route.attempts[1]), price_input: 7e-6, price_output: 3e-5 },
    ]);
    for (const line of ledger) expect(Number(line.billed_usd)).toBe(Number(line.cost_usd));
    expect(Number(ledger[1]!.billed_usd)).toBeGreaterThan(0);
    expect(usage.prompt_tokens).toBe(ledger[0]!.input_tokens + ledger[1]!.input_tokens);
    expect(usage.completion_tokens).toBe(ledger[0]!.output_tokens + ledger[1]!.output_tokens);
  });

  test.each([
    ['the request is at fault', 'status=400', 422, 'provider_rejected'],
    ['the provider’s filter refuses', 'status=400 code=content_filter', 422, 'content_filtered'],
  ])('no other model is asked where %s', async (_, fault, status, code) => {
    const id = crypto.randomUUID();
    const answer = await ask(user, `[[stub id=${id} ${fault}]] Hi`, { ...first, stream, fallbacks: [second] });
    expect(answer).toMatchObject({ status, end: { code } });
    expect((await stubCalls(id)).calls).toBe(1);
  });

  test('the last fault is the answer where all fail', async () => {
    const id = crypto.randomUUID();
    const fallbacks = Array.from({ length: 5 }, () => third);
    const answer = await ask(user, `[[stub id=${id} status=500]] Hi`, { ...first, stream, fallbacks });
    expect(answer).toMatchObject({ status: 503, end: { code: 'provider_unavailable' } });
    expect((await stubCalls(id)).calls).toBe(6);
    const attempt = { status: 'error', reason: { code: 'provider_unavailable' }, cost_usd: '0' };
    expect(answer.end.route.attempts).toMatchObject(Array.from({ length: 6 }, () => attempt));
  });
});

test('a fault is understood in however many pieces it comes', async () => {
  const fault = { code: 'provider_rate_limited', detail: 'x'.repeat(9000), retry_after: 3 };
  const event = new TextEncoder().encode(
    `id: 1\nevent: error\ndata: ${JSON.stringify({ type: 'error', ...fault })}\n\n`,
  );
  const answer = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < event.length; at += 4096) controller.enqueue(event.slice(at, at + 4096));
      controller.close();
    },
  });
  const open = {
    callId: crypto.randomUUID(),
    model: { provider: 'local', name: 'm' },
    mode: 'sse',
    answer,
    emulated: '',
  } as const;
  const failed = readAnswer(open, new AbortController().signal);
  await expect(failed).rejects.toMatchObject({ code: 'provider_rate_limited', options: { retryAfter: 3 } });
});

const toLine = (attempt: any) => ({
  call_id: attempt.call_id,
  model: attempt.model,
  status: attempt.status,
  input_tokens: attempt.prompt_tokens,
  output_tokens: attempt.completion_tokens,
  token_source: attempt.token_source,
  cost_usd: expect.toSatisfy((cost: string) => Number(cost) === Number(attempt.cost_usd)),
});

test.each([{ stream: false }, { stream: true }])(
  'a fault names whose it is, with $stream as stream',
  async ({ stream }) => {
    const owner = await createUser();
    await owner.post('/api/v1/user-variables/api-keys/openai', { value: 'sk-of-the-user-0123456789' });
    const client = apiWith({ OPENAI_BASE_URL: stubAs('openai') }).as(owner);
    const retrying = client.with({ 'Idempotency-Key': crypto.randomUUID() });
    const said = chat('[[stub status=401]] Hi', {
      ...first,
      stream,
      fallbacks: [{ provider: 'openai', model: 'gpt-4o' }],
    });
    const refused = await retrying.post(CHAT, said);
    // That of the platform at the first provider is refused too, which is nobody's business.
    expect(refused).toMatchObject({ status: 424, body: { code: 'api_key_rejected' } });
    expect(refused.body.detail).toContain('openai');
    if (!stream) return;
    const again = await retrying.post(CHAT, said, { headers: { 'Last-Event-ID': '0' } });
    expect(again).toMatchObject({ status: 424, body: { detail: refused.body.detail } });
  },
);

describe('in the middle of an answer in one piece', () => {
  test.each(['cut=3', 'end=3', 'malformed after=3', 'error after=3'])('any model begins anew: %s', async (fault) => {
    const id = crypto.randomUUID();
    const more = { ...first, fallbacks: [second] };
    const { text, end, callId } = await ask(user, `[[stub id=${id} times=1 ${fault} ${SAY}]] Hi`, more);
    expect(text).toBe(UNBROKEN);
    expect(end.route.attempts).toMatchObject([{ status: 'error' }, { status: 'success', continues: false }]);
    expect(await ledgerOf(callId, 2)).toHaveLength(2);
  });
});

describe('between two tokens', () => {
  test('a model that is too slow for the caller is given up, and is the caller’s own matter', async () => {
    const id = crypto.randomUUID();
    const deadlines = { between_tokens_ms: 200 };
    const more = { ...first, deadlines, fallbacks: [second] };
    const said = `[[stub id=${id} times=1 stall=3000 after=4 ${SAY}]] Hi`;
    const { text, end } = await ask(user, said, more);
    expect(text).toBe(UNBROKEN);
    expect(end.route.attempts[0].reason.detail).toBe('no further token within 200 ms');
    expect(end.route.attempts[0].latency_ms).toBeLessThan(2500);
    expect(end.route.attempts[0].completion_tokens).toBeGreaterThan(0);
  });
});

describe('budgets', () => {
  test('refuse a further attempt that may cost too much, and get back what was set aside', async () => {
    const spender = await createUser();
    const { body: budget } = await spender.post('/api/v1/llm/budgets', { amount_usd: '5', period: 'month' });
    const id = crypto.randomUUID();
    const said = `[[stub id=${id} times=1 status=500 ${SAY}]] Hi`;
    const { text, end, callId } = await ask(spender, said, { ...first, fallbacks: [dear, second] });
    expect({ text, end }).toMatchObject({ text: UNBROKEN });
    expect(end.route.passed).toMatchObject([{ ...dear, reason: 'budget_exceeded' }]);
    expect(end.route.attempts.map((attempt: any) => attempt.model)).toEqual([first.model, second.model]);
    expect((await stubCalls(id)).calls).toBe(2);
    const ledger = await ledgerOf(callId, 2);
    const after = await eventually(async () => {
      const { body } = await spender.get(`/api/v1/llm/budgets/${budget.id}`);
      return body.reserved_usd === '0' && body;
    });
    expect(Number(after.spent_usd)).toBeCloseTo(Number(ledger[0]!.cost_usd) + Number(ledger[1]!.cost_usd), 12);

    const refused = await ask(spender, `[[stub status=500]] Hi`, { ...first, fallbacks: [dear] });
    expect(refused).toMatchObject({ status: 503, end: { code: 'provider_unavailable' } });
    await eventually(async () => {
      const { body } = await spender.get(`/api/v1/llm/budgets/${budget.id}`);
      return body.reserved_usd === '0';
    });
  });
});

describe('keys', () => {
  test('an own one for one provider, the platform’s for the other', async () => {
    const owner = await createUser();
    await owner.post('/api/v1/user-variables/api-keys/openai', { value: 'sk-of-the-user-0123456789' });
    const client = apiWith({ OPENAI_BASE_URL: stubAs('openai') }).as(owner);
    const id = crypto.randomUUID();
    const openai = { provider: 'openai', model: 'gpt-4o' };
    const said = `[[stub id=${id} times=1 status=500 ${SAY}]] Hi`;
    const { text, end, callId } = await ask(client, said, { ...openai, fallbacks: [second] });
    expect(text).toBe(UNBROKEN);
    expect(end).toMatchObject({ user_api_key: false, provider: 'local' });
    expect((await stubCalls(id)).lastRequest!.headers.authorization ?? '').not.toContain('sk-of-the-user');
    const ledger = await ledgerOf(callId, 2);
    expect(ledger).toMatchObject(
      [
        { model: 'gpt-4o', user_api_key_used: true, billed_usd: null },
        { ...second, user_api_key_used: false, billed_usd: expect.any(String) },
      ].map(({ provider: _, ...line }: any) => line),
    );
  });

  test('a workspace’s own endpoint as the next one, logged and not billed', async () => {
    const owner = await createUser();
    const endpoint = { name: 'spare', base_url: stubAtAllowedHost(), models: [{ name: 'm1' }] };
    expect((await owner.post('/api/v1/llm/endpoints', endpoint)).status).toBe(201);
    const id = crypto.randomUUID();
    const fallbacks = [{ provider: 'spare', model: 'm1' }];
    const said = `[[stub id=${id} times=1 status=500 ${SAY}]] Hi`;
    const { text, end, callId } = await ask(owner, said, { ...first, fallbacks });
    expect(text).toBe(UNBROKEN);
    expect(end).toMatchObject({ provider: 'spare', model: 'm1', user_api_key: true });
    expect(await ledgerOf(callId, 2)).toMatchObject([
      { model: first.model, user_api_key_used: false },
      { model: 'm1', user_api_key_used: true, billed_usd: null },
    ]);
    const [line] = await sql`select endpoint_id from llm_calls where root_call_id = ${callId}`;
    expect(line!.endpoint_id).toEqual(expect.any(String));
  });

  test('a model that nobody has is passed over, and said to be', async () => {
    const fallbacks = [
      { provider: 'local', model: 'nothing' },
      { provider: 'groq', model: 'llama-3.3-70b-versatile' },
      second,
    ];
    const said = `[[stub id=${crypto.randomUUID()} times=1 status=500 ${SAY}]] Hi`;
    const { text, end } = await ask(user, said, { ...first, fallbacks });
    expect(text).toBe(UNBROKEN);
    expect(end.route.passed).toMatchObject([{ reason: 'not_in_catalogue' }, { reason: 'provider_not_configured' }]);
  });
});
