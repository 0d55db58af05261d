import { beforeAll, describe, expect, test } from 'vitest';
import { fromPico, toPico } from '../../../src/core/decimal.ts';
import { findNodeType } from '../../../src/features/nodes/index.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { createPricedModel, settledUsage, stubCalls } from '../../helpers/llm.ts';
import { ctxOf, outputOf, runNode } from '../../helpers/nodes.ts';

describe('a node that asks a model', () => {
  let user: User;
  let ctx: ReturnType<typeof ctxOf>;
  beforeAll(async () => {
    user = await createUser();
    ctx = ctxOf(user, user.workspaceId);
  });

  const directive = (directives: string) => {
    const id = crypto.randomUUID();
    return { id, prompt: `[[stub id=${id} ${directives}]] Hello` };
  };

  test('does what its example says', async () => {
    const { config, input, output } = findNodeType('gpt')!.example;
    const { outcome } = await runNode('llm', config, input, { ctx });
    expect(Object.keys(outcome.output as object).toSorted()).toEqual(Object.keys(output as object).toSorted());
    expect(outcome).toMatchObject({
      kind: 'done',
      output: { provider: 'local', model: 'local-small', finish_reason: 'stop' },
    });
    const { call_id: callId } = outcome.output as { call_id: string };
    const line = await settledUsage(callId);
    expect(line).toMatchObject({ workspace_id: user.workspaceId, user_id: user.id });
  });

  test('is answered once for its key, and paid once', async () => {
    const { id, prompt } = directive('');
    const key = crypto.randomUUID();
    const first = await outputOf('llm', { prompt }, {}, { ctx, key });
    const again = await outputOf('llm', { prompt }, {}, { ctx, key });
    expect(again).toEqual(first);
    expect((await stubCalls(id)).calls).toBe(1);
    const other = await outputOf('llm', { prompt }, {}, { ctx, key: crypto.randomUUID() });
    expect(other.call_id).not.toBe(first.call_id);
    expect((await stubCalls(id)).calls).toBe(2);
  });

  test('two of the same key at once make one call', async () => {
    const { id, prompt } = directive('wait=300');
    const key = crypto.randomUUID();
    const both = await Promise.allSettled([1, 2].map(() => outputOf('llm', { prompt }, {}, { ctx, key })));
    const answered = both.filter(({ status }) => status === 'fulfilled');
    expect(answered.length).toBeGreaterThan(0);
    // Whoever comes while the first call is not yet on its way is told to come again.
    for (const one of both) {
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'idempotency_running', isRetryable: true });
    }
    expect((await stubCalls(id)).calls).toBe(1);
  });

  test('is made again where it failed, and says why it waits', async () => {
    const { id, prompt } = directive('status=429 retry=3');
    const key = crypto.randomUUID();
    const failure = { code: 'provider_rate_limited', isRetryable: true, waitReason: 'node_rate', retryAfterMs: 3_000 };
    await expect(outputOf('llm', { prompt }, {}, { ctx, key })).rejects.toMatchObject(failure);
    await expect(outputOf('llm', { prompt }, {}, { ctx, key })).rejects.toMatchObject(failure);
    expect((await stubCalls(id)).calls).toBe(2);
    const { prompt: down } = directive('status=500');
    await expect(outputOf('llm', { prompt: down }, {}, { ctx })).rejects.toMatchObject({
      code: 'provider_unavailable',
      isRetryable: true,
      waitReason: 'open_circuit',
    });
  });

  test('says what it cost, and waits for a budget that is used up', async () => {
    const [poor, priced] = await Promise.all([createUser(), createPricedModel()]);
    // The model is new: what was read of the catalogue before does not have it.
    const nothing = { get: async () => null, getMany: async (...keys: string[]) => keys.map(() => null) };
    const cache = { ...nothing, put: async () => {}, delete: async () => {} };
    const fresh = ctxOf(poor, poor.workspaceId);
    // What an isolate remembers is by its environment.
    const run = { ctx: { ...fresh, env: { ...fresh.env }, cache } };
    const { outcome } = await runNode('llm', { prompt: 'Hello', ...priced }, {}, run);
    const { costUsd, output } = outcome as { costUsd: string; output: any };
    const line = await settledUsage(output.call_id);
    expect(Number(costUsd)).toBeGreaterThan(0);
    expect(costUsd).toBe(fromPico(toPico(line!.cost_usd)));
    expect(output).toMatchObject({ cost_usd: costUsd, estimated_cost: Number(costUsd) });
    const budget = { amount_usd: '0.0000000001', period: 'month' };
    expect((await poor.post('/api/v1/llm/budgets', budget)).status).toBe(201);
    await expect(outputOf('llm', { prompt: 'Hello', ...priced }, {}, run)).rejects.toMatchObject({
      code: 'budget_exceeded',
      isRetryable: true,
      waitReason: 'budget',
    });
  });

  test('needs the right, and a request that the gateway takes', async () => {
    const viewer = ctxOf(user, user.workspaceId, 'viewer');
    await expect(outputOf('llm', { prompt: 'x' }, {}, { ctx: viewer })).rejects.toMatchObject({
      code: 'forbidden',
      isRetryable: false,
    });
    await expect(outputOf('llm', { prompt: 'x', model: 'none-such' }, {}, { ctx })).rejects.toMatchObject({
      code: 'model_not_found',
      isRetryable: false,
    });
    await expect(outputOf('llm', { messages: [{ role: 'nobody', content: 'x' }] }, {}, { ctx })).rejects.toMatchObject({
      code: 'validation_failed',
      message: expect.stringContaining('messages.0'),
    });
  });

  test('stops when it is told to', async () => {
    const { prompt } = directive('wait=3000');
    const gone = new AbortController();
    setTimeout(() => gone.abort(new Error('stopped')), 200);
    await expect(outputOf('llm', { prompt }, {}, { ctx, signal: gone.signal })).rejects.toThrow('stopped');
  });
});
