import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import { chat } from '../../helpers/llm.ts';
import { nextOf, openSocket, readEvents } from '../../helpers/streams.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const socketPath = (workspaceId: string, query = '') => `/api/v1/ws/workspace/${workspaceId}${query}`;
const eventsPath = (workspaceId: string, query = '') => `/api/v1/workspaces/${workspaceId}/events${query}`;
const bearer = ({ accessToken }: User) => ({ Authorization: `Bearer ${accessToken}` });

describe('by WebSocket', () => {
  test('announces each call with its tokens and cost, to every reader', async () => {
    const sockets = await Promise.all([1, 2].map(() => openSocket(socketPath(user.workspaceId), bearer(user))));
    for (const socket of sockets) {
      const hello = await socket.next();
      expect(hello).toMatchObject({ type: 'subscription_confirmed', event_type: 'subscription_confirmed' });
    }
    const { body } = await user.post('/api/v1/llm/chat', chat('Announce me'));
    for (const socket of sockets) {
      const event = await nextOf(socket, 'llm_usage');
      expect(event).toMatchObject({
        event_type: 'llm_usage',
        data: { call_id: body.metadata.call_id, output_tokens: body.usage.completion_tokens, status: 'success' },
      });
      socket.close();
    }
  });

  test('takes the token in the query, answers heartbeats, and replays what was missed', async () => {
    const path = socketPath(user.workspaceId, `?token=${user.accessToken}`);
    const first = await openSocket(path);
    await user.post('/api/v1/llm/chat', chat('First'));
    const { seq } = await nextOf(first, 'llm_usage');
    first.send('{"type":"heartbeat"}');
    expect(await nextOf(first, 'heartbeat_ack')).toBeTruthy();
    first.close();

    const { body } = await user.post('/api/v1/llm/chat', chat('Missed'));
    const watcher = await openSocket(path);
    await nextOf(watcher, 'subscription_confirmed');
    const second = await openSocket(`${path}&after=${seq}`);
    const replayed = await nextOf(second, 'llm_usage');
    // Figures of the workspace may have been told in between.
    expect(replayed).toMatchObject({ data: { call_id: body.metadata.call_id } });
    expect(replayed.seq).toBeGreaterThan(seq);
    watcher.close();
    second.close();
  });

  test('closes with a code that says why', async () => {
    const stranger = await createUser();
    const anonymous = await openSocket(socketPath(user.workspaceId));
    expect(await anonymous.closed).toMatchObject({ code: 4001 });
    const foreign = await openSocket(socketPath(user.workspaceId), bearer(stranger));
    expect(await foreign.closed).toMatchObject({ code: 4003 });
    const elsewhere = await openSocket(socketPath(user.workspaceId), { ...bearer(user), Origin: 'https://evil.test' });
    expect(await elsewhere.closed).toMatchObject({ code: 4003 });
  });

  test('a plain request is told to upgrade', async () => {
    expect(await user.get(socketPath(user.workspaceId))).toMatchObject({ status: 426 });
  });
});

describe('by server-sent events', () => {
  test('gives the same events, and replays after Last-Event-ID', async () => {
    const { response } = await user.get(eventsPath(user.workspaceId));
    const events = readEvents(response);
    expect((await events.next()).value).toMatchObject({ event: 'subscription_confirmed' });
    const { body } = await user.post('/api/v1/llm/chat', chat('Over SSE'));
    const { value } = await events.next();
    expect(JSON.parse(value!.data)).toMatchObject({ type: 'llm_usage', data: { call_id: body.metadata.call_id } });
    await events.return(undefined);

    const headers = { 'Last-Event-ID': String(Number(value!.id) - 1) };
    const again = readEvents((await user.get(eventsPath(user.workspaceId), { headers })).response);
    await again.next();
    expect((await again.next()).value).toEqual(value);
    await again.return(undefined);
  });

  test('is for members alone', async () => {
    const [member, stranger] = await Promise.all([createUser(), createUser()]);
    await addMember(user.workspaceId, member, 'viewer');
    expect(await member.get(eventsPath(user.workspaceId))).toMatchObject({ status: 200 });
    expect(await stranger.get(eventsPath(user.workspaceId))).toMatchObject({ status: 404 });
  });
});
