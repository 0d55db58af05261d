import { beforeAll, describe, expect, test, vi } from 'vitest';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import type { Client } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';
import { chat, createPricedModel, ledgerOf, settledUsage } from '../../helpers/llm.ts';
import { captureLogs } from '../../helpers/logs.ts';
import { deliver, settling } from '../../helpers/queue.ts';

const CHAT = '/api/v1/llm/chat';
const LOG = '/api/v1/usage-log';
const TURNS = `${LOG}/turns`;

let owner: User;
let member: User;
/** The member in the owner's workspace. */
let there: Client;
beforeAll(async () => {
  [owner, member] = await Promise.all([createUser(), createUser()]);
  await addMember(owner.workspaceId, member, 'member');
  there = member.with({ 'X-Workspace-Id': owner.workspaceId });
});

/** A call of a conversation, once it is in the log; its id. */
async function say(client: Client, conversation_id: string, more: object = {}): Promise<string> {
  const { status, body } = await client.post(CHAT, chat('Hello', { conversation_id, ...more }));
  expect(status).toBe(200);
  await settledUsage(body.metadata.call_id);
  return body.metadata.call_id;
}

describe('a call of a conversation', () => {
  test('keeps the ids that its caller gave it, and is found by them', async () => {
    const [conversation_id, message_id] = [crypto.randomUUID(), crypto.randomUUID()];
    const callId = await say(owner, conversation_id, { message_id });
    await say(owner, crypto.randomUUID());
    const lines = await owner.get(LOG, { query: { conversation_id } });
    expect(lines.body).toMatchObject([{ call_id: callId, conversation_id, message_id }]);
    const [call] = await sql`select conversation_id, message_id, request_id from llm_calls where id = ${callId}`;
    expect(call).toMatchObject({ conversation_id, message_id });
    const line = await owner.get(LOG, { query: { call_id: callId } });
    expect(line.body).toMatchObject([{ id: lines.body[0].id, request_id: call!.request_id }]);
    expect((await owner.get(LOG, { query: { call_id: crypto.randomUUID() } })).body).toEqual([]);
  });

  test('may be a generated text, or one that was made elsewhere', async () => {
    const conversation_id = crypto.randomUUID();
    const { body } = await owner.post('/api/v1/llm/generate', { prompt: 'Hello', conversation_id });
    await settledUsage(body.metadata.call_id);
    const elsewhere = { provider: 'openai', model: 'gpt-4o', input_tokens: 10, output_tokens: 1, conversation_id };
    expect((await owner.post(LOG, elsewhere)).body).toMatchObject({ conversation_id, message_id: null });
    expect((await owner.get(LOG, { query: { conversation_id } })).body).toHaveLength(2);
  });

  test('takes no other ids than UUIDs', async () => {
    const { status, body } = await owner.post(CHAT, chat('Hello', { conversation_id: 'mine' }));
    expect({ status, loc: body.errors[0].loc }).toEqual({ status: 422, loc: ['body', 'conversation_id'] });
  });
});

describe('turns', () => {
  test('add the calls of a conversation up by member and model: one’s own, and for admins everybody’s', async () => {
    const conversation_id = crypto.randomUUID();
    await say(owner, conversation_id);
    await say(owner, conversation_id);
    await say(there, conversation_id);
    const query = { conversation_id };
    const lines = (await owner.get(LOG, { query })).body as { user_id: string; input_tokens: number }[];
    const tokens = lines.filter(({ user_id }) => user_id === owner.id).reduce((sum, one) => sum + one.input_tokens, 0);

    const all = await owner.get(TURNS, { query });
    expect(all.body).toMatchObject([
      { user_id: member.id, message_count: 1, model: 'local-small' },
      { user_id: owner.id, message_count: 2, total_input_tokens: tokens, provider: 'local' },
    ]);
    const own = await there.get(TURNS, { query });
    expect(own.body).toEqual([all.body[0]]);
    // The same id in another workspace is another conversation.
    expect((await member.get(TURNS, { query })).body).toEqual([]);
  });

  test('count a message once, however many models it took: for the one that was asked last', async () => {
    const conversation_id = crypto.randomUUID();
    const [first, second] = await Promise.all([createPricedModel(), createPricedModel()]);
    const failing = () => `[[stub id=${crypto.randomUUID()} times=1 status=500]] Hello`;
    const ask = async (content: string, fallbacks?: object[]) => {
      const { body } = await owner.post(CHAT, chat(content, { ...first, fallbacks, conversation_id }));
      const { attempts } = body.metadata.route;
      await ledgerOf(body.metadata.call_id, attempts.length);
      return attempts.length;
    };
    expect(await ask('Hello')).toBe(1);
    expect(await ask(failing(), [second])).toBe(2);
    // The same model again is another attempt, and no other message.
    expect(await ask(failing(), [first])).toBe(2);
    const { body } = await owner.get(TURNS, { query: { conversation_id } });
    expect(body.map(({ model, message_count }: any) => ({ model, message_count }))).toEqual([
      { model: second.model, message_count: 1 },
      { model: first.model, message_count: 2 },
    ]);
    const lines = (await owner.get(LOG, { query: { conversation_id } })).body as { model: string; cost_usd: number }[];
    expect(lines).toHaveLength(5);
    const cost = lines.filter(({ model }) => model === first.model).reduce((sum, line) => sum + line.cost_usd, 0);
    expect(body[1].total_cost_usd).toBeCloseTo(cost, 12);
  });

  test('tell of a model that another one had to stand in for what it cost, and no message', async () => {
    const conversation_id = crypto.randomUUID();
    const [first, second] = await Promise.all([createPricedModel(), createPricedModel()]);
    const content = `[[stub id=${crypto.randomUUID()} times=1 cut=3]] Hello`;
    const { body } = await owner.post(CHAT, chat(content, { ...first, fallbacks: [second], conversation_id }));
    await ledgerOf(body.metadata.call_id, 2);
    const turns = (await owner.get(TURNS, { query: { conversation_id } })).body as any[];
    const of = ({ model }: { model: string }) => turns.find((turn) => turn.model === model);
    expect(of(first).message_count).toBe(0);
    expect(of(first).total_cost_usd).toBeGreaterThan(0);
    expect(of(second).message_count).toBe(1);
  });
});

describe('the log of requests', () => {
  test('names the call, also of a stream and of one that fails', async () => {
    const logs = captureLogs();
    try {
      const { body } = await owner.post(CHAT, chat('Hello'));
      const stream = await owner.post(CHAT, chat('Hello', { stream: true }));
      await stream.response.text();
      const failed = await owner.post(CHAT, chat('[[stub status=400]] Hello'));
      expect(failed.status).toBeGreaterThanOrEqual(400);
      const lines = logs.events('request').filter(({ route }) => route === CHAT);
      expect(lines.slice(0, 2).map(({ call_id }) => call_id)).toEqual([
        body.metadata.call_id,
        stream.headers.get('x-llm-call-id'),
      ]);
      const [call] = await sql`select request_id from llm_calls where id = ${lines[2]!.call_id as string}`;
      expect(call!.request_id).toBe(failed.headers.get('x-request-id'));
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('names what a job was about that failed', async () => {
    const logs = captureLogs();
    try {
      await deliver([settling('no id')]);
      expect(logs.events('job_failed')).toMatchObject([{ job: 'llm.settle', call_id: 'no id' }]);
    } finally {
      vi.restoreAllMocks();
    }
  });
});
