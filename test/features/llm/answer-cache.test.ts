import { beforeAll, describe, expect, test } from 'vitest';
import { purgeCachedAnswers } from '../../../src/features/llm/index.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import type { ApiAnswer, Client } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { chat, createPricedModel, readFrames, settledUsage, streamOf, stubCalls, textOf } from '../../helpers/llm.ts';
import { deliver, settling } from '../../helpers/queue.ts';

const CHAT = '/api/v1/llm/chat';
const CACHE = { ttl_seconds: 600 };

let user: User;
beforeAll(async () => {
  user = await createUser();
});

/** A request that nobody else makes, whose calls the stub counts. */
function uniqueChat(more: object = {}, directives = '') {
  const id = crypto.randomUUID();
  return { id, request: chat(`[[stub id=${id} delay=0 ${directives}]] Say ${id}`, { cache: CACHE, ...more }) };
}

/** Makes a call whose answer is to be kept; returns once it serves others. */
async function ask(client: Client, request: object): Promise<{ callId: string; text: string }> {
  const answer = await client.post(CHAT, request);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-llm-cache')).toBeNull();
  const text = await textIn(answer);
  const callId = callIdOf(answer);
  await cachedRow(callId);
  return { callId, text };
}

const callIdOf = ({ headers, body }: ApiAnswer): string => headers.get('x-llm-call-id') ?? body.metadata.call_id;

const textIn = async ({ response, body }: ApiAnswer): Promise<string> =>
  body?.content ?? textOf(await readFrames(response));

const cachedRow = (callId: string) =>
  eventually(async () => (await sql`select * from llm_cached_answers where call_id = ${callId}`)[0]);

async function expectHit(client: Client, request: object, { callId, text }: { callId: string; text: string }) {
  const answer = await client.post(CHAT, request);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-llm-cache')).toBe('hit');
  expect(Number(answer.headers.get('age'))).toBeLessThan(600);
  expect(answer.headers.get('x-llm-cache-key')).toMatch(/^[\w-]{43}$/);
  expect(callIdOf(answer)).toBe(callId);
  expect(await textIn(answer)).toBe(text);
  return answer;
}

async function expectMiss(client: Client, request: object): Promise<ApiAnswer> {
  const answer = await client.post(CHAT, request);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-llm-cache')).toBeNull();
  expect(answer.headers.get('age')).toBeNull();
  await textIn(answer);
  return answer;
}

describe('an equal request is answered without a provider', () => {
  test.each([
    ['plain after plain', false, false],
    ['a stream after plain', false, true],
    ['plain after a stream', true, false],
    ['a stream after a stream', true, true],
  ])('%s', async (_, first, second) => {
    const { id, request } = uniqueChat();
    const made = await ask(user, { ...request, stream: first });
    const { body } = await expectHit(user, { ...request, stream: second }, made);
    if (!second) {
      const { request_hash: key } = await cachedRow(made.callId);
      expect(body.metadata.cache).toEqual({ key, age_seconds: expect.any(Number) });
    }
    expect(await stubCalls(id)).toMatchObject({ calls: 1 });
    expect(
      await sql`select from llms_usage_logs where workspace_id = ${user.workspaceId} and call_id = ${made.callId}`,
    ).toHaveLength(1);
    expect(await eventually(async () => (await cachedRow(made.callId)).hits === 1)).toBe(true);
  });

  test('frame by frame as it was streamed, and to the end', async () => {
    const { request } = uniqueChat({ stream: true });
    const first = await readFrames((await user.post(CHAT, request)).response);
    await cachedRow(String(first.at(-1)!.call_id));
    const { response, headers } = await user.post(CHAT, request);
    expect(headers.get('x-llm-cache')).toBe('hit');
    expect(await readFrames(response)).toEqual(first);
  });

  test('calls of tools are answers', async () => {
    const tools = [
      { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } },
    ];
    const { id, request } = uniqueChat({ tools }, 'tool=get_time');
    const made = await ask(user, request);
    const { body } = await expectHit(user, request, made);
    expect(body.tool_calls).toMatchObject([{ function: { name: 'get_time' } }]);
    expect(await stubCalls(id)).toMatchObject({ calls: 1 });
  });

  test('whatever changes nothing in the answer may differ', async () => {
    const { id, request } = uniqueChat();
    const made = await ask(user, request);
    await expectHit(user, { ...request, provider: 'local', model: 'local-small' }, made);
    await expectHit(user, { ...request, temperature: null, deadlines: { first_token_ms: 5000 } }, made);
    await expectHit(user, { ...request, conversation_id: crypto.randomUUID(), cache: { ttl_seconds: 1 } }, made);
    expect(await stubCalls(id)).toMatchObject({ calls: 1 });
  });

  test('by everybody in the workspace', async () => {
    const member = await createUser();
    const workspaceId = await createWorkspace(user);
    await addMember(workspaceId, member, 'member');
    const here = { 'X-Workspace-Id': workspaceId };
    const { request } = uniqueChat();
    await expectHit(member.with(here), request, await ask(user.with(here), request));
  });

  test('though its budget leaves nothing to spend', async () => {
    const priced = await createPricedModel();
    const workspaceId = await createWorkspace(user);
    const client = user.with({ 'X-Workspace-Id': workspaceId });
    const { request } = uniqueChat(priced);
    const made = await ask(client, request);
    expect((await client.post('/api/v1/llm/budgets', { amount_usd: '0', period: 'total' })).status).toBe(201);
    expect((await client.post(CHAT, { ...request, cache: undefined })).status).toBe(402);
    await expectHit(client, request, made);
  });
});

describe('a request is made anew', () => {
  test('without the wish for less', async () => {
    const { id, request } = uniqueChat();
    await ask(user, request);
    await expectMiss(user, { ...request, cache: undefined });
    await expectMiss(user, { ...request, cache: { ttl_seconds: 0 } });
    expect(await stubCalls(id)).toMatchObject({ calls: 3 });
  });

  test('after one that was not to be kept', async () => {
    const { request } = uniqueChat();
    const { body } = await user.post(CHAT, { ...request, cache: undefined });
    await settledUsage(body.metadata.call_id);
    await expectMiss(user, request);
  });

  test.each<[string, object]>([
    ['another parameter', { temperature: 0.1 }],
    ['a model to go on with', { fallbacks: [{ provider: 'local', model: 'local-small' }] }],
    ['another form', { response_format: { type: 'json_object' } }],
  ])('with %s', async (_, more) => {
    const { id, request } = uniqueChat();
    await ask(user, request);
    await expectMiss(user, { ...request, ...more });
    expect(await stubCalls(id)).toMatchObject({ calls: 2 });
  });

  test('of another model', async () => {
    const { id, request } = uniqueChat();
    await ask(user, request);
    await expectMiss(user, { ...request, ...(await createPricedModel()) });
    expect(await stubCalls(id)).toMatchObject({ calls: 2 });
  });

  test('in another workspace, even by the same person', async () => {
    const { id, request } = uniqueChat();
    const { callId } = await ask(user, request);
    const stranger = await createUser();
    const { callId: other } = await ask(stranger, request);
    await ask(user.with({ 'X-Workspace-Id': await createWorkspace(user) }), request);
    expect(await stubCalls(id)).toMatchObject({ calls: 3 });
    // Nor can anybody tell from the keys that the same was asked.
    expect((await cachedRow(other)).request_hash).not.toBe((await cachedRow(callId)).request_hash);
  });

  test('once the time is over', async () => {
    const { id, request } = uniqueChat({ cache: { ttl_seconds: 1 } });
    const { callId } = await ask(user, request);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { callId: next } = await ask(user, request);
    expect(next).not.toBe(callId);
    expect(await stubCalls(id)).toMatchObject({ calls: 2 });
  });

  test('where the kept answer is gone', async () => {
    const { id, request } = uniqueChat();
    const { callId } = await ask(user, request);
    await sql`update llm_cached_answers set call_id = gen_random_uuid() where call_id = ${callId}`;
    await expectMiss(user, request);
    expect(await stubCalls(id)).toMatchObject({ calls: 2 });
  });

  test('after one that failed', async () => {
    const { id, request } = uniqueChat({}, 'status=503 times=1');
    expect((await user.post(CHAT, request)).status).toBe(503);
    await ask(user, request);
    expect(await stubCalls(id)).toMatchObject({ calls: 2 });
  });

  test('after one that broke off', async () => {
    const { id, request } = uniqueChat({ stream: true }, 'cut=2 times=1');
    const { response, headers } = await user.post(CHAT, request);
    expect((await readFrames(response)).at(-1)).toMatchObject({ type: 'error' });
    await settledUsage(headers.get('x-llm-call-id')!);
    await ask(user, request);
    expect(await stubCalls(id)).toMatchObject({ calls: 2 });
  });

  test('after one that its client left', async () => {
    const id = crypto.randomUUID();
    const request = chat(`[[stub id=${id} tokens=200 delay=50]] Slowly`, { cache: CACHE, stream: true });
    const { response, headers } = await user.post(CHAT, request);
    await response.body!.cancel();
    const callId = headers.get('x-llm-call-id')!;
    expect(await settledUsage(callId)).toMatchObject({ status: 'cancelled' });
    expect(await sql`select from llm_cached_answers where call_id = ${callId}`).toEqual([]);
  });
});

describe('an Idempotency-Key', () => {
  test('shows the hit again, and is refused for another request', async () => {
    const { id, request } = uniqueChat();
    const made = await ask(user, request);
    const retrying = user.with({ 'Idempotency-Key': crypto.randomUUID() });
    await expectHit(retrying, request, made);
    const again = await retrying.post(CHAT, request);
    expect(again).toMatchObject({ status: 200, body: { content: made.text, metadata: { call_id: made.callId } } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await retrying.post(CHAT, { ...request, temperature: 0 })).status).toBe(422);
    expect(await stubCalls(id)).toMatchObject({ calls: 1 });
  });
});

describe('the age', () => {
  test('counts from when the answer was complete, however often its call is settled', async () => {
    const { request } = uniqueChat();
    const { callId } = await ask(user, request);
    const before = await cachedRow(callId);
    expect(Date.parse(before.expires_at) - Date.parse(before.created_at)).toBe(600_000);
    await deliver([settling(callId)]);
    expect(await cachedRow(callId)).toEqual(before);
    await sql`update llm_cached_answers set created_at = created_at - interval '100 seconds' where call_id = ${callId}`;
    const { headers } = await user.post(CHAT, request);
    expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(100);
  });

  test('ends with the answer: what serves nobody is deleted, the rest stays', async () => {
    const [old, young] = [uniqueChat(), uniqueChat()];
    const { callId } = await ask(user, old.request);
    const { callId: other } = await ask(user, young.request);
    await sql`update llm_cached_answers set expires_at = now() - interval '1 second' where call_id = ${callId}`;
    await purgeCachedAnswers(createTestCtx(), new Date());
    expect(await sql`select call_id from llm_cached_answers where call_id in (${callId}, ${other})`).toEqual([
      { call_id: other },
    ]);
  });

  test('nothing that was asked or answered is kept beside the call', async () => {
    const { request } = uniqueChat();
    const { callId, text } = await ask(user, request);
    expect(JSON.stringify(await cachedRow(callId))).not.toContain(text.slice(0, 20));
    expect((await (await streamOf(callId)).read(callId)).text).toBe(text);
  });
});

describe('a route', () => {
  const ROUTES = '/api/v1/llm/routes';
  const target = { provider: 'local', model: 'local-small' };

  test('may keep answers by itself, until it is changed', async () => {
    const client = user.with({ 'X-Workspace-Id': await createWorkspace(user) });
    const name = 'keeping';
    const route = { name, strategy: 'fallback', targets: [target], cache_seconds: 300 };
    const { body } = await client.post(ROUTES, route);
    const { id, request } = uniqueChat({ route: name, cache: undefined });
    const made = await ask(client, request);
    await expectHit(client, request, made);
    await expectMiss(client, { ...request, cache: { ttl_seconds: 0 } });
    expect((await client.patch(`${ROUTES}/${body.id}`, { deadlines: { first_token_ms: 9000 } })).status).toBe(200);
    await expectMiss(client, request);
    expect(await stubCalls(id)).toMatchObject({ calls: 3 });
  });
});

describe('in OpenAI’s form', () => {
  test('a route keeps answers, whole and streamed; the other form has defaults of its own, and asks anew', async () => {
    const client = user.with({ 'X-Workspace-Id': await createWorkspace(user) });
    const targets = [{ provider: 'local', model: 'local-small' }];
    const route = { name: 'keeping', strategy: 'fallback', targets, cache_seconds: 300 };
    expect((await client.post('/api/v1/llm/routes', route)).status).toBe(201);
    const { id, request } = uniqueChat({ cache: undefined });
    const completion = { ...request, cache: undefined, model: 'route/keeping' };
    const first = await client.post('/v1/chat/completions', completion);
    expect(first.status).toBe(200);
    expect(first.headers.get('x-llm-cache')).toBeNull();
    const callId = first.headers.get('x-llm-call-id')!;
    await cachedRow(callId);
    const again = await client.post('/v1/chat/completions', completion);
    expect(again.body).toEqual(first.body);
    const streamed = await client.post('/v1/chat/completions', { ...completion, stream: true });
    for (const { headers } of [again, streamed]) {
      expect(headers.get('x-llm-cache')).toBe('hit');
      expect(headers.get('x-llm-cache-key')).toBe((await cachedRow(callId)).request_hash);
      expect(headers.get('age')).toMatch(/^\d+$/);
      expect(headers.get('x-llm-call-id')).toBe(callId);
    }
    expect(await streamed.response.text()).toContain('[DONE]');
    await expectMiss(client, { ...request, route: 'keeping' });
    expect(await stubCalls(id)).toMatchObject({ calls: 2 });
  });
});
