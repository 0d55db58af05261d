/** What is told of executions while they run. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { channelStub, runAlarm } from '../../helpers/channels.ts';
import { sql } from '../../helpers/database.ts';
import { openRemote, atAllowedHost } from '../../helpers/remote.ts';
import { single } from '../../helpers/run-workflows.ts';
import { captureLogs } from '../../helpers/logs.ts';
import { openSocket, readEvents, type Socket } from '../../helpers/streams.ts';
import { createWorkflow, workflowPath } from '../../helpers/workflows.ts';

afterEach(() => void vi.restoreAllMocks());

let user: User;
beforeAll(async () => {
  user = await createUser();
});

type Frame = Record<string, any>;

const follow = (id: string, query = '', { accessToken }: User = user) =>
  openSocket(`/api/v1/ws/execution/${id}${query}`, { Authorization: `Bearer ${accessToken}` });

/** The frames up to one of a type. */
async function readTo(socket: Socket, last: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (;;) {
    frames.push(await socket.next());
    if (frames.at(-1)!.type === last) return frames;
  }
}

/** A chain of nodes, each of which takes a moment. */
const chain = (count: number, ms: number) => ({
  nodes: [
    { id: 'start', type: 'trigger' },
    ...Array.from({ length: count }, (_, at) => ({ id: `n${at}`, type: 'delay', config: { ms } })),
  ],
  connections: Array.from({ length: count }, (_, at) => ({
    id: `c${at}`,
    from: at === 0 ? 'start' : `n${at - 1}`,
    to: `n${at}`,
  })),
});

async function start(definition: object, client: User = user): Promise<string> {
  const { id } = await createWorkflow(client, { definition });
  const { status, body } = await client.post(workflowPath(id, '/execute'), { inputs: { a: 1 } });
  expect(status).toBe(200);
  return body.execution_id;
}

/** Events alone, in the order in which they came. */
const eventsOf = (frames: Frame[]) =>
  frames.filter(({ event_id, type }) => event_id !== undefined && type !== 'subscription_confirmed');

/** The order of what is told of an execution, but for how far it is. */
const outlineOf = (frames: Frame[]) =>
  eventsOf(frames)
    .filter(({ type }) => type !== 'execution_progress' && type !== 'log_message')
    .map(({ type, node_id }) => (node_id === null ? type : `${type} ${node_id}`));

const OUTLINE = [
  'execution_started',
  'node_started start',
  'node_completed start',
  ...[0, 1, 2].flatMap((at) => [`node_started n${at}`, `node_completed n${at}`]),
  'execution_completed',
];

describe('an execution that somebody follows while it runs', () => {
  test('tells each step as it happens, and ends with its end', async () => {
    const id = await start(chain(3, 300));
    const socket = await follow(id, '?after=0');
    const frames = await readTo(socket, 'execution_completed');
    expect(outlineOf(frames)).toEqual(OUTLINE);
    const events = eventsOf(frames);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
    for (const event of events) {
      expect(event).toMatchObject({ event_type: event.type, execution_id: id, user_id: user.id });
    }
    const progress = events.filter(({ type }) => type === 'execution_progress').map(({ data }) => data.progress);
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    // It was under way when somebody came.
    expect(frames.find(({ type }) => type === 'initial_state')).toMatchObject({ status: 'running' });
    const { data } = events.findLast(({ node_id, type }) => node_id === 'n2' && type === 'node_completed')!;
    expect(data).toMatchObject({ result: { a: 1 } });
    expect(data.execution_time_ms).toBeGreaterThanOrEqual(290);
    socket.close();
  });

  test('tells of a node that it has begun before it ends, whatever it does', async () => {
    const url = atAllowedHost(openRemote().url('silent'));
    const id = await start(single('http', { url }));
    const socket = await follow(id, '?after=0');
    const frames = await readTo(socket, 'execution_progress');
    while (frames.at(-1)!.data.current_node !== 'only') frames.push(...(await readTo(socket, 'execution_progress')));
    expect(outlineOf(frames).at(-1)).toBe('node_started only');
    expect((await user.get(`/api/v1/executions/${id}`)).body).toMatchObject({
      status: 'running',
      current_node: 'only',
    });
    await user.post(`/api/v1/executions/${id}/control`, { action: 'cancel' });
    socket.close();
  });

  test('request_status says what its runner knows, and not what is in the database', async () => {
    const id = await start(chain(1, 3_000));
    const socket = await follow(id);
    await readTo(socket, 'initial_state');
    socket.send({ type: 'request_status' });
    expect((await readTo(socket, 'status_update')).at(-1)).toMatchObject({ execution_id: id, status: 'running' });
    await user.post(`/api/v1/executions/${id}/control`, { action: 'cancel', reason: 'Enough' });
    expect((await readTo(socket, 'execution_cancelled')).at(-1)).toMatchObject({ data: { reason: 'Enough' } });
    socket.send({ type: 'request_status' });
    expect((await readTo(socket, 'status_update')).at(-1)).toMatchObject({ status: 'cancelled' });
    socket.close();
  });

  test('is read to its end over connections that break, nothing twice and nothing left out', async () => {
    const id = await start(chain(3, 400));
    const received: Frame[] = [];
    let after = 0;
    for (let connections = 0; received.at(-1)?.type !== 'execution_completed'; connections++) {
      expect(connections).toBeLessThan(100);
      const socket = await follow(id, `?after=${after}`);
      // Two events a connection.
      for (let count = 0; count < 2;) {
        const frame: Frame = await socket.next();
        if (eventsOf([frame]).length === 0) continue;
        received.push(frame);
        after = frame.seq;
        count += 1;
        if (frame.type === 'execution_completed') break;
      }
      socket.close();
    }
    expect(received.map(({ seq }) => seq)).toEqual(received.map((_, at) => at + 1));
    expect(outlineOf(received)).toEqual(OUTLINE);
    const all = await follow(id, '?after=0');
    expect(eventsOf(await readTo(all, 'execution_completed'))).toEqual(received);
    all.close();
  });

  test('by server-sent events tells the same', async () => {
    const id = await start(chain(3, 200));
    const { response } = await user.get(`/api/v1/executions/${id}/events`, { query: { after: 0 } });
    const frames: Frame[] = [];
    for await (const { data } of readEvents(response)) {
      frames.push(JSON.parse(data));
      if (frames.at(-1)!.type === 'execution_completed') break;
    }
    expect(outlineOf(frames)).toEqual(OUTLINE);
  });
});

describe('an execution that somebody follows before it begins', () => {
  test('is told from its beginning to its end', async () => {
    const { id: workflowId } = await createWorkflow(user, { definition: chain(3, 100) });
    const { status, body } = await user.post(
      '/api/v1/executions',
      { workflow_id: workflowId },
      { query: { start_immediately: false } },
    );
    expect(status).toBe(201);
    const socket = await follow(body.id);
    expect((await readTo(socket, 'initial_state')).at(-1)).toMatchObject({ status: 'pending' });
    await user.post(`/api/v1/executions/${body.id}/control`, { action: 'start' });
    await runAlarm(`execution:${body.id}`);
    expect(outlineOf(await readTo(socket, 'execution_completed'))).toEqual(OUTLINE);
    socket.close();
  });
});

describe('an execution that failed', () => {
  const failing = {
    nodes: [
      { id: 'start', type: 'trigger' },
      { id: 'good', type: 'set', config: { values: { x: 1 } } },
      { id: 'bad', type: 'transform', config: { expression: '$error("never")' } },
    ],
    connections: [
      { id: 'a', from: 'start', to: 'good' },
      { id: 'b', from: 'good', to: 'bad' },
    ],
  };

  test('tells what failed, and of a retry all that it does again', async () => {
    const id = await start(failing);
    const socket = await follow(id, '?after=0');
    const first = await readTo(socket, 'execution_failed');
    expect(outlineOf(first)).toEqual([
      'execution_started',
      'node_started start',
      'node_completed start',
      'node_started good',
      'node_completed good',
      'node_started bad',
      'node_failed bad',
      'execution_failed',
    ]);
    const fault = { error: expect.any(String), error_code: expect.stringMatching(/^[a-z_]+$/) };
    expect(first.findLast(({ type }) => type === 'node_failed')!.data).toMatchObject(fault);
    expect(first.at(-1)!.data).toMatchObject({ ...fault, status: 'failed', node_id: 'bad' });
    // Once in its runner, and once after that has forgotten it.
    for (const runs of ['known', 'forgotten']) {
      if (runs === 'forgotten') await recorded(id);
      const retried = await user.post(`/api/v1/executions/${id}/control`, { action: 'retry' });
      expect(retried).toMatchObject({ status: 200 });
      await runAlarm(`execution:${id}`);
      const again = outlineOf(await readTo(socket, 'execution_failed'));
      expect(again.slice(-3)).toEqual(['node_started bad', 'node_failed bad', 'execution_failed']);
      expect(again).not.toContain('node_completed good');
    }
    socket.close();
    await recorded(id);
    const { body } = await user.get(`/api/v1/executions/${id}/logs`);
    expect(
      body.logs.map(({ message }: Frame) => message).filter((one: string) => one === 'Execution failed'),
    ).toHaveLength(3);
  });
});

/** Waits until the database knows how an execution ended, and its runner nothing of it any more. */
async function recorded(id: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const [row] = await sql`select next_check_at from workflow_executions where id = ${id}`;
    if (row!.next_check_at === null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the execution was not recorded');
}

describe('when the runner goes away', () => {
  test('whoever follows gets all of it nevertheless', async () => {
    const id = await start(chain(3, 400));
    const socket = await follow(id, '?after=0');
    const before = await readTo(socket, 'node_completed');
    await evictDurableObject(env.EXECUTION_RUNNER.getByName(user.workspaceId));
    await user.get(`/api/v1/executions/${id}`);
    await runAlarm(`execution:${id}`);
    const frames = [...before, ...(await readTo(socket, 'execution_completed'))];
    expect(outlineOf(frames).toSorted()).toEqual(OUTLINE.toSorted());
    expect(outlineOf(frames).at(-1)).toBe('execution_completed');
    socket.close();
  });
});

describe('when something cannot be announced', () => {
  test('all of it is, in order, as soon as somebody looks after it', async () => {
    const logs = captureLogs();
    const id = await start(chain(3, 500));
    const rename = (from: string, to: string) =>
      runInDurableObject(channelStub(`execution:${id}`), (_, { storage }) =>
        storage.sql.exec(`alter table ${from} rename to ${to}`),
      );
    const socket = await follow(id, '?after=0');
    const before = await readTo(socket, 'initial_state');
    await rename('log', 'lost');
    await vi.waitFor(() => expect(logs.events('publish_failed').length).toBeGreaterThan(0), { timeout: 5_000 });
    await rename('lost', 'log');
    await runAlarm(`execution:${id}`);
    const frames = [...before, ...(await readTo(socket, 'execution_completed'))];
    expect(outlineOf(frames)).toEqual(OUTLINE);
    socket.close();
  });
});

describe('one’s own channel', () => {
  test('tells how executions of one’s own begin and end', async () => {
    const owner = await createUser();
    const socket = await openSocket('/api/v1/ws/user', { Authorization: `Bearer ${owner.accessToken}` });
    await readTo(socket, 'initial_user_state');
    const id = await start(chain(1, 50), owner);
    const frames = await readTo(socket, 'execution_completed');
    expect(outlineOf(frames)).toEqual(['execution_started', 'execution_completed']);
    for (const frame of frames) expect(frame).toMatchObject({ execution_id: id, user_id: owner.id });
    socket.send({ type: 'request_executions' });
    expect((await readTo(socket, 'user_executions')).at(-1)!.data.executions).toMatchObject([
      { id, status: 'completed' },
    ]);
    socket.close();
  });
});
