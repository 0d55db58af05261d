import { beforeAll, describe, expect, test } from 'vitest';
import { fromPico, toPico } from '../../../src/core/decimal.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { api, type Client } from '../../helpers/api.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { chat as chatWith, createPricedModel, PRICES, settledUsage, stubCallsOf } from '../../helpers/llm.ts';

const BUDGETS = '/api/v1/llm/budgets';
const CHAT = '/api/v1/llm/chat';

let owner: User;
let priced: { provider: string; model: string };
beforeAll(async () => {
  [owner, priced] = await Promise.all([createUser(), createPricedModel()]);
});

const chat = (content: string, more: object = {}) => chatWith(content, { ...priced, ...more });

/** A workspace of its own, and a client that works there. */
async function createPlace(user: User): Promise<{ id: string; client: Client }> {
  const id = await createWorkspace(user);
  return { id, client: user.with({ 'X-Workspace-Id': id }) };
}

async function createBudget(client: Client, amount: string, fields: object = { period: 'month' }) {
  const { status, body } = await client.post(BUDGETS, { amount_usd: amount, ...fields });
  expect(status).toBe(201);
  return body;
}

/** Waits until nothing is reserved any more. */
const settled = (client: Client, id: string) =>
  eventually(async () => {
    const { body } = await client.get(`${BUDGETS}/${id}`);
    return body.reserved_usd === '0' && body;
  });

const spentIn = async (workspaceId: string): Promise<number> => {
  const [row] =
    await sql`select coalesce(sum(cost_usd), 0)::float8 as total from llms_usage_logs where workspace_id = ${workspaceId}`;
  return row!.total;
};

describe('a budget', () => {
  test('shows what is spent, reserved and left, and begins anew with its period', async () => {
    const { client } = await createPlace(owner);
    const budget = await createBudget(client, '1.5');
    expect(budget).toMatchObject({
      scope: 'workspace',
      amount_usd_exact: '1.5',
      spent_usd: '0',
      reserved_usd: '0',
      remaining_usd: '1.5',
    });
    expect(new Date(budget.period_end).getUTCDate()).toBe(1);
    const { body } = await client.post(CHAT, chat('Spend a little'));
    const line = await settledUsage(body.metadata.call_id);
    const after = await settled(client, budget.id);
    expect(Number(after.spent_usd)).toBe(Number(line.cost_usd));
    expect(Number(after.remaining_usd)).toBeCloseTo(1.5 - Number(line.cost_usd), 12);
    expect((await client.get(BUDGETS)).body).toEqual([after]);
  });

  test('refuses with 402 what may cost more than is left, before anything is spent', async () => {
    const { id, client } = await createPlace(owner);
    const budget = await createBudget(client, '0.000000000001');
    const refused = await client.post(CHAT, chat('Too dear'));
    expect(refused).toMatchObject({
      status: 402,
      body: { code: 'budget_exceeded', type: '/problems/budget_exceeded' },
    });
    expect(refused.body.detail).toContain('workspace/month');
    expect(await sql`select status from llm_calls where workspace_id = ${id}`).toEqual([{ status: 'abandoned' }]);
    expect(await spentIn(id)).toBe(0);

    expect((await client.patch(`${BUDGETS}/${budget.id}`, { amount_usd: 1 })).body.remaining_usd).toBe('1');
    expect((await client.post(CHAT, chat('Now it is fine'))).status).toBe(200);
    expect((await client.delete(`${BUDGETS}/${budget.id}`)).status).toBe(200);
    expect((await client.get(`${BUDGETS}/${budget.id}`)).status).toBe(404);
  });

  test('is one for each subject and period, of people and tokens of the workspace', async () => {
    const { id, client } = await createPlace(owner);
    await createBudget(client, '1');
    const again = await client.post(BUDGETS, { amount_usd: '2', period: 'month' });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    const nobody = await client.post(BUDGETS, { amount_usd: 1, period: 'day', scope: 'user' });
    expect(nobody.body.errors[0].loc).toEqual(['body', 'subject_id']);
    const stranger = await createUser();
    const foreign = { amount_usd: 1, period: 'day', scope: 'user', subject_id: stranger.id };
    expect((await client.post(BUDGETS, foreign)).status).toBe(404);
    await addMember(id, stranger, 'member');
    expect((await client.post(BUDGETS, foreign)).status).toBe(201);
    const member = stranger.with({ 'X-Workspace-Id': id });
    expect((await member.get(BUDGETS)).body).toHaveLength(2);
    expect((await member.post(BUDGETS, { amount_usd: 1, period: 'total' })).status).toBe(403);
  });
});

test('a member’s and a token’s budgets are for their own calls', async () => {
  const { id, client } = await createPlace(owner);
  const member = await createUser();
  await addMember(id, member, 'member');
  const { body: created } = await client.post('/api/v1/auth/tokens', {
    name: 'Calls',
    scopes: ['llm:invoke'],
    workspace_id: id,
  });
  await createBudget(client, '0', { period: 'day', scope: 'user', subject_id: member.id });
  await createBudget(client, '0', { period: 'total', scope: 'access_token', subject_id: created.id });
  expect((await member.with({ 'X-Workspace-Id': id }).post(CHAT, chat('Mine is empty'))).status).toBe(402);
  expect((await api.as({ accessToken: created.token }).post(CHAT, chat('So is the token’s'))).status).toBe(402);
  expect((await client.post(CHAT, chat('Not mine'))).status).toBe(200);
});

test('many calls at once spend no more than there is, and what they do not use is there again', async () => {
  const { id, client } = await createPlace(owner);
  const probe = await client.post(CHAT, chat('How much is one?', { max_tokens: 20 }));
  const { cost_usd: cost } = await settledUsage(probe.body.metadata.call_id);
  const before = await spentIn(id);
  const worst = await worstCase(client);
  const amount = (before + worst * 4).toFixed(12);
  const budget = await createBudget(client, amount);
  const answers = await Promise.all(
    Array.from({ length: 60 }, () => client.post(CHAT, chat('How much is one?', { max_tokens: 20 }))),
  );
  const statuses = answers.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 402]));
  await settled(client, budget.id);
  expect(await spentIn(id)).toBeLessThanOrEqual(Number(amount));
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
  expect(await sql`select from llm_calls where workspace_id = ${id} and status = 'started'`).toEqual([]);
  const [{ count }] = (await sql`select count(*)::int from llms_usage_logs where workspace_id = ${id}`) as [
    { count: number },
  ];
  expect(count).toBe(1 + statuses.filter((status) => status === 200).length);
  // Each of them costs far less than it might: what is left is enough for another.
  expect(Number(cost)).toBeLessThan(worst);
});

test('of 500 calls at once against a budget for 10, ten are made at the most, as the provider’s meter shows', async () => {
  const { id, client } = await createPlace(owner);
  const rich = await createPricedModel();
  const request = chatWith('How much is one?', { ...rich, max_tokens: 20 });
  const worst = await worstCase(client, rich);
  const budget = await createBudget(client, (worst * 10).toFixed(12));
  const answers = await Promise.all(Array.from({ length: 500 }, () => client.post(CHAT, request)));
  const count = (status: number, code?: string) =>
    answers.filter(({ status: got, body, headers }) => {
      if (got === 503) expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
      return got === status && body.code === code;
    }).length;
  const [made, refused] = [count(200), count(402, 'budget_exceeded')];
  // A busy machine may say that it is, but nothing else, and not to most of them.
  const busy = count(503, 'database_unavailable') + count(503, 'service_unavailable');
  expect({ made, refused, busy, others: 500 - made - refused - busy }).toMatchObject({ others: 0 });
  expect(made).toBeGreaterThan(0);
  expect(busy).toBeLessThan(250);
  // What lost its way is given up, as by the sweep, which would do so with those of other tests as well.
  const selectOpen = () => sql`select id from llm_calls where workspace_id = ${id} and status = 'started'`;
  const { jobs } = createTestSystemCtx();
  await jobs.send('llm.settle', ...(await selectOpen()).map((call) => ({ callId: call.id as string })));
  await eventually(async () => (await selectOpen()).length === 0);
  const { spent_usd: spent } = await settled(client, budget.id);
  expect(Number(spent)).toBeGreaterThan(0);
  expect(Number(spent)).toBeLessThanOrEqual(Number(budget.amount_usd_exact));
  // What was refused never reached the provider, and what it charges for is what was spent.
  const { calls, metered } = await stubCallsOf(rich.model);
  expect(metered.calls).toBe(calls);
  // One whose answer was lost on its way may have been made.
  expect(calls).toBeGreaterThanOrEqual(made);
  expect(calls).toBeLessThanOrEqual(made + busy);
  const { cost_per_token_input: input, cost_per_token_output: output } = PRICES;
  const charge = BigInt(metered.prompt_tokens) * toPico(input) + BigInt(metered.completion_tokens) * toPico(output);
  expect(spent).toBe(fromPico(charge));
  const records = await sql`
    select count(*) filter (where status = 'settled')::int as settled,
      count(*) filter (where status = 'abandoned')::int as abandoned, count(*)::int as all
    from llm_calls where workspace_id = ${id}`;
  // Besides those of the race, the one that asked for the price.
  const { settled: paid, abandoned, all } = records[0]!;
  expect(paid).toBe(calls);
  expect(paid + abandoned).toBe(all);
  expect(all).toBeGreaterThanOrEqual(made + refused + 1);
  expect(all).toBeLessThanOrEqual(501);
}, 90_000);

test('a model without a price is not called where a budget counts, and nothing is spent', async () => {
  const { id, client } = await createPlace(owner);
  const [unpriced, halfPriced] = await Promise.all([
    createPricedModel({}),
    createPricedModel({ cost_per_token_input: '0.000001' }),
  ]);
  expect((await client.post(CHAT, chatWith('No budget', unpriced))).status).toBe(200);
  await createBudget(client, '5');
  for (const model of [unpriced, halfPriced])
    for (const stream of [false, true]) {
      const refused = await client.post(CHAT, chatWith('Priceless', { ...model, stream }));
      expect(refused).toMatchObject({ status: 422, body: { code: 'model_unpriced' } });
      expect(refused.body.detail).toContain(model.model);
    }
  expect((await stubCallsOf(unpriced.model)).calls).toBe(1);
  expect((await stubCallsOf(halfPriced.model)).calls).toBe(0);
  const statuses = await sql`select status from llm_calls where workspace_id = ${id} and status <> 'settled'`;
  expect(statuses.filter(({ status }) => status === 'abandoned')).toHaveLength(4);
  // That it is free is a price, too.
  expect((await client.post(CHAT, chatWith('Free of charge'))).status).toBe(200);
});

/** What one such call reserves, read from the refusal of one that has nothing. */
async function worstCase(client: Client, model = priced): Promise<number> {
  const budget = await createBudget(client, '0', { period: 'day' });
  const { body } = await client.post(CHAT, chatWith('How much is one?', { ...model, max_tokens: 20 }));
  await client.delete(`${BUDGETS}/${budget.id}`);
  return Number(/cost ([\d.]+) US dollars/.exec(body.detail)![1]);
}
