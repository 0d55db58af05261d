import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, givePlan, type User } from '../../../helpers/actors.ts';
import type { Client } from '../../../helpers/api.ts';
import { sql } from '../../../helpers/database.ts';
import { createWorkflow, definition, recorded, start, transform, trigger } from '../../../helpers/executions.ts';
import { createPricedModel, PRICES, stubCallsOf, type LocalModel } from '../../../helpers/llm.ts';
import { atAllowedHost, openRemote } from '../../../helpers/remote.ts';
import { createToken } from '../../../helpers/tokens.ts';

let user: User;
let model: LocalModel;
beforeAll(async () => {
  [user, model] = await Promise.all([createUser(), createPricedModel()]);
});

async function simulate(client: Client, id: string, request: object = {}): Promise<any> {
  const { status, body } = await client.post(`/api/v1/workflows/${id}/simulate`, request);
  if (status !== 200) throw new Error(`not simulated: ${JSON.stringify(body)}`);
  return body;
}

/** What is foreseen of a new workflow. */
const foresee = async (flow: object, request: object = {}, client: User = user) =>
  simulate(client, await createWorkflow(client, flow), request);

const nodesIn = (simulation: any): Record<string, any> =>
  Object.fromEntries(simulation.nodes.map((node: any) => [node.node_id, node]));

const ask = (prompt: string, more: object = {}) => ({ type: 'llm', config: { ...model, prompt, ...more } });

const delay = (ms: number) => ({ type: 'delay', config: { ms } });

test('nothing is spent, nobody is called, and nothing is kept', async () => {
  const remote = openRemote();
  const reusable = await user.post('/api/v1/nodes', { name: 'Double', type: 'operation', code_template: '$ * 2' });
  const id = await createWorkflow(
    user,
    definition({
      start: trigger,
      post: { type: 'http', config: { method: 'POST', url: atAllowedHost(remote.url('hook')), body: {} } },
      look: { type: 'http', config: { url: atAllowedHost(remote.url('echo')) } },
      double: { type: 'node', config: { node_id: reusable.body.id } },
      ask: ask('Hello'),
      mail: { type: 'notify', config: { message: 'Done' } },
    }),
  );
  const counted = () => sql`
    select (select count(*)::int from workflow_executions where workspace_id = ${user.workspaceId}) as executions,
      (select count(*)::int from llm_calls where workspace_id = ${user.workspaceId}) as calls,
      (select count(*)::int from llm_route_decisions where workspace_id = ${user.workspaceId}) as decisions,
      (select count(*)::int from mail_outbox where user_id = ${user.id}) as letters,
      (select usage_count from nodes where id = ${reusable.body.id}) as uses`;
  const before = await counted();
  for (const request of [{}, { inputs: { n: 1 } }]) {
    expect(await simulate(user, id, request)).toMatchObject({ is_runnable: true, missing: [] });
  }
  expect(await counted()).toEqual(before);
  expect(await remote.stats()).toMatchObject({ hits: 0 });
  expect(await stubCallsOf(model.model)).toMatchObject({ calls: 0 });
});

describe('what is wrong', () => {
  test('is told fault by fault, and then nothing more is foreseen', async () => {
    const body = await foresee(
      definition({ start: trigger, odd: { type: 'no_such_type' }, lost: transform('1') }, ['start>odd']),
    );
    expect(body).toMatchObject({
      is_runnable: false,
      errors: [{ code: 'unknown_type', node_id: 'odd', pointer: '/nodes/1/type' }],
      warnings: [{ code: 'unreachable', node_id: 'lost' }],
      duration_ms: null,
      cost_usd: null,
      nodes: [],
      budget: null,
    });
  });

  test('is also what is not saved yet', async () => {
    const id = await createWorkflow(user, definition({ start: trigger }));
    const draft = definition({ start: trigger, say: { type: 'set', config: { values: { a: '${NOT_THERE}' } } } });
    expect(await simulate(user, id, { definition: draft })).toMatchObject({
      version: null,
      is_runnable: false,
      missing: [{ kind: 'variable', node_id: 'say', name: 'NOT_THERE' }],
    });
    expect(await simulate(user, id)).toMatchObject({ version: 1, is_runnable: true });
    // Whatever shape it is in.
    const broken = { nodes: [{ id: 'a', type: 'loop' }, 7, { id: 'a' }], edges: [{ source: 'a', target: 'b' }] };
    const { is_runnable: isRunnable, errors } = await simulate(user, id, { definition: broken });
    expect(isRunnable).toBe(false);
    expect(errors.map(({ code }: any) => code)).toEqual(
      expect.arrayContaining(['not_a_node', 'duplicate_id', 'unknown_node']),
    );
  });

  test('is foreseen of the version that would run', async () => {
    const id = await createWorkflow(user, definition({ start: trigger }));
    await user.post(`/api/v1/workflows/${id}/deployments`);
    await user.put(`/api/v1/workflows/${id}`, { definition: definition({ start: trigger, nap: delay(50) }) });
    expect(await simulate(user, id)).toMatchObject({ version: 1, critical_path: ['start'] });
    expect(await simulate(user, id, { stage: 'draft' })).toMatchObject({ version: 2, critical_path: ['start', 'nap'] });
    expect(await simulate(user, id, { version: 2 })).toMatchObject({ version: 2 });
    const answer = await user.post(`/api/v1/workflows/${id}/simulate`, { version: 3 });
    expect(answer).toMatchObject({ status: 404 });
  });
});

describe('what is missing', () => {
  test('are variables that have no value, and those that somebody else’s work is not granted', async () => {
    const workspaceId = await createWorkspace(user);
    const member = await createUser();
    await addMember(workspaceId, member, 'member');
    const there = member.with({ 'X-Workspace-Id': workspaceId });
    await there.post('/api/v1/user-variables', { key: 'OF_MEMBER', value: 'kept' });
    const flow = definition({
      start: trigger,
      say: { type: 'set', config: { values: { a: '${OF_MEMBER} ${NOBODYS}' } } },
    });
    const made = await user.post(
      '/api/v1/workflows',
      { name: 'Flow', definition: flow },
      { headers: { 'X-Workspace-Id': workspaceId } },
    );
    const { id } = made.body;
    expect(await simulate(member, id)).toMatchObject({
      is_runnable: false,
      missing: [
        { kind: 'grant', node_id: 'say', name: 'OF_MEMBER' },
        { kind: 'variable', node_id: 'say', name: 'NOBODYS' },
      ],
    });
    const granted = { grant_variables: ['OF_MEMBER'], variables: { NOBODYS: 'given' } };
    expect(await simulate(member, id, granted)).toMatchObject({ is_runnable: true, missing: [] });
    expect((await simulate(user, id)).missing.map(({ kind }: any) => kind)).toEqual(['variable', 'variable']);
  });

  test('are keys of providers, models, routes and the right to call any', async () => {
    const flow = definition({
      start: trigger,
      keyless: { type: 'llm', config: { provider: 'openai', model: 'gpt-4o', prompt: 'Hello' } },
      unknown: { type: 'llm', config: { provider: 'local', model: 'no-such-model', prompt: 'Hello' } },
      routed: { type: 'llm', config: { route: 'no-such-route', prompt: 'Hello' } },
      open: { type: 'llm', config: { ...model, model: '{{trigger.model}}', prompt: 'Hello' } },
    });
    const id = await createWorkflow(user, flow);
    const body = await simulate(user, id);
    expect(body.is_runnable).toBe(false);
    expect(body.missing.map(({ kind, node_id: node }: any) => [node, kind])).toEqual([
      ['keyless', 'provider_key'],
      ['unknown', 'model'],
      ['routed', 'route'],
    ]);
    expect(body.remarks).toMatchObject([{ kind: 'undecided', node_id: 'open' }]);
    await user.post('/api/v1/user-variables/api-keys/openai', { value: 'sk-invented-1234567890abcd' });
    expect((await simulate(user, id)).missing.map(({ node_id: node }: any) => node)).toEqual(['unknown', 'routed']);
    const token = await createToken(user, ['workflows:read', 'workflows:execute']);
    expect((await simulate(token, id)).missing[0]).toMatchObject({ kind: 'permission', node_id: 'keyless' });
  });

  test('is soon a model that its provider gives up, which is a warning until then', async () => {
    const old = await createPricedModel({ ...PRICES, deprecated_on: '2026-01-01', retired_on: '2099-01-01' });
    const body = await foresee(definition({ start: trigger, ask: ask('Hello', old) }));
    expect(body).toMatchObject({ is_runnable: true, remarks: [{ kind: 'deprecated', node_id: 'ask' }] });
    expect(body.remarks[0].message).toContain('2099-01-01');
    const gone = await createPricedModel({ ...PRICES, retired_on: '2026-01-01' });
    expect(await foresee(definition({ start: trigger, ask: ask('Hello', gone) }))).toMatchObject({
      is_runnable: false,
      missing: [{ kind: 'model', node_id: 'ask' }],
    });
  });
});

describe('what it takes', () => {
  test('is of what nobody has measured what it says itself, its limits and its prices', async () => {
    const body = await foresee(
      definition(
        {
          start: trigger,
          nap: delay(1_500),
          fetch: { type: 'http', config: { url: 'https://api.example.test', timeout: 7 } },
          ask: ask('Write a word.', { max_tokens: 100 }),
          join: { type: 'merge' },
        },
        ['start>nap', 'start>fetch', 'fetch>ask', 'nap>join', 'ask>join'],
      ),
    );
    const { nap, fetch, ask: asked } = nodesIn(body);
    expect(nap).toMatchObject({ basis: 'exact', duration_ms: { low: 1_500, expected: 1_500, high: 1_500 } });
    expect(fetch).toMatchObject({ basis: 'estimate', duration_ms: { high: 7_000 }, probability: 1 });
    expect(body.duration_ms).toMatchObject({ basis: 'estimate', confidence: null });
    expect(body.duration_ms.low).toBeGreaterThanOrEqual(1_500);
    expect(body.duration_ms.high).toBeGreaterThan(7_000);
    // No token is shorter than a byte, and no answer longer than it may be.
    expect(asked.cost_usd.high).toBeGreaterThan(100 * 0.00001);
    expect(asked.cost_usd.high).toBeLessThan(100 * 0.00001 + 200 * 0.0000025);
    expect(asked.cost_usd.low).toBeGreaterThan(0);
    expect(body.cost_usd.high).toBeCloseTo(asked.cost_usd.high);
    expect(body.critical_path).toEqual(['start', 'fetch', 'ask', 'join']);
  });

  test('is the longest way that is taken, where several are at once', async () => {
    const flow = definition(
      {
        start: trigger,
        short: delay(100),
        long: delay(900),
        join: { type: 'merge' },
        first: { type: 'merge', config: { mode: 'any' } },
      },
      ['start>short', 'start>long', 'short>join', 'long>join', 'short>first', 'long>first'],
    );
    const body = await foresee(flow);
    expect(body.critical_path).toEqual(['start', 'long', 'join']);
    expect(nodesIn(body)).toMatchObject({ short: { on_critical_path: false }, long: { on_critical_path: true } });
    expect(body.duration_ms.low).toBeGreaterThanOrEqual(900);
    expect(body.duration_ms.high).toBeLessThan(1_400);
  });

  test('follows from what it is started with, as far as that can be computed', async () => {
    const flow = definition(
      {
        start: trigger,
        size: { type: 'set', config: { expressions: { total: '$sum(orders.price)' }, keep_input: true } },
        check: { type: 'condition', config: { expression: 'total > 100' } },
        each: { type: 'loop', config: { items: 'orders', parallelism: 2 } },
        item: delay(400),
        ask: ask('{{trigger.text}}', { max_tokens: 1 }),
        fetch: { type: 'http', config: { url: 'https://api.example.test' } },
        late: { type: 'condition', config: { expression: 'status = 200' } },
        one: transform('1'),
        two: transform('2'),
      },
      ['start>size', 'size>check', 'check.true>each', 'each.item>item', 'check.false>ask'].concat([
        'start>fetch',
        'fetch>late',
        'late.true>one',
        'late.false>two',
      ]),
    );
    const id = await createWorkflow(user, flow);
    const orders = (count: number) => Array.from({ length: count }, () => ({ price: 60 }));
    const many = nodesIn(await simulate(user, id, { inputs: { orders: orders(6), text: '' } }));
    expect(many).toMatchObject({
      each: { probability: 1 },
      ask: { probability: 0 },
      item: { expected_runs: 6, duration_ms: { expected: 2_400 } },
    });
    const whole = await simulate(user, id, { inputs: { orders: orders(6), text: '' } });
    // Two at a time.
    expect(whole.duration_ms.low).toBeGreaterThanOrEqual(1_200);
    const [short, long] = await Promise.all(
      [10, 1_000].map((words) => simulate(user, id, { inputs: { orders: orders(1), text: 'word '.repeat(words) } })),
    );
    expect(nodesIn(short)).toMatchObject({
      each: { probability: 0 },
      item: { expected_runs: 0 },
      ask: { probability: 1 },
    });
    // A word is a token, more or less.
    const difference = nodesIn(long).ask.cost_usd.low - nodesIn(short).ask.cost_usd.low;
    expect(difference / 0.0000025).toBeGreaterThan(900);
    expect(difference / 0.0000025).toBeLessThan(1_100);
    // What a server will answer nobody knows.
    const { late, one, two } = nodesIn(short);
    expect(late.probability).toBe(1);
    expect(one.probability + two.probability).toBeCloseTo(1);
    expect(one.probability).toBeGreaterThan(0.2);
    expect(one.probability).toBeLessThan(0.8);
  });

  test('ends where something is bound to fail, which is said', async () => {
    const flow = definition({ start: trigger, sum: transform('$sum(orders)'), nap: delay(1_000) });
    const id = await createWorkflow(user, flow);
    const body = await simulate(user, id, { inputs: { orders: ['no number'] } });
    expect(body.remarks).toMatchObject([{ kind: 'failure', node_id: 'sum' }]);
    expect(nodesIn(body)).toMatchObject({ nap: { probability: 0 } });
    expect((await simulate(user, id, { inputs: { orders: [1] } })).remarks).toEqual([]);
  });

  test('is the same for the same question, and is told by nobody else’s executions', async () => {
    const owner = await createUser();
    const fetch = { type: 'http', config: { url: atAllowedHost(openRemote().url('echo')) } };
    const flow = definition({ start: trigger, fetch });
    const id = await createWorkflow(owner, flow, { is_public: true });
    for (let times = 0; times < 12; times++) await recorded(await start(owner, id));
    const own = await simulate(owner, id);
    expect(own).toMatchObject({ duration_ms: { basis: 'history', samples: 12 } });
    expect(await simulate(owner, id)).toMatchObject({ duration_ms: own.duration_ms, nodes: own.nodes });
    const stranger = await createUser();
    expect(await simulate(stranger, id)).toMatchObject({ duration_ms: { basis: 'estimate', samples: 0 } });
    // Another workflow of the same workspace learns from nodes of that kind.
    const other = await foresee(definition({ start: trigger, hand: transform('$'), fetch }), {}, owner);
    expect(nodesIn(other)).toMatchObject({ fetch: { basis: 'similar_nodes', samples: 12 } });
  });
});

describe('what has no end', () => {
  /** Loops one inside another, each of as many items as one takes. */
  const nested = (depth: number) => {
    const loops = Array.from({ length: depth }, (_, at) => `l${at}`);
    return definition(
      {
        start: trigger,
        ...Object.fromEntries(loops.map((id) => [id, { type: 'loop', config: { items: '[1..10000]' } }])),
        body: transform('$item * 2'),
        end: transform('1'),
      },
      ['start>l0', ...loops.map((id, at) => `${id}.item>${loops[at + 1] ?? 'body'}`), 'l0.done>end'],
    );
  };

  test.each([1, 2, 3])('is foreseen in bounded time: %i loops of 10,000 one inside another', async (depth) => {
    const id = await createWorkflow(user, nested(depth));
    for (const request of [{}, { inputs: {} }]) {
      const found = await simulate(user, id, request);
      const runs = found.nodes.reduce((sum: number, { expected_runs: one }: any) => sum + one, 0);
      // As many as an execution runs, and a few that were about to begin.
      expect(runs).toBeLessThan(20_100);
      expect(found.duration_ms.high).toBeGreaterThan(0);
      if (request.inputs && depth > 1) expect(runs).toBeGreaterThan(9_000);
    }
  });

  test('computes no more nodes beforehand than it says, and no longer than an expression may take', async () => {
    const forever = transform('($f := function($n) { $f($n + 1) }; $f(1))');
    const found = await foresee(definition({ start: trigger, forever, end: transform('1') }), { inputs: {} });
    expect(found.remarks).toMatchObject([{ kind: 'failure', node_id: 'forever' }]);
    expect(nodesIn(found)['end']).toMatchObject({ probability: 0 });
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`n${at}`, transform('[1..1000]')]));
    expect(await foresee(definition({ start: trigger, ...many }), { inputs: {} })).toMatchObject({ is_runnable: true });
  });
});

describe('whether that is allowed', () => {
  test('is judged by what is left of each budget that counts it', async () => {
    const workspaceId = await createWorkspace(user);
    const client = user.with({ 'X-Workspace-Id': workspaceId });
    const flow = definition({ start: trigger, ask: ask('Hello', { max_tokens: 1_000 }) });
    const { body: made } = await client.post('/api/v1/workflows', { name: 'Flow', definition: flow });
    expect(await simulate(user, made.id)).toMatchObject({ budget: { verdict: 'not_counted', budgets: [] } });
    const { body: budget } = await client.post('/api/v1/llm/budgets', { amount_usd: '5', period: 'month' });
    const within = await simulate(user, made.id);
    expect(within).toMatchObject({
      is_runnable: true,
      budget: { verdict: 'within', budgets: [{ budget_id: budget.id, scope: 'workspace', remaining_usd: '5' }] },
    });
    // A thousand tokens are set aside for the answer, whatever is expected.
    expect(within.budget.reserved_usd).toBeGreaterThan(0.01);
    await client.patch(`/api/v1/llm/budgets/${budget.id}`, { amount_usd: '0.009' });
    const { budget: exceeded, cost_usd: cost } = await simulate(user, made.id);
    expect(cost.expected).toBeLessThan(0.009);
    expect(exceeded).toMatchObject({ verdict: 'exceeds', budgets: [{ remaining_usd: '0.009', verdict: 'exceeds' }] });
    // Two of them, one after the other, may be more than is left.
    const both = definition({
      start: trigger,
      one: ask('Hello', { max_tokens: 1_000 }),
      two: ask('Hello', { max_tokens: 1_000 }),
    });
    await client.patch(`/api/v1/llm/budgets/${budget.id}`, { amount_usd: '0.015' });
    expect(await simulate(user, made.id, { definition: both })).toMatchObject({ budget: { verdict: 'at_risk' } });
    const free = definition({ start: trigger });
    expect(await simulate(user, made.id, { definition: free })).toMatchObject({ budget: { verdict: 'not_counted' } });
  });

  test('is judged by the plan, the queue, and what holds it', async () => {
    const someone = await createUser();
    const id = await createWorkflow(
      someone,
      definition({ start: trigger, nap: { type: 'delay', config: { seconds: 600 } } }),
    );
    const first = await simulate(someone, id);
    expect(first.start).toMatchObject({ refusal: null, waits: null, executions_of_month: { used: 0 } });
    expect(Math.abs(Date.parse(first.start.expected_start_at) - Date.now())).toBeLessThan(60_000);
    const settings = `/api/v1/workspaces/${someone.workspaceId}/execution-settings`;
    await someone.put(settings, { max_concurrent_executions: 1 });
    // What only sleeps would give back its place.
    const silent = { type: 'http', config: { url: atAllowedHost(openRemote().url('silent')), timeout: 60 } };
    const running = await start(someone, await createWorkflow(someone, definition({ start: trigger, silent })));
    expect((await simulate(someone, id)).start).toMatchObject({
      waits: 'workspace_limit',
      executions_of_month: { used: 1 },
      open_executions: { used: 1 },
    });
    await someone.put(settings, { is_paused: true });
    expect((await simulate(someone, id)).start).toMatchObject({ waits: 'pause', expected_start_at: null });
    await sql`
      insert into workflow_executions (workspace_id, status)
      select ${someone.workspaceId}, 'completed' from plans, generate_series(1, max_executions_per_month) where slug = 'free'`;
    expect((await simulate(someone, id)).start).toMatchObject({ refusal: 'limit_reached', expected_start_at: null });
    await givePlan(someone, 'enterprise');
    expect((await simulate(someone, id)).start).toMatchObject({
      refusal: null,
      executions_of_month: { used: null, limit: null },
    });
    await someone.post(`/api/v1/executions/${running}/control`, { action: 'cancel' });
    await someone.patch(`/api/v1/workflows/${id}`, { status: 'archived' });
    expect(await simulate(someone, id)).toMatchObject({ is_runnable: false, errors: [], missing: [] });
  });
});
