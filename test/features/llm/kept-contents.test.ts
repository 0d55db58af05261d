import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { Answer } from '../../../src/features/llm/calls/answer.ts';
import { composeContents } from '../../../src/features/llm/contents/compose.ts';
import { insertContents } from '../../../src/features/llm/contents/queries.ts';
import { purgeContents } from '../../../src/features/llm/index.ts';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import type { Client } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql, tablesWith } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { chat, settledUsage } from '../../helpers/llm.ts';
import { captureLogs } from '../../helpers/logs.ts';
import { deliver, settling } from '../../helpers/queue.ts';

const SETTINGS = '/api/v1/llm/settings';
const CHAT = '/api/v1/llm/chat';
const DAY_MS = 86_400_000;

const contentOf = ({ id }: { id: string }) => `/api/v1/usage-log/${id}/content`;

/** A call, once it is in the log: its line. */
async function ask(client: Client, content: string, more: object = {}) {
  const { body, headers, response } = await client.post(CHAT, chat(content, more));
  if (!response.bodyUsed) await response.text();
  return settledUsage(headers.get('x-llm-call-id') ?? body.metadata.call_id);
}

/** What is shown of a line, once it has been kept: after the line itself. */
const kept = (client: Client, line: { id: string }) =>
  eventually(async () => {
    const answer = await client.get(contentOf(line));
    return answer.status === 200 ? answer.body : undefined;
  });

/** Objects of the storage that hold the text: dead letters are there. */
async function objectsWith(text: string): Promise<string[]> {
  const storage = (env as unknown as { STORAGE: R2Bucket }).STORAGE;
  const { objects } = await storage.list();
  const texts = await Promise.all(
    objects.map(async ({ key }) => [key, await (await storage.get(key))!.text()] as const),
  );
  return texts.filter(([, content]) => content.includes(text)).map(([key]) => key);
}

let owner: User;
let member: User;
let other: User;
let there: { member: Client; other: Client };
beforeAll(async () => {
  [owner, member, other] = await Promise.all([createUser(), createUser(), createUser()]);
  const headers = { 'X-Workspace-Id': owner.workspaceId };
  await addMember(owner.workspaceId, member, 'member');
  await addMember(owner.workspaceId, other, 'member');
  there = { member: member.with(headers), other: other.with(headers) };
  await owner.put(SETTINGS, { keep_content_days: 7 });
});

describe('without the setting', () => {
  test('no table, no line of the log and no dead letter holds what was asked or answered', async () => {
    const user = await createUser();
    expect((await user.get(SETTINGS)).body).toMatchObject({ keep_content_days: 0, updated_by: null });
    const asked = `asked-${crypto.randomUUID()}`;
    const logs = captureLogs();
    let answered = '';
    try {
      const options = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
      const { body } = await user.post(CHAT, chat(`[[stub tokens=60]] ${asked}`), options);
      answered = body.content.slice(0, 60);
      expect(answered.length).toBeGreaterThan(20);
      const line = await settledUsage(body.metadata.call_id);
      await ask(user, asked, { stream: true });
      expect((await user.post(CHAT, chat(`[[stub status=500]] ${asked}`))).status).toBeGreaterThanOrEqual(400);
      await user.post('/api/v1/llm/generate', { prompt: asked });
      // Delivered past all its retries, a message is put aside.
      await deliver([{ ...settling(`${line.call_id}!`, 5), attempts: 6 }]);
      expect(await objectsWith(line.call_id)).toHaveLength(1);
      await deliver([settling(body.metadata.call_id)]);
      expect(await user.get(contentOf(line as { id: string }))).toMatchObject({ status: 404 });
    } finally {
      vi.restoreAllMocks();
    }
    expect(logs.events('request').length).toBeGreaterThan(3);
    for (const text of [asked, answered]) {
      expect(logs.text()).not.toContain(text);
      expect(await tablesWith(text)).toEqual([]);
      expect(await objectsWith(text)).toEqual([]);
    }
  });

  test('what was not kept then is not kept later', async () => {
    const user = await createUser();
    const line = await ask(user, 'Before');
    await deliver([settling(line.call_id)]);
    await user.put(SETTINGS, { keep_content_days: 1 });
    await deliver([settling(line.call_id)]);
    expect(await sql`select from llm_call_contents where call_id = ${line.call_id}`).toEqual([]);
  });
});

describe('with it', () => {
  test('what was asked and answered is shown to who asked and to admins, and to nobody else', async () => {
    const line = (await ask(there.member, 'To be kept', { temperature: 0.5 })) as { id: string; call_id: string };
    const shown = await kept(there.member, line);
    expect(shown).toMatchObject({
      call_id: line.call_id,
      request: {
        messages: [{ role: 'user', content: 'To be kept' }],
        parameters: { temperature: 0.5 },
        truncated: false,
      },
      response: { finish_reason: 'stop', tool_calls: null, truncated: false },
    });
    expect(shown.response.content).not.toBe('');
    const days = (Date.parse(shown.expires_at) - Date.now()) / DAY_MS;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThanOrEqual(7);
    expect((await owner.get(contentOf(line))).body).toEqual(shown);
    expect(await there.other.get(contentOf(line))).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await member.get(contentOf(line))).toMatchObject({ status: 404 });
  });

  test('of a stream that was broken off, what had come is kept, once', async () => {
    const line = (await ask(owner, '[[stub cut=5]] Broken off', { stream: true })) as { id: string; call_id: string };
    expect(line).toMatchObject({ status: 'error' });
    const shown = await kept(owner, line);
    expect(shown.request.messages[0].content).toContain('Broken off');
    expect(shown.response.finish_reason).toBeNull();
    await Promise.all([deliver([settling(line.call_id)]), deliver([settling(line.call_id)])]);
    expect((await owner.get(contentOf(line))).body).toEqual(shown);
  });

  test('only admins set it, for at most thirty days', async () => {
    expect(await there.member.put(SETTINGS, { keep_content_days: 1 })).toMatchObject({ status: 403 });
    for (const keep_content_days of [31, -1, 1.5, null]) {
      expect((await owner.put(SETTINGS, { keep_content_days })).status).toBe(422);
    }
    const settings = { workspace_id: owner.workspaceId, keep_content_days: 7, updated_by: owner.id };
    expect((await there.other.get(SETTINGS)).body).toMatchObject(settings);
  });

  test('with fewer days, what is older is gone at once, and then for good', async () => {
    const user = await createUser();
    await user.put(SETTINGS, { keep_content_days: 30 });
    const [old, young] = [await ask(user, 'Old'), await ask(user, 'Young')] as { id: string; call_id: string }[];
    await Promise.all([kept(user, old!), kept(user, young!)]);
    await sql`update llm_call_contents set created_at = now() - interval '3 days', expires_at = now() + interval '27 days'
      where call_id = ${old!.call_id}`;
    await user.put(SETTINGS, { keep_content_days: 2 });
    expect((await user.get(contentOf(old!))).status).toBe(404);
    expect((await user.get(contentOf(young!))).status).toBe(200);
    await purgeContents(createTestCtx(), new Date());
    const left = await sql`select call_id from llm_call_contents where workspace_id = ${user.workspaceId}`;
    expect(left).toEqual([{ call_id: young!.call_id }]);
    await user.put(SETTINGS, { keep_content_days: 0 });
    expect((await user.get(contentOf(young!))).status).toBe(404);
  });

  test('it goes with the account', async () => {
    const user = await createUser();
    await user.put(SETTINGS, { keep_content_days: 30 });
    const line = (await ask(user, 'Mine')) as { id: string; call_id: string };
    await kept(user, line);
    expect((await user.delete('/api/v1/auth/account', { password: user.password })).status).toBe(200);
    expect(await sql`select from llm_call_contents where call_id = ${line.call_id}`).toEqual([]);
    // And is not written anew, should the message come again.
    await deliver([settling(line.call_id)]);
    expect(await sql`select from llm_call_contents where call_id = ${line.call_id}`).toEqual([]);
  });
});

describe('what is kept', () => {
  const answerOf = (content: string) => {
    const answer = new Answer();
    answer.add({ content, finishReason: 'stop' });
    return answer;
  };
  const askedOf = (messages: Record<string, unknown>[]) => ({ messages, parameters: { tools: [] } });
  const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const LIMIT = 1_100_000;

  test('is cut where it is too long, and says so', () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(3_000_000)}` } };
    const text = { type: 'text', text: 'What is that?' };
    const { request, response } = composeContents(
      askedOf([{ role: 'user', content: [text, image] }]),
      answerOf('A cat'),
    );
    expect(request).toMatchObject({
      truncated: true,
      messages: [{ role: 'user', content: [text, { type: 'image_url' }] }],
    });
    expect(sizeOf(request)).toBeLessThan(LIMIT);
    expect(response).toMatchObject({ content: 'A cat', truncated: false });
  });

  test.each([
    ['long answer', 'x'.repeat(4_000_000)],
    ['answer of wide characters', '語'.repeat(1_000_000)],
  ])('has its limit for a %s', (_, content) => {
    const { response } = composeContents(askedOf([]), answerOf(content));
    expect(response.truncated).toBe(true);
    expect((response.content as string).length).toBeGreaterThan(60_000);
    expect(sizeOf(response)).toBeLessThan(LIMIT);
  });

  test('is nothing where there are too many parts', () => {
    const parts = Array.from({ length: 200_000 }, () => ({ role: 'user', content: 'x' }));
    expect(composeContents(askedOf(parts), answerOf('')).request).toEqual({
      messages: [],
      parameters: {},
      truncated: true,
    });
  });

  test('can be stored, whatever a model writes', async () => {
    const line = (await ask(owner, 'For a strange answer')) as { id: string; call_id: string };
    await kept(owner, line);
    await sql`delete from llm_call_contents where call_id = ${line.call_id}`;
    const strange = composeContents(
      askedOf([{ role: 'user', content: 'a\0b' }]),
      answerOf('NUL \0, half \ud83d, \\u0000'),
    );
    await insertContents(createTestCtx().db, line.call_id, strange);
    const shown = await kept(owner, line);
    expect(shown.response.content).toBe('NUL \u{FFFD}, half \u{FFFD}, \\u0000');
    expect(shown.request.messages).toEqual([{ role: 'user', content: 'a\u{FFFD}b' }]);
  });
});
