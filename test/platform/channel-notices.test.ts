/** What channels tell besides events, and what they ask the rest of the world for. */
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createChannels } from '../../src/platform/realtime/channels.ts';
import type { ChannelEvent } from '../../src/platform/realtime/events.ts';
import { createUser, createWorkspace, type User } from '../helpers/actors.ts';
import { channelStub, runAlarm } from '../helpers/channels.ts';
import { captureLogs } from '../helpers/logs.ts';
import { openSocket, type Socket } from '../helpers/streams.ts';

afterEach(() => void vi.restoreAllMocks());

const event = (eventId: string = crypto.randomUUID()): ChannelEvent => ({
  type: 'access_token_created',
  eventId,
  data: { token_id: eventId, name: '', workspace_id: '' },
});

/** Puts something in the place of what a channel asks the rest of the world for. */
const replace = (
  name: string,
  hook: 'verify' | 'greet' | 'tend' | 'tellPresence',
  value: (...args: any[]) => unknown,
) =>
  runInDurableObject(channelStub(name), (instance) => {
    Object.defineProperty(instance, hook, { value, configurable: true });
  });

describe('what readers are told besides events', () => {
  const bearer = ({ accessToken }: { accessToken: string }) => ({ Authorization: `Bearer ${accessToken}` });

  async function openIn(name: string, user: User): Promise<Socket> {
    const socket = await openSocket(`/api/v1/ws/workspace/${name.split(':')[1]}`, bearer(user));
    expect(await socket.next()).toMatchObject({ type: 'subscription_confirmed' });
    return socket;
  }

  let user: User;
  let name: string;
  beforeEach(async () => {
    user = await createUser();
    name = `workspace:${await createWorkspace(user)}`;
  });

  test('is found out anew where something happens meanwhile, so that nobody is told what is over', async () => {
    let times = 0;
    await replace(name, 'greet', async () => {
      times += 1;
      if (times < 3) await channelStub(name).publish([event()]);
      return { type: 'greeting', times };
    });
    const socket = await openIn(name, user);
    expect([await socket.next(), await socket.next(), await socket.next()]).toMatchObject([
      { seq: 1 },
      { seq: 2 },
      { type: 'greeting', event_type: 'greeting', times: 3 },
    ]);
    socket.close();
  });

  test('is left out where it cannot be found out, which ends no connection', async () => {
    const logs = captureLogs();
    await replace(name, 'greet', () => Promise.reject(new Error('the database is away')));
    const socket = await openIn(name, user);
    await channelStub(name).publish([event()]);
    expect(await socket.next()).toMatchObject({ seq: 1 });
    await vi.waitFor(() => expect(logs.events('reader_not_told')).toMatchObject([{ channel: name }]));
    socket.close();
  });

  test('is told to all by and by, and what takes too long keeps nobody from being verified', async () => {
    await replace(name, 'tend', () => Promise.resolve({ type: 'counts', count: 1 }));
    const socket = await openIn(name, user);
    await runAlarm(name);
    expect(await socket.next()).toEqual({ type: 'counts', event_type: 'counts', count: 1 });
    const logs = captureLogs();
    await replace(name, 'tend', () => new Promise(() => {}));
    const startedAt = Date.now();
    await runAlarm(name);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(logs.events('channel_not_tended')).toMatchObject([{ channel: name }]);
    const alarm = await runInDurableObject(channelStub(name), (_, { storage }) => storage.getAlarm());
    expect(alarm! - Date.now()).toBeLessThanOrEqual(7_000);
    socket.close();
  });

  test('who is connected is noted when it changes, and once a minute', async () => {
    const noted: unknown[] = [];
    await replace(name, 'tellPresence', (connections) => Promise.resolve(void noted.push(connections)));
    const [first, second] = [await openIn(name, user), await openIn(name, user)];
    await runAlarm(name);
    await runAlarm(name);
    expect(noted).toEqual([{ [user.id]: 2 }]);
    first.close();
    await first.closed;
    await runAlarm(name);
    expect(noted.splice(0)).toEqual([{ [user.id]: 2 }, { [user.id]: 1 }]);
    await runInDurableObject(channelStub(name), async (_, { storage }) => {
      const before = await storage.get<{ digest: string; at: number }>('presence-noted');
      await storage.put('presence-noted', { ...before, at: Date.now() - 60_000 });
    });
    await runAlarm(name);
    expect(noted.splice(0)).toEqual([{ [user.id]: 1 }]);
    second.close();
    await second.closed;
    await runAlarm(name);
    expect(noted).toEqual([{}]);
  });

  test('and is forgotten where it is not noted again', async () => {
    const { notePresence, countPresence } = createChannels({
      getByName: () => channelStub(`presence:${user.id}`),
    } as never);
    await notePresence('execution:a', { one: 2, other: 1 });
    await notePresence('execution:b', { one: 1 });
    await notePresence('global', { one: 1 });
    expect(await countPresence()).toEqual({
      kinds: { execution: { channels: 2, connections: 4 }, global: { channels: 1, connections: 1 } },
      users: 2,
    });
    await notePresence('execution:b', {});
    await runInDurableObject(channelStub(`presence:${user.id}`), (_, { storage }) =>
      storage.sql.exec(`update presence set noted_at = ? where channel = 'execution:a'`, Date.now() - 150_000),
    );
    expect(await countPresence()).toEqual({ kinds: { global: { channels: 1, connections: 1 } }, users: 1 });
  });
});
