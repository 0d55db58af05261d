import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import type { Env } from '../../../src/env.ts';
import type { Limit, LlmBudget } from '../../../src/features/llm/budgets/budget.do.ts';
import { budgetsOf } from '../../../src/features/llm/budgets/stub.ts';
import { mayCost } from '../../../src/features/llm/service/may-cost.ts';
import { BUNDLED_MODELS } from '../../../src/platform/llm/bundled-models.ts';
import { sql } from '../../helpers/database.ts';

const objects = (env as unknown as { LLM_BUDGET: DurableObjectNamespace<LlmBudget> }).LLM_BUDGET;

const limitOf = (workspaceId: string, amountUsd = '10'): Limit => ({
  budgetId: crypto.randomUUID(),
  amountUsd,
  spending: { workspaceId, scope: 'workspace', subjectId: workspaceId, since: new Date(0) },
});

/** A call that the ledger has settled, whatever the budgets know of it. */
async function insertSettledCall(workspaceId: string, costUsd: string): Promise<string> {
  const [id, user] = [crypto.randomUUID(), crypto.randomUUID()];
  await sql`
    with call as (
      insert into llm_calls (
        id, workspace_id, created_by, provider, model, operation, streamed, request_id, price_input, price_output,
        status, settled_at
      )
      values (${id}, ${workspaceId}, ${user}, 'local', 'local', 'chat', false, 'r', 0, 0, 'settled', now())
    )
    insert into llms_usage_logs (
      call_id, workspace_id, user_id, provider, model, input_tokens, output_tokens, token_source, price_input,
      price_output, cost_usd, user_api_key_used, status
    )
    values (${id}, ${workspaceId}, ${user}, 'local', 'local', 0, 0, 'counted', 0, 0, ${costUsd}, false, 'success')`;
  return id;
}

test('a settlement counts once, whether it comes before a sum, while it is made, or again', async () => {
  const workspaceId = crypto.randomUUID();
  const [budgets, limit] = [objects.getByName(workspaceId), limitOf(workspaceId)];
  const calls = await Promise.all(Array.from({ length: 8 }, () => insertSettledCall(workspaceId, '1')));
  // What was there before the first sum is in the ledger; what is reserved under another budget is, too.
  for (const call of calls) await budgets.reserve(call, '0.5', [limitOf(workspaceId, '100')]);
  expect(await budgets.balances([limit])).toEqual([{ spentUsd: '8', reservedUsd: '0', remainingUsd: '2' }]);

  await budgets.reserve(crypto.randomUUID(), '0.5', [limit]);
  const running = crypto.randomUUID();
  await budgets.reserve(running, '1.5', [limit]);
  await Promise.all([budgets.settle(running, '1'), budgets.balances([limit]), budgets.settle(running, '1')]);
  expect(await budgets.balances([limit])).toEqual([{ spentUsd: '9', reservedUsd: '0.5', remainingUsd: '0.5' }]);
  expect(await budgets.reserve(crypto.randomUUID(), '0.6', [limit])).toMatchObject({ granted: false });
});

test('what was set aside for an attempt that was recorded nowhere is given back in the end', async () => {
  const workspaceId = crypto.randomUUID();
  const [budgets, limit] = [objects.getByName(workspaceId), limitOf(workspaceId)];
  await budgets.reserve(crypto.randomUUID(), '4', [limit]);
  const reservedAfter = async (hours: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 60 * 60 * 1000 });
    try {
      return (await budgets.balances([limit]))[0]!.reservedUsd;
    } finally {
      vi.useRealTimers();
    }
  };
  // It may still be under way.
  expect(await reservedAfter(1)).toBe('4');
  expect(await reservedAfter(3)).toBe('0');
});

test('an object that does not answer is away for now, and no fault of the request', async () => {
  const stub = { balances: () => Promise.reject(new Error('Durable Object reset')) };
  const away = { LLM_BUDGET: { getByName: () => stub } } as unknown as Env;
  await expect(budgetsOf(away, crypto.randomUUID()).balances([])).rejects.toMatchObject({
    code: 'service_unavailable',
  });
});

test('what a call may cost counts pictures of messages as such, and all else by its bytes', () => {
  const model = { ...BUNDLED_MODELS[0]!, costPerTokenInput: '1', costPerTokenOutput: '0' };
  const request = { reading: { whole: false, patient: false, usageOnRequest: true }, emulated: [], format: null };
  const text = 'x'.repeat(200_000);
  const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${text}` } };
  const withPictures = { ...request, messages: [{ role: 'user', content: [picture, picture] }], parameters: {} };
  expect(Number(mayCost(withPictures, model))).toBeGreaterThan(2 * 48_169);
  expect(Number(mayCost(withPictures, model))).toBeLessThan(200_000);
  const parameters = { tools: [{ function: { parameters: { properties: { image_url: { description: text } } } } }] };
  const messages = [{ role: 'user', content: 'Hello' }];
  expect(Number(mayCost({ ...request, messages, parameters }, model))).toBeGreaterThan(200_000);
});
