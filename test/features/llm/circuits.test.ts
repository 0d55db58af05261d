import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LlmCircuit } from '../../../src/features/llm/circuits/circuit.do.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { apiWith } from '../../helpers/environment.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  chat,
  createPricedModel,
  readFrames,
  stubAs,
  stubAtAllowedHost,
  stubCalls,
  textOf,
  type LocalModel,
} from '../../helpers/llm.ts';

const CHAT = '/api/v1/llm/chat';

/** LLM_CIRCUIT_FAILURES in tests. */
const LEAST = 40;

const circuits = (env as unknown as { LLM_CIRCUIT: DurableObjectNamespace<LlmCircuit> }).LLM_CIRCUIT;
const circuitOf = ({ provider, model }: { provider: string; model: string }) =>
  circuits.getByName(`${provider}/${model}`);

let users: [User, User];
let spare: LocalModel;
beforeAll(async () => {
  users = await Promise.all([createUser(), createUser()]);
  spare = await createPricedModel();
});

/** Makes so many calls that fail, by turns as one or the other, a few at the same time. */
async function fail(who: readonly User[], target: object, count: number, directive = 'status=500'): Promise<void> {
  for (let made = 0; made < count; made += 10) {
    const calls = Array.from({ length: Math.min(10, count - made) }, (_, n) => who[n % who.length]!);
    await Promise.all(calls.map((user) => user.post(CHAT, chat(`[[stub ${directive}]] Hi`, target))));
  }
}

const listed = async (user: User, model: string) =>
  (await user.get('/api/v1/llm/circuits')).body.find((circuit: any) => circuit.model === model);

describe('once too many calls of a model fail', () => {
  let target: LocalModel;
  beforeAll(async () => {
    target = await createPricedModel();
    await fail(users, target, LEAST);
    await eventually(async () => (await circuitOf(target).view()).state === 'open');
  });

  test.each([{ stream: false }, { stream: true }])(
    'its calls fail at once, with stream: $stream',
    async ({ stream }) => {
      const id = crypto.randomUUID();
      const refused = await users[0].post(CHAT, chat(`[[stub id=${id}]] Hi`, { ...target, stream }));
      expect(refused).toMatchObject({ status: 503, body: { code: 'circuit_open' } });
      const retryAfter = Number(refused.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(30);
      expect((await stubCalls(id)).calls).toBe(0);
    },
  );

  test.each([{ stream: false }, { stream: true }])('they go on to the next one, with stream: $stream', async (mode) => {
    const id = crypto.randomUUID();
    const said = chat(`[[stub id=${id} delay=0]] Hi`, { ...target, ...mode, fallbacks: [spare] });
    const { status, body, response, headers } = await users[1].post(CHAT, said);
    expect(status).toBe(200);
    const frames = mode.stream ? await readFrames(response) : [];
    const { route, call_id: callId } = mode.stream ? (frames.at(-1) as any) : body.metadata;
    expect(mode.stream ? textOf(frames) : body.content).toContain('You said: Hi');
    expect(route.passed).toMatchObject([{ ...target, reason: 'circuit_open' }]);
    expect(route.attempts).toMatchObject([{ ...spare, status: 'success' }]);
    if (mode.stream) expect(headers.get('x-llm-call-id')).toBe(callId);
    expect((await stubCalls(id)).calls).toBe(1);
  });

  test('everybody sees it', async () => {
    const circuit = await eventually(() => listed(users[0], target.model));
    expect(circuit).toMatchObject({ ...target, is_own: false, state: 'open', calls: LEAST, failed_calls: LEAST });
    expect(new Date(circuit.retry_at).getTime()).toBeGreaterThan(Date.now());
    const outsider = await createUser();
    expect(await listed(outsider, target.model)).toMatchObject({ state: 'open' });
  });

  test('nothing is asked of the budgets for what was not called', async () => {
    const spender = await createUser();
    const { body: budget } = await spender.post('/api/v1/llm/budgets', { amount_usd: '1', period: 'total' });
    expect((await spender.post(CHAT, chat('Hi', target))).body.code).toBe('circuit_open');
    await eventually(async () => {
      const { body } = await spender.get(`/api/v1/llm/budgets/${budget.id}`);
      return body.reserved_usd === '0' && body.spent_usd === '0';
    });
  });
});

test('the only caller opens it too', async () => {
  const target = await createPricedModel();
  await fail([users[0]], target, LEAST - 10);
  expect((await circuitOf(target).view()).state).toBe('closed');
  await fail([users[0]], target, 10);
  await eventually(async () => (await circuitOf(target).view()).state === 'open');
});

test('what is the caller’s own matter is no failure', async () => {
  const target = await createPricedModel();
  await fail([users[0]], target, 2, 'status=400');
  const impatient = { ...target, deadlines: { first_token_ms: 50 } };
  await fail([users[0]], impatient, 2, 'stall=1000');
  const owner = await createUser();
  await owner.post('/api/v1/user-variables/api-keys/openai', { value: 'sk-of-the-user-0123456789' });
  const own = { provider: 'openai', model: 'gpt-4o-mini' };
  const client = apiWith({ OPENAI_BASE_URL: stubAs('openai') }).as(owner);
  expect((await client.post(CHAT, chat('[[stub status=429]] Hi', own))).body.code).toBe('provider_rate_limited');
  // Whereas this does: it comes last, so that what came before it has been told.
  await fail([users[0]], target, 1);
  await eventually(async () => (await circuitOf(target).view()).failedCalls > 0);
  // Who refuses a request is well; of who was given up early nobody knows.
  expect(await circuitOf(target).view()).toMatchObject({ calls: 3, failedCalls: 1 });
  expect(await circuitOf(own).view()).toMatchObject({ failedCalls: 0 });
});

test('an endpoint of a workspace has circuits of its own, which nobody else sees', async () => {
  const owner = await createUser();
  const endpoint = { name: 'shaky', base_url: stubAtAllowedHost(), models: [{ name: 'm' }] };
  const { body } = await owner.post('/api/v1/llm/endpoints', endpoint);
  await fail([owner], { provider: 'shaky', model: 'm' }, LEAST);
  const name = `endpoint/${body.id}/m`;
  await eventually(async () => (await circuits.getByName(name).view()).state === 'open');
  const circuit = await eventually(() => listed(owner, 'm'));
  expect(circuit).toMatchObject({ provider: 'shaky', is_own: true, state: 'open' });
  expect(await listed(users[0], 'm')).toBeUndefined();
});

describe('once it has been open for a while', () => {
  test('one call tries, and closes it again for all', async () => {
    const target = await createPricedModel();
    await fail(users, target, LEAST);
    await eventually(async () => (await circuitOf(target).view()).state === 'open');
    const answer = await eventually(async () => {
      const { status, body } = await users[0].post(CHAT, chat('Back?', target));
      if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 1000));
      return status === 200 && body;
    }, 35_000);
    expect(answer.content).toContain('Back?');
    await eventually(async () => (await circuitOf(target).view()).state === 'closed');
    expect((await users[1].post(CHAT, chat('Hi', target))).status).toBe(200);
    await eventually(async () => (await listed(users[0], target.model)).state === 'closed');
    const kept = await runInDurableObject(circuitOf(target), (_, { storage }) => storage.kv.get('open'));
    expect(kept).toBeUndefined();
  }, 60_000);
});
