import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { nameOfOwner } from '../../../src/features/llm/calls/stream-stub.ts';
import { sweepUnsettledCalls } from '../../../src/features/llm/index.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { billingEventsOf, chat, settledUsage, streamOf, stubCalls, usageLinesOf } from '../../helpers/llm.ts';
import { deliver, settling } from '../../helpers/queue.ts';
import { readEvents } from '../../helpers/streams.ts';

const CHAT = '/api/v1/llm/chat';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

/** As if the message of a call had never come: nothing in the ledger, and the outcome still with its object. */
async function makeUnsettledCall(): Promise<string> {
  const { body } = await user.post(CHAT, chat('Lost'));
  const callId: string = body.metadata.call_id;
  await settledUsage(callId);
  await sql`delete from billing_events where related_usage_log_id in (
    select id from llms_usage_logs where call_id = ${callId})`;
  await sql`delete from llms_usage_logs where call_id = ${callId}`;
  await sql`update llm_calls set status = 'started', settled_at = null where id = ${callId}`;
  return callId;
}

describe('settling', () => {
  test('a message that comes many times, also at once, leaves one line and one event', async () => {
    const { body } = await user.post(CHAT, chat('Once'));
    const callId: string = body.metadata.call_id;
    await Promise.all(Array.from({ length: 8 }, () => deliver([settling(callId)])));
    await deliver([settling(callId)]);
    expect(await usageLinesOf(callId)).toHaveLength(1);
    expect(await billingEventsOf(callId)).toHaveLength(1);
  });

  test('messages that come together, some of them twice, leave one line and one event each', async () => {
    const callIds = await Promise.all([1, 2, 3].map(() => makeUnsettledCall()));
    const { result } = await deliver([...callIds, ...callIds].map((callId) => settling(callId)));
    expect(result.explicitAcks).toHaveLength(6);
    for (const callId of callIds) {
      expect(await usageLinesOf(callId)).toHaveLength(1);
      expect(await billingEventsOf(callId)).toHaveLength(1);
    }
  });

  test('a message that cannot be handled keeps none of those that come with it', async () => {
    const callIds = await Promise.all([1, 2].map(() => makeUnsettledCall()));
    await deliver([callIds[0]!, 'no id', callIds[1]!].map((callId) => settling(callId)));
    for (const callId of callIds) expect(await usageLinesOf(callId)).toHaveLength(1);
  });

  test('a lost message is sent again by the sweep', async () => {
    const callId = await makeUnsettledCall();
    await sql`update llm_calls set started_at = now() - interval '10 minutes' where id = ${callId}`;
    await sweepUnsettledCalls(createTestSystemCtx(), new Date());
    expect(await settledUsage(callId)).toMatchObject({ status: 'success' });
    expect(await billingEventsOf(callId)).toHaveLength(1);
  });

  test('a call that never reached its object is given up, and neither logged nor billed', async () => {
    const callId = crypto.randomUUID();
    await sql`insert into llm_calls (id, workspace_id, created_by, provider, model, operation, streamed, request_id,
        price_input, price_output, started_at)
      values (${callId}, ${user.workspaceId}, ${user.id}, 'local', 'local-small', 'chat', false, 'test', 0, 0,
        now() - interval '10 minutes')`;
    await sweepUnsettledCalls(createTestSystemCtx(), new Date());
    await eventually(async () => {
      const [row] = await sql`select status from llm_calls where id = ${callId}`;
      return row?.status === 'abandoned';
    });
    expect(await usageLinesOf(callId)).toEqual([]);
    // The object has promised never to start it.
    const late = await (
      await streamOf(callId)
    ).fetch('https://llm-stream/', {
      method: 'POST',
      body: JSON.stringify({ spec: { callId }, mode: 'json' }),
    });
    expect(late.status).toBe(410);
  });

  test('the price in force when the call began is the one that is billed, in exact decimals', async () => {
    const { body } = await user.post(CHAT, chat('Priced'));
    const callId: string = body.metadata.call_id;
    await settledUsage(callId);
    await sql`delete from billing_events where related_usage_log_id in (
      select id from llms_usage_logs where call_id = ${callId})`;
    await sql`delete from llms_usage_logs where call_id = ${callId}`;
    await sql`update llm_calls set status = 'started', settled_at = null, price_input = '0.000000075',
      price_output = '0.0000003' where id = ${callId}`;
    await deliver([settling(callId)]);
    const [line] = await usageLinesOf(callId);
    const expected = BigInt(line!.input_tokens) * 75n + BigInt(line!.output_tokens) * 300n;
    expect(BigInt(Math.round(Number(line!.cost_usd) * 1e9))).toBe(expected);
    expect(await billingEventsOf(callId)).toMatchObject([{ amount_usd: line!.cost_usd }]);
  });
});

describe('an object that is restarted in the middle of a call', () => {
  test('settles what had arrived, marked as interrupted', async () => {
    const request = chat('[[stub tokens=3000 delay=20]] Hello', { stream: true });
    const { response, headers } = await user.post(CHAT, request);
    const callId = headers.get('x-llm-call-id')!;
    const events = readEvents(response);
    // Long enough for a first batch to be written down.
    for (let read = 0; read < 40; read++) await events.next();
    void (async () => {
      for await (const _ of events);
    })().catch(() => {});
    const stream = await streamOf(callId);
    await runInDurableObject(stream, (_, state) => state.abort('as if the machine had gone')).catch(() => {});
    await runDurableObjectAlarm(await streamOf(callId));
    const line = await settledUsage(callId);
    expect(line).toMatchObject({ status: 'interrupted', token_source: 'counted' });
    expect(line.output_tokens).toBeGreaterThan(0);
    expect(await usageLinesOf(callId)).toHaveLength(1);
  });

  test('settles each of its calls: those that had ended as they ended, the others as interrupted', async () => {
    const { body } = await user.post(CHAT, chat('Before'));
    const id = crypto.randomUUID();
    const request = chat(`[[stub id=${id} tokens=3000 delay=20]] Hello`, { stream: true });
    const begun = await Promise.all(Array.from({ length: 6 }, () => user.post(CHAT, request)));
    for (const { response } of begun) void response.text().catch(() => {});
    const callIds = begun.map(({ headers }) => headers.get('x-llm-call-id')!);
    const names = new Set(callIds.map((callId) => nameOfOwner({ workspaceId: user.workspaceId, callId })));
    expect(names.size).toBeLessThanOrEqual(4);
    const streams = await Promise.all(callIds.map(streamOf));
    // The first to be asked takes all of its calls along.
    for (const stream of streams)
      await runInDurableObject(stream, (_, state) => state.abort('as if the machine had gone')).catch(() => {});
    for (const callId of callIds) await runDurableObjectAlarm(await streamOf(callId));
    for (const callId of callIds) {
      expect(await settledUsage(callId)).toMatchObject({ status: 'interrupted' });
      expect(await usageLinesOf(callId)).toHaveLength(1);
      expect(await billingEventsOf(callId)).toHaveLength(1);
    }
    expect(await stubCalls(id)).toMatchObject({ calls: 6 });
    expect(await settledUsage(body.metadata.call_id)).toMatchObject({ status: 'success' });
  });
});

describe('an object of calls', () => {
  test('serves one workspace, and shares its calls with few others', () => {
    const callIds = Array.from({ length: 100 }, () => crypto.randomUUID());
    const namesIn = (workspaceId: string) => new Set(callIds.map((callId) => nameOfOwner({ workspaceId, callId })));
    const [one, other] = [namesIn(crypto.randomUUID()), namesIn(crypto.randomUUID())];
    expect(one.size).toBe(4);
    expect([...one].filter((name) => other.has(name))).toEqual([]);
  });

  test('takes no more calls than it can hold, and forgets one that it did not take', async () => {
    const { body } = await user.post(CHAT, chat('For its object'));
    const stream = await streamOf(body.metadata.call_id);
    const spec = { callId: crypto.randomUUID(), padding: 'x'.repeat(17 * 1024 * 1024) };
    const open = (request: object) =>
      stream.fetch('https://llm-stream/', { method: 'POST', body: JSON.stringify(request) });
    expect((await open({ spec, mode: 'json', means: {} })).status).toBe(503);
    expect((await open({ spec: null, callId: spec.callId, mode: 'json', after: null })).status).toBe(404);
  });
});
