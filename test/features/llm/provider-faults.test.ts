import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { billingEventsOf, chat, readFrames, settledUsage, stubCalls, textOf, usageLinesOf } from '../../helpers/llm.ts';
import { captureLogs } from '../../helpers/logs.ts';
import { readEvents } from '../../helpers/streams.ts';

const CHAT = '/api/v1/llm/chat';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

afterEach(() => void vi.restoreAllMocks());

/** The latest call of a user, for answers that do not name it. */
async function lastCallOf(userId: string): Promise<string> {
  const [row] = await sql`select id from llm_calls where created_by = ${userId} order by started_at desc limit 1`;
  return row!.id;
}

describe.each([{ stream: false }, { stream: true }])('before the first token, with stream: $stream', ({ stream }) => {
  test.each([
    ['the provider fails', 'status=500', 503, 'provider_unavailable', 500],
    ['the provider is overloaded', 'status=529', 503, 'provider_unavailable', 529],
    ['the provider limits requests', 'status=429', 503, 'provider_rate_limited', 429],
    ['the provider refuses the key', 'status=401', 503, 'provider_unavailable', 401],
    ['the provider refuses the request', 'status=400', 422, 'provider_rejected', 400],
  ])('%s', async (_, directive, status, code, apiStatus) => {
    const answer = await user.post(CHAT, chat(`[[stub ${directive}]] Hello`, { stream }));
    expect(answer).toMatchObject({ status, body: { code } });
    if (status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const callId = await lastCallOf(user.id);
    expect(await settledUsage(callId)).toMatchObject({
      status: 'error',
      api_status_code: apiStatus,
      input_tokens: 0,
      output_tokens: 0,
    });
    expect(await usageLinesOf(callId)).toHaveLength(1);
  });

  test('the provider stays silent', async () => {
    const answer = await user.post(CHAT, chat('[[stub stall=8000]] Hello', { stream }));
    expect(answer).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    expect(await settledUsage(await lastCallOf(user.id))).toMatchObject({ status: 'error' });
  });
});

describe('in the middle of an answer', () => {
  const FAULTS = ['cut=3', 'end=3', 'stall=8000 after=3', 'malformed after=3', 'error after=3'];

  test.each(FAULTS)('a stream ends with an error frame, and what arrived is priced: %s', async (fault) => {
    const id = crypto.randomUUID();
    const request = chat(`[[stub id=${id} ${fault}]] Hello`, { stream: true });
    const { response, headers } = await user.post(CHAT, request);
    const frames = await readFrames(response);
    expect(textOf(frames).length).toBeGreaterThan(0);
    expect(frames.at(-1)).toMatchObject({ type: 'error', code: 'provider_unavailable' });
    expect(frames.some((frame) => frame.type === 'done')).toBe(false);
    const line = await settledUsage(headers.get('x-llm-call-id')!);
    expect(line).toMatchObject({ status: 'error', token_source: 'counted' });
    expect(line.output_tokens).toBeGreaterThan(0);
    expect(line.input_tokens).toBeGreaterThan(0);
    const metered = async () => (await stubCalls(id)).active === 0 && (await stubCalls(id)).metered;
    expect(await eventually(metered)).toEqual({
      calls: 1,
      prompt_tokens: line.input_tokens,
      completion_tokens: line.output_tokens,
    });
  });

  test.each(FAULTS)('an answer in one piece is no success: %s', async (fault) => {
    const answer = await user.post(CHAT, chat(`[[stub ${fault}]] Hello`));
    expect(answer).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    expect(await settledUsage(await lastCallOf(user.id))).toMatchObject({ status: 'error', token_source: 'counted' });
  });

  test('a complete answer without usage is counted as the provider would have', async () => {
    const { body: reported } = await user.post(CHAT, chat('The very same words'));
    const { body: counted } = await user.post(CHAT, chat('[[stub nousage]] The very same words'));
    expect(counted.metadata.token_source).toBe('counted');
    expect(counted.usage.completion_tokens).toBe(reported.usage.completion_tokens);
  });

  test('the tools of a request are counted with it, as an estimate', async () => {
    const parameters = { type: 'object', properties: { zone: { type: 'string', description: 'Where it is.' } } };
    const tools = [{ type: 'function', function: { name: 'get_time', description: 'Tells the time.', parameters } }];
    const said = '[[stub nousage]] The very same words';
    const { body: plain } = await user.post(CHAT, chat(said));
    const { body: equipped } = await user.post(CHAT, chat(said, { tools }));
    expect(equipped.metadata.token_source).toBe('estimated');
    expect(equipped.usage.prompt_tokens).toBeGreaterThan(plain.usage.prompt_tokens + 20);
    expect(await settledUsage(equipped.metadata.call_id)).toMatchObject({ input_tokens: equipped.usage.prompt_tokens });
  });
});

/** A chat whose client may leave before it is answered. */
const leaveable = (request: object, signal: AbortSignal) =>
  exports.default.fetch('https://api.example.test/api/v1/llm/chat', {
    method: 'POST',
    headers: { Authorization: `Bearer ${user.accessToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
    signal,
  });

describe('a client that leaves', () => {
  test('ends the call upstream, and what it got is billed once', async () => {
    const id = crypto.randomUUID();
    // In the end slowly enough that no piece is under way while the call is cut, however busy the machine.
    const request = chat(`[[stub id=${id} tokens=2000 quick=7 delay=3000]] Hello`, { stream: true });
    const { response, headers } = await user.post(CHAT, request);
    let read = 0;
    for await (const event of readEvents(response)) {
      expect(event.event).toBe('delta');
      if (++read === 5) break;
    }
    await eventually(async () => (await stubCalls(id)).aborted === 1);
    const callId = headers.get('x-llm-call-id')!;
    const line = await settledUsage(callId);
    expect(line).toMatchObject({ status: 'cancelled', token_source: 'counted' });
    expect(line.output_tokens).toBeGreaterThanOrEqual(5);
    expect(line.output_tokens).toBeLessThan(2000);
    expect(await billingEventsOf(callId)).toHaveLength(1);
    const { metered } = await stubCalls(id);
    expect(metered).toEqual({ calls: 1, prompt_tokens: line.input_tokens, completion_tokens: line.output_tokens });
  });

  test('ends a call in one piece too', async () => {
    const id = crypto.randomUUID();
    const leaving = new AbortController();
    const logs = captureLogs();
    const answer = leaveable(chat(`[[stub id=${id} tokens=2000 delay=20]] Hello`), leaving.signal);
    await eventually(async () => (await stubCalls(id)).active === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await eventually(async () => (await stubCalls(id)).aborted === 1);
    const callId = await lastCallOf(user.id);
    const ofCall = (event: string) => logs.events(event).filter(({ call_id: of }) => of === callId);
    await eventually(async () => ofCall('request').length === 1);
    expect(ofCall('request')).toMatchObject([{ level: 'info', status: 410, error_code: 'answer_abandoned' }]);
    expect(ofCall('request_error')).toEqual([]);
    expect(await settledUsage(callId)).toMatchObject({ status: 'cancelled', token_source: 'counted' });
    expect(await billingEventsOf(callId)).toHaveLength(1);
  });

  test.each([
    ['in pieces', true],
    ['in one piece', false],
  ])('pays for the prompt that the provider has had, before it answered %s', async (_, stream) => {
    const id = crypto.randomUUID();
    const leaving = new AbortController();
    const answer = leaveable(chat(`[[stub id=${id} wait=20000]] Hello`, { stream }), leaving.signal);
    await eventually(async () => (await stubCalls(id)).active === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    const { metered } = await eventually(async () => {
      const calls = await stubCalls(id);
      return calls.aborted === 1 && calls;
    });
    const line = await settledUsage(await lastCallOf(user.id));
    expect(line).toMatchObject({ status: 'cancelled', token_source: 'counted', api_status_code: null });
    expect(line.input_tokens).toBeGreaterThan(0);
    expect(metered).toEqual({ calls: 1, prompt_tokens: line.input_tokens, completion_tokens: 0 });
  });

  test('pays for the whole answer where it was about to end', async () => {
    const id = crypto.randomUUID();
    // That it is complete comes when the grace is over, and its usage at once after that.
    const request = chat(`[[stub id=${id} tokens=3 stall=3000 after=3 delay=0]] Hello`, { stream: true });
    const { response, headers } = await user.post(CHAT, request);
    for await (const _ of readEvents(response)) break;
    const line = await settledUsage(headers.get('x-llm-call-id')!);
    expect(line).toMatchObject({ status: 'success', token_source: 'provider' });
    const { completed, metered } = await stubCalls(id);
    expect({ completed, metered }).toEqual({
      completed: 1,
      metered: { calls: 1, prompt_tokens: line.input_tokens, completion_tokens: line.output_tokens },
    });
  });
});
