import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { relayEvents } from '../../src/http/event-relay.ts';
import { createChannels } from '../../src/platform/realtime/channels.ts';
import type { ChannelEvent } from '../../src/platform/realtime/events.ts';
import type { Reader } from '../../src/platform/realtime/reader.ts';
import { createUser, createWorkspace } from '../helpers/actors.ts';
import { channelStub, runAlarm } from '../helpers/channels.ts';
import { captureLogs } from '../helpers/logs.ts';
import { openSocket, readEvents, type Socket } from '../helpers/streams.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const newName = () => `workspace:${crypto.randomUUID()}`;

const event = (text = '', eventId: string = crypto.randomUUID()): ChannelEvent => ({
  type: 'access_token_created',
  eventId,
  data: { token_id: eventId, name: text, workspace_id: '' },
});

const events = (count: number, text = '') => Array.from({ length: count }, () => event(text));

type Frame = { type: string; seq: number; data: any };

/** What a reader gets who asks for what came after: the confirmation, then the replay. */
async function read(name: string, after: number | null, recent?: number): Promise<[Frame, ...Frame[]]> {
  const reader: Reader = {
    userId: crypto.randomUUID(),
    credential: { kind: 'session', id: crypto.randomUUID() },
    access: 'workspace:read',
    workspaceId: crypto.randomUUID(),
    expiresAt: null,
  };
  const response = await createChannels(env.CHANNEL).connect(name, reader, after, { recent });
  const frames: Frame[] = [];
  const socket = response.webSocket!;
  const arrived = new Promise<void>((done) =>
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === 'heartbeat_ack') done();
      else frames.push(frame);
    }),
  );
  socket.accept();
  // Answered after everything that is on its way.
  socket.send('{ "type": "heartbeat" }');
  await arrived;
  socket.close();
  return frames as [Frame, ...Frame[]];
}

const seqs = (frames: Frame[]) => frames.slice(1).map(({ seq }) => seq);

describe('the log', () => {
  test('numbers events from 1, each once, however often it is published', async () => {
    const name = newName();
    const again = event();
    const [first, second] = [
      await channelStub(name).publish([again, event()]),
      await channelStub(name).publish([again]),
    ];
    expect(first).toEqual({ lastSeq: 2, refused: [] });
    expect(second).toEqual({ lastSeq: 2, refused: [] });
    expect(seqs(await read(name, 0))).toEqual([1, 2]);
  });

  test('keeps the last thousand events', async () => {
    const name = newName();
    await channelStub(name).publish(events(1005));
    const [confirmation, ...replayed] = await read(name, 0);
    expect(replayed).toHaveLength(1000);
    expect(replayed[0]!.seq).toBe(6);
    expect(confirmation.data).toEqual({
      replayed_from: 0,
      complete: false,
      room_connections: 1,
      history_events: 1000,
    });
  });

  test('keeps a megabyte', async () => {
    const name = newName();
    await channelStub(name).publish(events(50, 'x'.repeat(60_000)));
    const kept = await runInDurableObject(channelStub(name), (_, { storage }) =>
      storage.sql.exec('select count(*) as rows, sum(bytes) as bytes, max(seq) as last from log').one(),
    );
    expect(kept.bytes).toBeLessThanOrEqual(1024 * 1024);
    expect(kept).toMatchObject({ rows: 17, last: 50 });
  });

  test('refuses an event that is too large, which the publisher hears and the log tells', async () => {
    const name = newName();
    const large = event('x'.repeat(64 * 1024));
    expect(await channelStub(name).publish([event(), large, event()])).toEqual({
      lastSeq: 2,
      refused: [large.eventId],
    });
    const logs = captureLogs();
    await createChannels(env.CHANNEL).publish(name, large);
    expect(logs.events('events_too_large')).toMatchObject([{ channel: name, types: ['access_token_created'] }]);
  });

  test('forgets after seven days, by alarm, and goes on numbering where it was', async () => {
    const name = newName();
    await channelStub(name).publish(events(3));
    const inDays = (days: number) =>
      runInDurableObject(channelStub(name), (_, { storage }) =>
        storage.sql.exec('update log set created_at = ?', Date.now() - days * 86_400_000),
      );
    await inDays(6.9);
    await runAlarm(name);
    expect(seqs(await read(name, 0))).toEqual([1, 2, 3]);
    await inDays(7);
    await runAlarm(name);
    const [late, ...replayed] = await read(name, 2);
    expect(replayed).toEqual([]);
    expect(late).toMatchObject({ seq: 3, data: { complete: false } });
    expect((await read(name, 3))[0].data.complete).toBe(true);
    await evictDurableObject(channelStub(name));
    expect(await channelStub(name).publish([event()])).toMatchObject({ lastSeq: 4 });
  });

  test.each([
    [2, [4, 5]],
    [5, [1, 2, 3, 4, 5]],
    [10, [1, 2, 3, 4, 5]],
    [0, []],
  ])('the last %i are for who names no number', async (recent, expected) => {
    const name = newName();
    await channelStub(name).publish(events(5));
    const frames = await read(name, null, recent);
    expect(seqs(frames)).toEqual(expected);
    const from = recent === 0 ? null : 5 - expected.length;
    expect(frames[0].data).toMatchObject({ replayed_from: from, history_events: expected.length });
    expect(seqs(await read(name, 5, recent))).toEqual([]);
  });

  test.each([
    ['at its end', 5, [], true],
    ['within', 3, [4, 5], true],
    ['before its beginning', 0, [1, 2, 3, 4, 5], true],
    ['beyond its end', 6, [], false],
    ['far beyond', Number.MAX_SAFE_INTEGER, [], false],
    ['nowhere', null, [], true],
  ])('a reader who comes back %s: after %s', async (_, after, expected, complete) => {
    const name = newName();
    await channelStub(name).publish(events(5));
    const frames = await read(name, after);
    expect(seqs(frames)).toEqual(expected);
    expect(frames[0]).toMatchObject({ seq: 5, data: { replayed_from: after, complete } });
  });
});

describe('readers', () => {
  const bearer = ({ accessToken }: { accessToken: string }) => ({ Authorization: `Bearer ${accessToken}` });

  async function isOpen(socket: Socket): Promise<boolean> {
    socket.send('{ "type": "heartbeat" }');
    return !('code' in (await Promise.race([socket.next(), socket.closed])));
  }

  test('are followed for as long as there are any; then no alarm is left but that of the log', async () => {
    const user = await createUser();
    const workspaceId = await createWorkspace(user);
    const name = `workspace:${workspaceId}`;
    const socket = await openSocket(`/api/v1/ws/workspace/${workspaceId}`, bearer(user));
    await socket.next();
    const alarm = () => runInDurableObject(channelStub(name), (_, { storage }) => storage.getAlarm());
    const due = (await alarm())! - Date.now();
    expect(due).toBeGreaterThan(4_000);
    expect(due).toBeLessThanOrEqual(7_000);
    socket.close();
    await socket.closed;
    await runAlarm(name);
    expect(await alarm()).toBeNull();
  });

  test('survive that the object is evicted, and are verified after it', async () => {
    const user = await createUser();
    const workspaceId = await createWorkspace(user);
    const name = `workspace:${workspaceId}`;
    const socket = await openSocket(`/api/v1/ws/workspace/${workspaceId}`, bearer(user));
    await socket.next();
    await evictDurableObject(channelStub(name));
    await channelStub(name).publish([event()]);
    expect(await socket.next()).toMatchObject({ type: 'access_token_created', seq: 1 });
    await user.post('/api/v1/auth/logout');
    await evictDurableObject(channelStub(name));
    await runAlarm(name);
    expect(await socket.closed).toMatchObject({ code: 4001 });
  });

  test('stay while their rights cannot be found out, for a minute', async () => {
    captureLogs();
    const user = await createUser();
    const workspaceId = await createWorkspace(user);
    const name = `workspace:${workspaceId}`;
    const socket = await openSocket(`/api/v1/ws/workspace/${workspaceId}`, bearer(user));
    await socket.next();
    const setVerify = (verify: (() => Promise<never>) | null) =>
      runInDurableObject(channelStub(name), (instance) => {
        if (verify) Object.defineProperty(instance, 'verify', { value: verify, configurable: true });
        else Reflect.deleteProperty(instance, 'verify');
      });
    const away = () => Promise.reject(new Error('the database is away'));
    const since = (storage: DurableObjectStorage) => storage.get<number>('unverified-since');

    await setVerify(away);
    await runAlarm(name);
    expect(await isOpen(socket)).toBe(true);
    await setVerify(null);
    await runAlarm(name);
    expect(await runInDurableObject(channelStub(name), (_, { storage }) => since(storage))).toBeUndefined();

    await setVerify(away);
    await runAlarm(name);
    await runInDurableObject(channelStub(name), async (_, { storage }) =>
      storage.put('unverified-since', (await since(storage))! - 60_000),
    );
    await runAlarm(name);
    expect(await socket.closed).toEqual({ code: 1013, reason: 'try again later' });
  });

  test('are at most fifty of one user', async () => {
    const user = await createUser();
    const workspaceId = await createWorkspace(user);
    const path = `/api/v1/ws/workspace/${workspaceId}`;
    const sockets = await Promise.all(Array.from({ length: 50 }, () => openSocket(path, bearer(user))));
    await Promise.all(sockets.map((socket) => socket.next()));
    expect(await (await openSocket(path, bearer(user))).closed).toMatchObject({ code: 1008, reason: 'rate_limited' });
    expect(await user.get(`/api/v1/workspaces/${workspaceId}/events`)).toMatchObject({ status: 429 });
    sockets[0]!.close();
    await sockets[0]!.closed;
    expect(await (await openSocket(path, bearer(user))).next()).toMatchObject({ type: 'subscription_confirmed' });
    for (const socket of sockets) socket.close();
  });

  test('by server-sent events go on from before a replay that they did not get', async () => {
    const user = await createUser();
    const workspaceId = await createWorkspace(user);
    await channelStub(`workspace:${workspaceId}`).publish(events(3));
    const path = `/api/v1/workspaces/${workspaceId}/events`;
    const first = async (headers: Record<string, string>) => {
      const stream = readEvents((await user.get(path, { headers })).response);
      const { value } = await stream.next();
      await stream.return(undefined);
      return value;
    };
    expect(await first({ 'Last-Event-ID': '1' })).toMatchObject({ event: 'subscription_confirmed', id: '1' });
    expect(await first({})).toMatchObject({ event: 'subscription_confirmed', id: '3' });
    expect(await first({ 'Last-Event-ID': '99' })).toMatchObject({ id: '3' });
    for (const odd of ['-1', '1e3', 'x', '']) expect(await first({ 'Last-Event-ID': odd })).toMatchObject({ id: '3' });
  });

  test('by server-sent events who do not read are let go, and told why', async () => {
    const { 0: client, 1: server } = new WebSocketPair();
    const stream = relayEvents(client);
    server.accept();
    const closed = new Promise<number>((done) => server.addEventListener('close', ({ code }) => done(code)));
    for (let seq = 1; seq <= 40; seq++) server.send(JSON.stringify({ type: 'x', seq, data: 'x'.repeat(64_000) }));
    expect(await closed).toBe(1013);
    const received = [];
    for await (const one of readEvents(new Response(stream))) received.push(one);
    expect(received.length).toBeGreaterThan(30);
    expect(received.length).toBeLessThan(40);
    expect(received.at(-1)).toMatchObject({ event: 'connection_closed' });
  });
});

describe('a publication', () => {
  const failing = (failures: object[]) => {
    const calls: string[] = [];
    const namespace = {
      getByName: (name: string) => ({
        publish: () => {
          calls.push(name);
          const failure = failures.shift();
          return failure ? Promise.reject(Object.assign(new Error('x'), failure)) : Promise.resolve({ refused: [] });
        },
      }),
    };
    return { channels: createChannels(namespace as never), calls };
  };

  test.each([
    ['is tried again with a new stub where that makes sense', [{ retryable: true }, { retryable: true }], 3, 0],
    ['is given up after three attempts, and fails nobody', Array(5).fill({ retryable: true }), 3, 1],
    ['is not repeated where the object is overloaded', [{ retryable: true, overloaded: true }], 1, 1],
    ['is not repeated after any other failure', [{}], 1, 1],
  ])('%s', async (_, failures, attempts, lost) => {
    const logs = captureLogs();
    const { channels, calls } = failing([...failures]);
    await channels.publish('workspace:x', event());
    expect(calls).toHaveLength(attempts);
    expect(logs.events('publish_failed')).toHaveLength(lost);
  });
});
