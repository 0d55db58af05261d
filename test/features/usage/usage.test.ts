import { beforeAll, describe, expect, test } from 'vitest';
import { rollUpUsage, usageThisMonth } from '../../../src/features/usage/index.ts';
import { addMember, createSuperuser, createUser, type User } from '../../helpers/actors.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { chat, settledUsage } from '../../helpers/llm.ts';

/** A usage line at a time of its own, with a cost that binary fractions cannot hold. */
async function addLine(user: User, at: Date, tokens = 10): Promise<void> {
  const callId = crypto.randomUUID();
  await sql`insert into llm_calls (id, workspace_id, created_by, provider, model, operation, streamed, request_id,
      price_input, price_output, status)
    values (${callId}, ${user.workspaceId}, ${user.id}, 'local', 'local-small', 'chat', false, 'test', 0.1, 0, 'settled')`;
  await sql`insert into llms_usage_logs (call_id, workspace_id, user_id, provider, model, input_tokens, output_tokens,
      token_source, price_input, price_output, cost_usd, user_api_key_used, status, created_at)
    values (${callId}, ${user.workspaceId}, ${user.id}, 'local', 'local-small', ${tokens}, 0, 'counted', 0.1, 0,
      ${tokens} * 0.1::numeric, false, 'success', ${at.toISOString()})`;
}

describe('the log', () => {
  let owner: User;
  let member: User;
  beforeAll(async () => {
    [owner, member] = await Promise.all([createUser(), createUser()]);
    await addMember(owner.workspaceId, member, 'member');
    const there = member.with({ 'X-Workspace-Id': owner.workspaceId });
    for (const client of [owner, owner, there]) {
      const { body } = await client.post('/api/v1/llm/chat', chat('For the log'));
      await settledUsage(body.metadata.call_id);
    }
  });

  test('shows the owner all calls, newest first, and a member only his own', async () => {
    const all = await owner.get('/api/v1/usage-log');
    expect(all.body.map((line: { user_id: string }) => line.user_id)).toEqual([member.id, owner.id, owner.id]);
    const own = await member.with({ 'X-Workspace-Id': owner.workspaceId }).get('/api/v1/usage-log/');
    expect(own.body).toMatchObject([{ user_id: member.id, was_successful: true, provider: 'local' }]);
  });

  test('filters by user and model, and refuses what is somebody else’s', async () => {
    const query = { user_id: owner.id };
    expect((await owner.get('/api/v1/usage-log', { query })).body).toHaveLength(2);
    const there = member.with({ 'X-Workspace-Id': owner.workspaceId });
    expect(await there.get('/api/v1/usage-log', { query })).toMatchObject({ status: 404 });
    const foreign = { workspace_id: owner.workspaceId };
    expect(await member.get('/api/v1/usage-log', { query: foreign })).toMatchObject({ status: 404 });
    const llm_id = crypto.randomUUID();
    expect((await owner.get('/api/v1/usage-log', { query: { llm_id } })).body).toEqual([]);
  });

  test('pages by cursor', async () => {
    const first = await owner.get('/api/v1/usage-log', { query: { limit: 2 } });
    const cursor = first.headers.get('x-next-cursor')!;
    const rest = await owner.get('/api/v1/usage-log', { query: { limit: 2, cursor } });
    expect(rest.body).toHaveLength(1);
    expect(rest.headers.get('x-next-cursor')).toBeNull();
    const ids = [...first.body, ...rest.body].map((line: { id: string }) => line.id);
    expect(new Set(ids).size).toBe(3);
  });

  test('is open as a whole to administrators of the platform', async () => {
    const admin = await createSuperuser();
    const { body } = await admin.get('/api/v1/usage-log', { query: { workspace_id: owner.workspaceId } });
    expect(body).toHaveLength(3);
  });
});

describe('the roll-up by hour', () => {
  const sumOf = async (user: User) =>
    (
      await sql`select coalesce(sum(calls), 0)::int as calls, coalesce(sum(input_tokens), 0)::int as tokens,
        coalesce(sum(cost_usd), 0)::text as cost from usage_hourly where workspace_id = ${user.workspaceId}`
    )[0];

  test('changes nothing when it runs again, and takes up what came since', async () => {
    const user = await createUser();
    const now = new Date();
    await addLine(user, now, 1);
    await addLine(user, now, 2);
    await rollUpUsage(createTestSystemCtx(), new Date());
    await Promise.all([rollUpUsage(createTestSystemCtx(), new Date()), rollUpUsage(createTestSystemCtx(), new Date())]);
    expect(await sumOf(user)).toMatchObject({ calls: 2, tokens: 3, cost: '0.300000000000' });
    await addLine(user, new Date(), 3);
    await rollUpUsage(createTestSystemCtx(), new Date());
    expect(await sumOf(user)).toMatchObject({ calls: 3, tokens: 6 });
  });

  test('with the log it is as exact as the log, before and after it ran', async () => {
    const user = await createUser();
    await addLine(user, new Date(), 7);
    await addLine(user, new Date(), 8);
    const expected = { calls: 2, input_tokens: 15, cost_usd: '1.5' };
    expect((await usageThisMonth(createTestSystemCtx(), user.workspaceId)).rows).toMatchObject([expected]);
    await rollUpUsage(createTestSystemCtx(), new Date());
    expect((await usageThisMonth(createTestSystemCtx(), user.workspaceId)).rows).toMatchObject([expected]);
  });
});

describe('a call that was made elsewhere', () => {
  test('is a line at the prices of the catalogue, and on nobody’s bill', async () => {
    const user = await createUser();
    const request = { provider: 'openai', model: 'gpt-4o', input_tokens: 1000, output_tokens: 100, latency_ms: 840 };
    const options = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
    const { status, body } = await user.post('/api/v1/usage-log', request, options);
    expect(status).toBe(200);
    expect(body).toMatchObject({ total_tokens: 1100, user_api_key_used: true, was_successful: true, latency_ms: 840 });
    expect(Number(body.cost_usd_exact)).toBe(0.0035);
    expect((await user.post('/api/v1/usage-log', request, options)).body).toEqual(body);
    expect((await user.get('/api/v1/usage-log')).body).toEqual([body]);
    const { body: reconciled } = await user.get('/api/v1/billing/reconciliation');
    expect(reconciled).toMatchObject({ usage: { count: 0 }, billing: { count: 0 }, is_balanced: true });
  });

  test('needs a model of the catalogue', async () => {
    const user = await createUser();
    const nothing = { input_tokens: 1, output_tokens: 1 };
    expect(await user.post('/api/v1/usage-log', nothing)).toMatchObject({
      status: 422,
      body: { code: 'model_not_found' },
    });
    const unknown = { ...nothing, llm_id: crypto.randomUUID() };
    expect((await user.post('/api/v1/usage-log', unknown)).status).toBe(422);
    expect((await user.get('/api/v1/usage-log')).body).toEqual([]);
  });
});
