/** What is told of executions that had ended when somebody came. */
import { beforeAll, describe, expect, test } from 'vitest';
import { rebuildEvents } from '../../../src/features/executions/live/rebuild.ts';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import { channelStub, runAlarm } from '../../helpers/channels.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { recordExecution } from '../../helpers/recorded-executions.ts';
import { openSocket, readEvents, type Socket } from '../../helpers/streams.ts';
import { createToken } from '../../helpers/tokens.ts';

const socketPath = (id: string, query = '') => `/api/v1/ws/execution/${id}${query}`;
const eventsPath = (id: string) => `/api/v1/executions/${id}/events`;
const bearer = (accessToken: string) => ({ Authorization: `Bearer ${accessToken}` });

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const open = (id: string, query = '', { accessToken }: User = user) =>
  openSocket(socketPath(id, query), bearer(accessToken));

/** The frames up to one of a type. */
async function readTo(socket: Socket, last: string): Promise<Record<string, any>[]> {
  const frames: Record<string, any>[] = [];
  for (;;) {
    frames.push(await socket.next());
    if (frames.at(-1)!.type === last) return frames;
  }
}

/** All that somebody gets who comes and has everything after a sequence number. */
async function readAll(id: string, query = ''): Promise<Record<string, any>[]> {
  const socket = await open(id, query);
  const frames = await readTo(socket, 'initial_state');
  socket.close();
  return frames;
}

const NODES = [
  { key: 'start', output: { a: 1 } },
  { key: 'double', output: { a: 2 } },
  { key: 'other', status: 'skipped' },
];

describe('an execution that had ended before anybody came', () => {
  test('is told from its record, in order, in both families of messages', async () => {
    const id = await recordExecution(user, { nodes: NODES, logs: ['Halfway'] });
    const frames = await readAll(id, '?after=0');
    expect(frames.map(({ type }) => type)).toEqual([
      'subscription_confirmed',
      'execution_started',
      'node_started',
      'node_completed',
      'node_started',
      'node_completed',
      'node_skipped',
      'log_message',
      'execution_completed',
      'initial_state',
    ]);
    for (const frame of frames) expect(frame.event_type).toBe(frame.type);
    const [confirmation, started, , completed] = frames;
    expect(confirmation).toMatchObject({
      execution_id: id,
      node_id: null,
      user_id: null,
      data: { execution_id: id, replayed_from: 0, complete: true, room_connections: 1, history_events: 8 },
    });
    expect(started).toMatchObject({
      execution_id: id,
      node_id: null,
      user_id: user.id,
      timestamp: '2026-11-01T12:00:00.000Z',
      data: { started_at: '2026-11-01T12:00:00.000Z' },
    });
    expect(completed).toMatchObject({
      node_id: 'start',
      timestamp: '2026-11-01T12:00:00.600Z',
      data: { execution_time_ms: 500, result: { a: 1 }, result_omitted: false, iteration: [] },
    });
    expect(frames[7]).toMatchObject({ data: { level: 'info', message: 'Halfway' } });
    expect(frames[8]).toMatchObject({
      data: { completed_at: '2026-11-01T12:01:00.000Z', result: { sum: 3 }, result_omitted: false },
    });
    expect(frames[9]).toMatchObject({ execution_id: id, status: 'completed' });
    expect(Object.keys(frames[9]!)).toEqual(expect.arrayContaining(['created_at', 'updated_at']));
  });

  test.each([
    ['failed', 'execution_failed', { error: 'The third step failed.', error_code: 'http_error', status: 'failed' }],
    ['timeout', 'execution_failed', { error_code: 'timeout', status: 'timeout' }],
    ['cancelled', 'execution_cancelled', { cancelled_at: '2026-11-01T12:01:00.000Z' }],
  ])('%s is told as %s', async (status, type, data) => {
    const frames = await readAll(await recordExecution(user, { status }));
    expect(frames.at(-2)).toMatchObject({ type, data });
    expect(frames.at(-1)).toMatchObject({ type: 'initial_state', status });
  });

  test('without a position gives the last ten events, the end among them', async () => {
    const id = await recordExecution(user, { nodes: Array.from({ length: 20 }, (_, at) => ({ key: `n${at}` })) });
    const frames = await readAll(id);
    expect(frames).toHaveLength(12);
    expect(frames[0]!.data).toMatchObject({ replayed_from: 32, history_events: 10 });
    expect(frames.slice(1, -1).map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, at) => 33 + at));
    expect(frames.at(-2)!.type).toBe('execution_completed');
  });

  test('is made of the same events each time, from which a channel takes what it has not', async () => {
    const id = await recordExecution(user, { nodes: NODES });
    const first = (await readAll(id, '?after=0')).slice(1, -1);
    expect((await readAll(id, '?after=0')).slice(1, -1)).toEqual(first);
    const again = await rebuildEvents(createTestCtx(), user.workspaceId, id);
    expect(again.map(({ eventId }) => eventId)).toEqual(first.map(({ event_id }) => event_id));
    expect(new Set(again.map(({ eventId }) => eventId)).size).toBe(again.length);
    // One that was told of the beginning by the runner, and then of nothing.
    const half = await recordExecution(user, { nodes: NODES });
    const events = await rebuildEvents(createTestCtx(), user.workspaceId, half);
    await channelStub(`execution:${half}`).publish(events.slice(0, 3));
    expect((await readAll(half, '?after=0')).map(({ event_id }) => event_id).slice(1, -1)).toEqual(
      events.map(({ eventId }) => eventId),
    );
  });

  test('leaves out results that no event can hold, and says so', async () => {
    const large = 'x'.repeat(100_000);
    const id = await recordExecution(user, { output: large, nodes: [{ key: 'large', output: large }] });
    const frames = await readAll(id, '?after=0');
    for (const type of ['node_completed', 'execution_completed']) {
      const frame = frames.find((one) => one.type === type);
      expect(frame).toMatchObject({ data: { result: null, result_omitted: true } });
    }
  });

  test('with very many nodes ends with its end', async () => {
    const nodes = Array.from({ length: 1_000 }, (_, at) => ({ key: `n${at}` }));
    const id = await recordExecution(user, { nodes, logs: Array.from({ length: 1_000 }, (_, at) => `Line ${at}`) });
    const frames = await readAll(id, '?after=0');
    expect(frames.length).toBeLessThan(1_000);
    expect(frames[1]!.type).toBe('execution_started');
    expect(frames.at(-2)!.type).toBe('execution_completed');
    expect(frames.findLast(({ type }) => type === 'node_completed')!.node_id).toBe('n999');
  });
});

describe('an end that nobody announced', () => {
  test('is told to whoever follows already, within seconds', async () => {
    const id = await recordExecution(user, { status: 'pending' });
    const socket = await open(id);
    expect((await readTo(socket, 'initial_state')).at(-1)).toMatchObject({ status: 'pending' });
    await sql`update workflow_executions set status = 'failed', error_message = 'Lost', completed_at = now(),
      started_at = now() where id = ${id}`;
    expect(await runAlarm(`execution:${id}`)).toBe(true);
    const frames = await readTo(socket, 'execution_failed');
    expect(frames.at(-1)).toMatchObject({ execution_id: id, data: { error: 'Lost' } });
    // And once.
    await runAlarm(`execution:${id}`);
    socket.send({ type: 'request_status' });
    expect(await socket.next()).toMatchObject({ type: 'status_update', status: 'failed' });
    socket.close();
  });
});

describe('who comes back', () => {
  test('gets what was missed, nothing twice and nothing left out', async () => {
    const id = await recordExecution(user, { nodes: NODES });
    const all = (await readAll(id, '?after=0')).slice(1, -1);
    for (let had = 0; had <= all.length; had++) {
      expect((await readAll(id, `?after=${had}`)).slice(1, -1)).toEqual(all.slice(had));
    }
  });

  test('by server-sent events goes on after Last-Event-ID', async () => {
    const id = await recordExecution(user, { nodes: NODES });
    const read = async (headers: Record<string, string>) => {
      const received = [];
      for await (const event of readEvents((await user.get(eventsPath(id), { headers })).response)) {
        received.push(event);
        if (event.event === 'initial_state') return received;
      }
      throw new Error('the stream ended early');
    };
    const first = await read({ 'Last-Event-ID': '0' });
    expect(first.map(({ id: at }) => at)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', null]);
    const rest = await read({ 'Last-Event-ID': first[4]!.id! });
    expect(rest.slice(1, -1)).toEqual(first.slice(5, -1));
  });
});

describe('only whoever may read the execution', () => {
  test('follows it: members of its workspace, by tokens with the scope', async () => {
    const [viewer, stranger] = await Promise.all([createUser(), createUser()]);
    await addMember(user.workspaceId, viewer, 'viewer');
    const id = await recordExecution(user);
    expect((await readTo(await open(id, '', viewer), 'initial_state')).length).toBeGreaterThan(2);
    expect(await (await open(id, '', stranger)).closed).toMatchObject({ code: 4003, reason: 'not_found' });
    expect(await (await openSocket(socketPath(id))).closed).toMatchObject({ code: 4001 });
    const other = await createToken(user, ['workspace:read']);
    expect(await (await openSocket(socketPath(id), bearer(other.token))).closed).toMatchObject({ code: 4003 });
    const token = await createToken(user, ['executions:read']);
    const socket = await openSocket(socketPath(id), bearer(token.token));
    expect(await socket.next()).toMatchObject({ type: 'subscription_confirmed' });
    expect(await stranger.get(eventsPath(id))).toMatchObject({ status: 404 });
    expect(await (await open(crypto.randomUUID())).closed).toMatchObject({ code: 4003 });
  });

  test('and stays: who leaves the workspace is let go', async () => {
    const member = await createUser();
    await addMember(user.workspaceId, member, 'member');
    const id = await recordExecution(user);
    const socket = await open(id, '', member);
    await readTo(socket, 'initial_state');
    await runAlarm(`execution:${id}`);
    await sql`delete from workspace_members where user_id = ${member.id} and workspace_id = ${user.workspaceId}`;
    await runAlarm(`execution:${id}`);
    expect(await socket.closed).toEqual({ code: 4003, reason: 'not_found' });
  });
});
