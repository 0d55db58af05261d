import { beforeAll, describe, expect, test } from 'vitest';
import { purgeDecisions } from '../../../src/features/llm/index.ts';
import { similarityOf } from '../../../src/features/llm/routing/compare.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import type { Client } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { chat, createPricedModel, readFrames, settledUsage, stubCalls, textOf } from '../../helpers/llm.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';

const ROUTES = '/api/v1/llm/routes';
const CHAT = '/api/v1/llm/chat';
const BUDGETS = '/api/v1/llm/budgets';
const USAGE = '/api/v1/usage-log';

const SMALL = { provider: 'local', model: 'local-small' };

let owner: User;
let member: User;
let second: { provider: string; model: string };
beforeAll(async () => {
  [owner, member, second] = await Promise.all([createUser(), createUser(), createPricedModel()]);
});

/** A workspace with a route that has a shadow, its owner, and a member who calls. */
async function createPlace(shadow: object | null = { ...second, percent: 100 }, more: object = {}) {
  const workspaceId = await createWorkspace(owner);
  await addMember(workspaceId, member, 'member');
  const here = { 'X-Workspace-Id': workspaceId };
  const [admin, caller] = [owner.with(here), member.with(here)];
  const route = { name: 'compared', strategy: 'fallback', targets: [SMALL], shadow, ...more };
  const { status, body } = await admin.post(ROUTES, route);
  expect({ status, body }).toMatchObject({ status: 201 });
  return { workspaceId, admin, caller, routeId: body.id as string };
}

/** A request whose calls the stub counts, and that asks it for the same text in every model. */
function uniqueChat(directives = '', more: object = {}) {
  const id = crypto.randomUUID();
  return { id, request: chat(`[[stub id=${id} delay=0 ${directives}]] Say ${id}`, { route: 'compared', ...more }) };
}

/** The record of the shadow of a call, once it has ended. */
const shadowOf = (callId: string) =>
  eventually(async () => {
    const [row] = await sql`select * from llm_calls where root_call_id = ${callId} and operation = 'shadow'`;
    return row && row.status !== 'started' && row;
  });

/** The comparison of a call with its shadow, once it is made. */
const comparisonOf = (callId: string) =>
  eventually(async () => (await sql`select * from llm_comparisons where call_id = ${callId}`)[0], 60_000);

const linesSeenBy = async (client: Client, query: Record<string, string> = {}) =>
  (await client.get(USAGE, { query })).body as Record<string, any>[];

describe('a shadow', () => {
  test('is asked the same, and its caller learns nothing of it', async () => {
    const { caller, workspaceId } = await createPlace();
    const conversation_id = crypto.randomUUID();
    const { id, request } = uniqueChat('', { conversation_id });
    const { status, body } = await caller.post(CHAT, request);
    expect(status).toBe(200);
    const { call_id: callId, route } = body.metadata;
    expect(JSON.stringify(body)).not.toContain(second.model);
    expect(route.attempts).toHaveLength(1);
    const line = await settledUsage(callId);
    expect(body.usage).toMatchObject({ prompt_tokens: line.input_tokens, completion_tokens: line.output_tokens });

    const shadow = await shadowOf(callId);
    expect(shadow).toMatchObject({
      status: 'settled',
      model: second.model,
      workspace_id: workspaceId,
      created_by: member.id,
      access_token_id: null,
      conversation_id: null,
    });
    expect(await stubCalls(id)).toMatchObject({
      calls: 2,
      completed: 2,
      lastRequest: { body: { messages: request.messages } },
    });
    expect((await linesSeenBy(caller)).map(({ call_id }) => call_id)).toEqual([callId]);
    const turns = await caller.get(`${USAGE}/turns`, { query: { conversation_id } });
    expect(turns.body).toMatchObject([{ message_count: 1, model: 'local-small' }]);
  });

  test('stands beside a stream, too', async () => {
    const { caller } = await createPlace();
    const { id, request } = uniqueChat('', { stream: true });
    const { response, headers } = await caller.post(CHAT, request);
    const frames = await readFrames(response);
    expect(frames.at(-1)).toMatchObject({ type: 'done' });
    expect(textOf(frames)).toContain(id);
    expect(JSON.stringify(frames)).not.toContain(second.model);
    expect(await shadowOf(headers.get('x-llm-call-id')!)).toMatchObject({ status: 'settled' });
  });

  test('is shown to admins, by whose call it was made', async () => {
    const { admin, caller } = await createPlace();
    const { body } = await caller.post(CHAT, uniqueChat().request);
    const shadow = await shadowOf(body.metadata.call_id);
    await settledUsage(shadow.id);
    const [line, ...others] = await linesSeenBy(admin, { call_id: shadow.id });
    expect(others).toEqual([]);
    expect(line).toMatchObject({ operation: 'shadow', user_id: member.id, model: second.model });
    expect(Number(line!.cost_usd_exact)).toBeGreaterThan(0);
    expect(await linesSeenBy(caller, { call_id: shadow.id })).toEqual([]);
    expect(await linesSeenBy(admin, { call_id: body.metadata.call_id })).toMatchObject([{ operation: 'chat' }]);
  });

  test('cannot be followed by its caller', async () => {
    const { caller } = await createPlace();
    const { body } = await caller.post(CHAT, uniqueChat().request);
    const shadow = await shadowOf(body.metadata.call_id);
    expect((await caller.get(`/api/v1/llm/streams/${shadow.id}`)).status).toBe(404);
  });

  /** A place whose shadow is an endpoint that behaves like this, which it may not do to the caller. */
  async function createFaultyPlace(behaviour: string, query?: Record<string, number>) {
    const place = await createPlace(null);
    const [name, remote] = [`e${crypto.randomUUID().slice(0, 8)}`, openRemote()];
    await sql`insert into llm_endpoints (workspace_id, name, base_url)
      values (${place.workspaceId}, ${name}, ${atAllowedHost(remote.url(behaviour, query))})`;
    const shadow = { provider: name, model: 'm', percent: 100 };
    expect((await place.admin.patch(`${ROUTES}/${place.routeId}`, { shadow })).status).toBe(200);
    return { ...place, remote };
  }

  test.each(['nonsense', 'broken', 'endless'])(
    'that answers like /%s is nobody’s but the comparison’s',
    async (fault) => {
      const { admin, caller, routeId, remote } = await createFaultyPlace(fault);
      const { body, status } = await caller.post(CHAT, uniqueChat().request);
      expect(status).toBe(200);
      const shadow = await shadowOf(body.metadata.call_id);
      expect(await settledUsage(shadow.id)).toMatchObject({ status: 'error' });
      expect((await remote.stats()).hits).toBe(1);
      expect(await comparisonOf(body.metadata.call_id)).toMatchObject({ similarity: null });
      const { body: report } = await admin.get(`${ROUTES}/${routeId}/comparison`);
      expect(report).toMatchObject({ compared: 1, identical: 0, similarity: null });
      expect(report.sides).toMatchObject([
        { side: 'primary', calls: 1, failed_calls: 0 },
        { side: 'shadow', calls: 1, failed_calls: 1 },
      ]);
    },
  );

  test('that never answers keeps nobody waiting', async () => {
    const { caller, remote } = await createFaultyPlace('silent');
    const { body, status } = await caller.post(CHAT, uniqueChat().request);
    expect(status).toBe(200);
    await settledUsage(body.metadata.call_id);
    await eventually(async () => (await remote.stats()).open === 1);
    const [shadow] = await sql`select status from llm_calls where root_call_id = ${body.metadata.call_id}`;
    expect(shadow).toEqual({ status: 'started' });
    // It is given up at the deployment's limit, like any other.
    expect(await shadowOf(body.metadata.call_id)).toMatchObject({ status: 'settled' });
    expect((await remote.stats()).open).toBe(0);
  });

  test.each<[string, object]>([
    ['is not in the catalogue', { provider: 'local', model: 'nothing' }],
    ['has no key', { provider: 'anthropic', model: 'claude-sonnet-4-5' }],
  ])('that %s is not made', async (_, wanted) => {
    const { caller } = await createPlace({ ...wanted, percent: 100 });
    const { body, status } = await caller.post(CHAT, uniqueChat().request);
    expect(status).toBe(200);
    await settledUsage(body.metadata.call_id);
    expect(await sql`select from llm_calls where root_call_id = ${body.metadata.call_id}`).toEqual([]);
  });

  test('is never made with a key of its caller’s', async () => {
    const { caller } = await createPlace({ provider: 'anthropic', model: 'claude-sonnet-4-5', percent: 100 });
    await caller.post('/api/v1/user-variables', {
      key: 'ANTHROPIC_API_KEY',
      value: 'sk-ant-invented-0123456789',
      is_secret: true,
    });
    const { body } = await caller.post(CHAT, uniqueChat().request);
    await settledUsage(body.metadata.call_id);
    expect(await sql`select from llm_calls where root_call_id = ${body.metadata.call_id}`).toEqual([]);
  });

  test('is not made for an answer out of the cache', async () => {
    const { caller } = await createPlace();
    const { request } = uniqueChat('', { cache: { ttl_seconds: 60 } });
    const { body } = await caller.post(CHAT, request);
    const callId = body.metadata.call_id;
    await shadowOf(callId);
    await eventually(async () => (await sql`select from llm_cached_answers where call_id = ${callId}`)[0]);
    expect((await caller.post(CHAT, request)).headers.get('x-llm-cache')).toBe('hit');
    expect(await sql`select from llm_calls where root_call_id = ${callId}`).toHaveLength(1);
  });

  test('goes with the share of the requests that its route says', async () => {
    const { caller, workspaceId } = await createPlace({ ...second, percent: 50 });
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => caller.post(CHAT, uniqueChat('tokens=1').request)),
    );
    await Promise.all(answers.map(({ body }) => settledUsage(body.metadata.call_id)));
    const [row] = await eventually(async () => {
      const rows =
        await sql`select count(*)::int as n from llm_calls where workspace_id = ${workspaceId} and operation = 'shadow'`;
      return rows[0]!.n > 0 && rows;
    });
    // Of 30, less than 2 or more than 28 come once in some ten million runs.
    expect(row!.n).toBeGreaterThanOrEqual(2);
    expect(row!.n).toBeLessThanOrEqual(28);
  });
});

describe('the workspace pays for it', () => {
  const createBudget = async (admin: Client, fields: object) => {
    const { status, body } = await admin.post(BUDGETS, { period: 'total', amount_usd: '1', ...fields });
    expect({ status, body }).toMatchObject({ status: 201 });
    return body.id as string;
  };

  const settled = (admin: Client, id: string) =>
    eventually(async () => {
      const { body } = await admin.get(`${BUDGETS}/${id}`);
      return body.reserved_usd === '0' && body;
    });

  test('and not its caller: neither the member’s nor the token’s budget counts it', async () => {
    const { admin, caller, workspaceId } = await createPlace(undefined, {
      targets: [second],
      shadow: { ...second, percent: 100 },
    });
    const { body: token } = await caller.post('/api/v1/auth/tokens', {
      name: 'Calls',
      scopes: ['llm:invoke'],
      workspace_id: workspaceId,
    });
    const whole = await createBudget(admin, {});
    const ofMember = await createBudget(admin, { scope: 'user', subject_id: member.id });
    const ofToken = await createBudget(admin, { scope: 'access_token', subject_id: token.id });
    const { body } = await caller.as({ accessToken: token.token }).post(CHAT, uniqueChat().request);
    const callId = body.metadata.call_id;
    const shadow = await shadowOf(callId);
    const [line, shadowLine] = [await settledUsage(callId), await settledUsage(shadow.id)];
    expect(Number(shadowLine.cost_usd)).toBeGreaterThan(0);
    const [spent, spentByMember, spentByToken] = [
      await settled(admin, whole),
      await settled(admin, ofMember),
      await settled(admin, ofToken),
    ];
    expect(Number(spentByMember.spent_usd)).toBeCloseTo(Number(line.cost_usd), 12);
    expect(Number(spentByToken.spent_usd)).toBeCloseTo(Number(line.cost_usd), 12);
    expect(Number(spent.spent_usd)).toBeCloseTo(Number(line.cost_usd) + Number(shadowLine.cost_usd), 12);

    // Nor does it where a budget is made afterwards, and sums what there was.
    await admin.delete(`${BUDGETS}/${ofMember}`);
    const { body: anew } = await admin.get(
      `${BUDGETS}/${await createBudget(admin, { scope: 'user', subject_id: member.id })}`,
    );
    expect(Number(anew.spent_usd)).toBeCloseTo(Number(line.cost_usd), 12);
  });

  test('though its caller has nothing left', async () => {
    const { admin, caller } = await createPlace();
    await createBudget(admin, { scope: 'user', subject_id: member.id, amount_usd: '0' });
    const { status, body } = await caller.post(CHAT, uniqueChat().request);
    expect(status).toBe(200);
    expect(await shadowOf(body.metadata.call_id)).toMatchObject({ status: 'settled', has_budget: false });
  });

  test('unless it has nothing left: then there is none, and its caller does not notice', async () => {
    const { admin, caller } = await createPlace();
    await createBudget(admin, { amount_usd: '0' });
    const { id, request } = uniqueChat();
    const { status, body } = await caller.post(CHAT, request);
    expect(status).toBe(200);
    expect(await shadowOf(body.metadata.call_id)).toMatchObject({ status: 'abandoned' });
    expect(await stubCalls(id)).toMatchObject({ calls: 1 });
  });
});

describe('the report', () => {
  test('has both sides over the requests that both were asked', async () => {
    const { admin, caller, routeId } = await createPlace();
    const figures = { tokens: [0, 0], shadow: 0 };
    const calls: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { body } = await caller.post(CHAT, uniqueChat().request);
      calls.push(body.metadata.call_id);
    }
    for (const callId of calls) {
      const comparison = await comparisonOf(callId);
      const [line, shadow] = [await settledUsage(callId), await settledUsage(comparison.shadow_call_id)];
      figures.tokens[0]! += line.input_tokens;
      figures.tokens[1]! += shadow.output_tokens;
      figures.shadow += Number(shadow.cost_usd);
    }
    const { body: report } = await admin.get(`${ROUTES}/${routeId}/comparison`);
    expect(report).toMatchObject({ route_id: routeId, compared: 3, identical: 3, similarity: 1 });
    expect(report.sides).toMatchObject([
      { side: 'primary', ...SMALL, calls: 3, failed_calls: 0, input_tokens: figures.tokens[0], cost_usd: '0' },
      { side: 'shadow', ...second, calls: 3, failed_calls: 0, output_tokens: figures.tokens[1] },
    ]);
    expect(Number(report.sides[1].cost_usd)).toBeCloseTo(figures.shadow, 12);
    expect(report.sides.every((side: { latency_ms: number }) => side.latency_ms > 0)).toBe(true);

    expect((await caller.get(`${ROUTES}/${routeId}/comparison`)).status).toBe(403);
    await sql`update llm_comparisons set created_at = now() - interval '3 days' where route_id = ${routeId}`;
    const recent = await admin.get(`${ROUTES}/${routeId}/comparison`, { query: { days: 2 } });
    expect(recent.body).toMatchObject({ compared: 0, similarity: null, sides: [] });
    expect(
      (await caller.with({ 'X-Workspace-Id': member.workspaceId }).get(`${ROUTES}/${routeId}/comparison`)).status,
    ).toBe(404);
  });

  test('goes back ninety days, and what is older is deleted', async () => {
    const { caller, routeId } = await createPlace();
    const calls = [await caller.post(CHAT, uniqueChat().request), await caller.post(CHAT, uniqueChat().request)];
    const [old, young] = calls.map(({ body }) => body.metadata.call_id as string);
    await Promise.all([comparisonOf(old!), comparisonOf(young!)]);
    await sql`update llm_comparisons set created_at = now() - interval '91 days' where call_id = ${old!}`;
    await purgeDecisions(createTestCtx(), new Date());
    expect(await sql`select call_id from llm_comparisons where route_id = ${routeId}`).toEqual([{ call_id: young }]);
  });
});

describe('similarity', () => {
  test.each([
    ['the same', 'Rain falls.', 'Rain falls.', 1],
    ['nothing', '', '', 1],
    ['nothing and something', '', 'Rain', 0],
    ['no word in common', 'Rain falls', 'sun shines', 0],
    ['half of the words', 'rain falls today', 'rain stays', 0.4],
    ['a word as often as it occurs', 'no no no', 'no', 0.5],
    ['capitals and signs, which are no words', 'Rain, falls!', 'rain falls', 0.9999],
    ['words of any language', 'água é vida', 'água é morte', 0.6667],
  ])('of %s', (_, one, other, similarity) => {
    expect(similarityOf(one, other)).toBeCloseTo(similarity, 4);
    expect(similarityOf(other, one)).toBe(similarityOf(one, other));
  });
});
