import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { eventually } from '../../helpers/eventually.ts';
import { chat, readFrames, settledUsage, streamOf, stubCalls, textOf, usageLinesOf } from '../../helpers/llm.ts';
import { follow, reconnectManyTimes } from '../../helpers/reconnect.ts';
import { readEvents } from '../../helpers/streams.ts';

const CHAT = '/api/v1/llm/chat';
const STREAMS = '/api/v1/llm/streams';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

/** Begins a stream, reads so many of its events, and leaves. */
async function leaveAfter(events: number, said: string): Promise<string> {
  const { response, headers } = await user.post(CHAT, chat(said, { stream: true }));
  for await (const _ of readEvents(response)) if (--events <= 0) break;
  return headers.get('x-llm-call-id')!;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('who comes back', () => {
  test('after every event loses and repeats nothing, in twenty streams', async () => {
    await reconnectManyTimes(user, 20);
  }, 120_000);

  test('has the whole time of grace each time', async () => {
    const id = crypto.randomUUID();
    const callId = await leaveAfter(1, `[[stub id=${id} tokens=90 delay=50]] Hi`);
    await sleep(1000);
    const { response } = await user.get(`${STREAMS}/${callId}`);
    for await (const _ of readEvents(response)) break;
    // Two seconds after the first time, but one after the second.
    await sleep(1300);
    const frames = await follow(user, callId, 0);
    expect(frames.at(-1)!.type).toBe('done');
    expect(await stubCalls(id)).toMatchObject({ calls: 1, completed: 1, aborted: 0 });
  });

  test('is one of several who read the same, from wherever each of them is', async () => {
    const id = crypto.randomUUID();
    const said = chat(`[[stub id=${id} tokens=40 delay=20]] Hi`, { stream: true });
    const { response, headers } = await user.post(CHAT, said);
    const callId = headers.get('x-llm-call-id')!;
    const read = readFrames(response);
    const followers = await Promise.all(
      [0, 0, 3, 10, 39, 42, 500].map(async (after, n) => {
        await sleep(n * 60);
        return { after, frames: await follow(user, callId, after) };
      }),
    );
    const all = await read;
    expect(all.at(-1)!.type).toBe('done');
    for (const { after, frames } of followers) expect(frames).toEqual(all.slice(after));
    expect(await follow(user, callId, 5)).toEqual(all.slice(5));
    expect((await stubCalls(id)).calls).toBe(1);
    await settledUsage(callId);
    expect(await usageLinesOf(callId)).toHaveLength(1);
  });

  test('to a stream that broke off reads what there was, and the error', async () => {
    const { response, headers } = await user.post(CHAT, chat('[[stub cut=4]] Hi', { stream: true }));
    const frames = await readFrames(response);
    expect(frames.at(-1)).toMatchObject({ type: 'error', code: 'provider_unavailable' });
    const callId = headers.get('x-llm-call-id')!;
    expect(await follow(user, callId, 0)).toEqual(frames);
    expect(await follow(user, callId, 2)).toEqual(frames.slice(2));
  });

  test('to one that was given up reads that it was', async () => {
    const callId = await leaveAfter(3, '[[stub tokens=2000 delay=20]] Hi');
    await settledUsage(callId);
    const frames = await follow(user, callId, 0);
    expect(textOf(frames).length).toBeGreaterThan(0);
    expect(frames.at(-1)).toMatchObject({ type: 'error', code: 'answer_abandoned', call_id: callId });
  });
});

describe('nobody else', () => {
  test('reads it: neither a colleague, nor its caller in another workspace', async () => {
    const workspaceId = await createWorkspace(user);
    const there = { 'X-Workspace-Id': workspaceId };
    const colleague = await createUser();
    await addMember(workspaceId, colleague, 'admin');
    const { body } = await user.with(there).post(CHAT, chat('Mine'));
    const path = `${STREAMS}/${body.metadata.call_id}`;
    expect((await user.with(there).get(path)).status).toBe(200);
    for (const other of [user, colleague, colleague.with(there), await createUser()]) {
      expect(await other.get(path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });

  test('nor does anybody once it is forgotten, and asking leaves nothing behind', async () => {
    const { body } = await user.post(CHAT, chat('Short-lived'));
    const callId: string = body.metadata.call_id;
    const path = `${STREAMS}/${callId}`;
    expect((await user.get(path)).status).toBe(200);
    await settledUsage(callId);
    const stream = await streamOf(callId);
    await eventually(async () => {
      // As if all that time had passed.
      await runInDurableObject(stream, (_, { storage }) => storage.sql.exec('update calls set due = 0'));
      await runDurableObjectAlarm(stream);
      return (await user.get(path)).status === 404;
    });
    const kept = await runInDurableObject(stream, (_, { storage }) =>
      storage.sql.exec("select name from sqlite_master where name in ('calls', 'requests', 'pieces')").toArray(),
    );
    expect(kept).toEqual([]);
    expect((await user.get(`${STREAMS}/${crypto.randomUUID()}`)).status).toBe(404);
  });
});
