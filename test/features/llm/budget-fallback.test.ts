import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  chat,
  createPricedModel,
  ledgerOf,
  readFrames,
  stubAs,
  stubCallsOf,
  textOf,
  type LocalModel,
} from '../../helpers/llm.ts';
import { apiWith } from '../../helpers/environment.ts';
import { createRoute } from '../../helpers/llm-routes.ts';

const CHAT = '/api/v1/llm/chat';
const BUDGETS = '/api/v1/llm/budgets';

/** What fits a budget of five dollars, what does not, and what nobody can tell. */
let fit: LocalModel;
let dear: LocalModel;
let dearer: LocalModel;
let unpriced: LocalModel;
beforeAll(async () => {
  [fit, dear, dearer, unpriced] = await Promise.all([
    createPricedModel(),
    createPricedModel({ cost_per_token_input: '1', cost_per_token_output: '1' }),
    createPricedModel({ cost_per_token_input: '1', cost_per_token_output: '1' }),
    createPricedModel({}),
  ]);
});

let spender: User;
let budgetId: string;
beforeAll(async () => {
  spender = await createUser();
  budgetId = await createBudget(spender);
});

async function createBudget(user: User): Promise<string> {
  const { status, body } = await user.post(BUDGETS, { amount_usd: '5', period: 'month' });
  expect(status).toBe(201);
  return body.id;
}

/** The budget, once nothing is set aside any more. */
const released = (user: User, id: string) =>
  eventually(async () => {
    const { body } = await user.get(`${BUDGETS}/${id}`);
    return body.reserved_usd === '0' && body;
  });

const callsOf = (user: User) =>
  sql`select model, status, price_input::float8 as price_input from llm_calls where created_by = ${user.id} order by started_at`;

describe('a first model that the budget does not allow', () => {
  test.each([false, true])('is passed over, and the next one answers, with %s as stream', async (stream) => {
    const before = await released(spender, budgetId);
    const more = { ...dear, fallbacks: [unpriced, fit], stream };
    const { status, body, response, headers } = await spender.post(CHAT, chat('Hello', more));
    expect({ status, body }).toMatchObject({ status: 200 });
    const frames = stream ? await readFrames(response) : [];
    const { route, model, call_id: callId } = stream ? (frames.at(-1) as any) : { ...body, ...body.metadata };
    expect(stream ? textOf(frames) : body.content).toContain('Hello');
    expect(model).toBe(fit.model);
    if (stream) expect(headers.get('x-llm-call-id')).toBe(callId);
    expect(route.passed).toEqual([
      { ...dear, reason: 'budget_exceeded', detail: expect.stringContaining('of the budget workspace/month are left') },
      { ...unpriced, reason: 'model_unpriced', detail: expect.any(String) },
    ]);
    expect(route.attempts).toMatchObject([{ ...fit, call_id: callId, status: 'success' }]);
    // The call is recorded as what it was: one to the model that answered, at its price.
    const [line, ...others] = await ledgerOf(callId, 1);
    expect(others).toEqual([]);
    expect(line).toMatchObject({ call_id: callId, model: fit.model, price_input: 2.5e-6, price_output: 1e-5 });
    expect(Number(line!.billed_usd)).toBe(Number(route.attempts[0].cost_usd));
    const [call] = await sql`select provider, model, status, llm_id from llm_calls where id = ${callId}`;
    const [entry] = await sql`select id from llms where name = ${fit.model}`;
    expect(call).toEqual({ ...fit, status: 'settled', llm_id: entry!.id });
    const after = await released(spender, budgetId);
    expect(Number(after.spent_usd) - Number(before.spent_usd)).toBeCloseTo(Number(line!.cost_usd), 12);
    expect((await stubCallsOf(dear.model)).calls).toBe(0);
  });

  test('of a route is passed over as well, also for clients of OpenAI’s', async () => {
    const { name } = await createRoute(spender, { targets: [dear, fit] });
    const { body } = await spender.post(CHAT, chat('Hello', { route: name }));
    expect(body).toMatchObject({ model: fit.model, metadata: { route: { name } } });
    expect(body.metadata.route.passed).toMatchObject([{ ...dear, reason: 'budget_exceeded' }]);
    const openai = await spender.post('/v1/chat/completions', chat('Hello', { model: `route/${name}` }));
    expect(openai.body).toMatchObject({ model: fit.model, route: { passed: [{ reason: 'budget_exceeded' }] } });
  });

  test('is followed by what costs the budget nothing: a key of one’s own', async () => {
    const owner = await createUser();
    await createBudget(owner);
    await owner.post('/api/v1/user-variables/api-keys/openai', { value: 'sk-of-the-user-0123456789' });
    const client = apiWith({ OPENAI_BASE_URL: stubAs('openai') }).as(owner);
    const fallbacks = [{ provider: 'openai', model: 'gpt-4o' }];
    const { body } = await client.post(CHAT, chat('Hello', { ...dear, fallbacks }));
    expect(body).toMatchObject({ provider: 'openai', model: 'gpt-4o', metadata: { user_api_key: true } });
    expect(await ledgerOf(body.metadata.call_id, 1)).toMatchObject([
      { model: 'gpt-4o', user_api_key_used: true, billed_usd: null },
    ]);
  });

  test('does not keep the one after the next from going on', async () => {
    const id = crypto.randomUUID();
    const fallbacks = [fit, dearer, fit];
    const said = `[[stub id=${id} times=1 status=500]] Hello`;
    const { body } = await spender.post(CHAT, chat(said, { ...dear, fallbacks }));
    const { attempts, passed } = body.metadata.route;
    expect(attempts).toMatchObject([
      { model: fit.model, status: 'error' },
      { model: fit.model, status: 'success' },
    ]);
    expect(passed).toMatchObject([
      { ...dear, reason: 'budget_exceeded' },
      { ...dearer, reason: 'budget_exceeded' },
    ]);
    await ledgerOf(body.metadata.call_id, 2);
    await released(spender, budgetId);
  });
});

describe('where the budget allows none', () => {
  test.each([
    ['all of them cost too much', () => [dear, dearer], 402, 'budget_exceeded'],
    ['one costs too much, and the other nobody knows what', () => [unpriced, dear], 402, 'budget_exceeded'],
    ['nobody knows what any of them costs', () => [unpriced, unpriced], 422, 'model_unpriced'],
  ])('the call is refused and nothing spent: %s', async (_, models, status, code) => {
    const user = await createUser();
    const id = await createBudget(user);
    const [first, ...fallbacks] = models();
    for (const stream of [false, true]) {
      const refused = await user.post(CHAT, chat('Hello', { ...first, fallbacks, stream }));
      expect(refused).toMatchObject({ status, body: { code } });
    }
    expect(await callsOf(user)).toMatchObject([{ status: 'abandoned' }, { status: 'abandoned' }]);
    expect(await user.get(`${BUDGETS}/${id}`)).toMatchObject({ body: { spent_usd: '0', reserved_usd: '0' } });
  });
});
