/** What readers ask, and what they are told of how things stand. */
import { beforeAll, describe, expect, test } from 'vitest';
import { countAll } from '../../../src/features/executions/live/queries.ts';
import { addMember, createSuperuser, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { runAlarm } from '../../helpers/channels.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { recordExecution } from '../../helpers/recorded-executions.ts';
import { nextOf, openSocket } from '../../helpers/streams.ts';

const bearer = ({ accessToken }: User) => ({ Authorization: `Bearer ${accessToken}` });
const follow = (user: User, path: string) => openSocket(`/api/v1/ws/${path}`, bearer(user));

let user: User;
let admin: User;
beforeAll(async () => {
  [user, admin] = await Promise.all([createUser(), createSuperuser()]);
});

describe('on an execution', () => {
  test('request_status is answered with what is so now', async () => {
    const id = await recordExecution(user, { status: 'pending' });
    const socket = await follow(user, `execution/${id}`);
    expect(await nextOf(socket, 'initial_state')).toMatchObject({ execution_id: id, status: 'pending' });
    socket.send({ type: 'request_status' });
    expect(await nextOf(socket, 'status_update')).toEqual({
      type: 'status_update',
      event_type: 'status_update',
      execution_id: id,
      status: 'pending',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    socket.close();
  });

  test('whatever is no question is ignored, and the connection stays', async () => {
    const id = await recordExecution(user);
    const socket = await follow(user, `execution/${id}`);
    await nextOf(socket, 'initial_state');
    const garbage = [
      '',
      'null',
      '[]',
      '"request_status"',
      '{"type":1}',
      '{"type":"request_status"',
      '{"type":"request_stats"}',
      '{"type":"request_executions"}',
      '{"type":"constructor"}',
      `{"type":"request_status","padding":"${'x'.repeat(2_000)}"}`,
      '\0',
    ];
    for (const message of garbage) socket.send(message);
    socket.send('{"type":"heartbeat"}');
    expect(await socket.next()).toEqual({ type: 'heartbeat_ack', event_type: 'heartbeat_ack' });
    socket.send('{ "type" : "heartbeat", "at": 1 }');
    expect(await socket.next()).toMatchObject({ type: 'heartbeat_ack' });
    socket.close();
  });

  test('asking over and over is answered, and asks the database once in a second', async () => {
    const id = await recordExecution(user, { status: 'pending' });
    const socket = await follow(user, `execution/${id}`);
    await nextOf(socket, 'initial_state');
    for (let times = 0; times < 50; times++) socket.send({ type: 'request_status' });
    const answers = [];
    for (let times = 0; times < 50; times++) answers.push((await nextOf(socket, 'status_update')).timestamp);
    // A timestamp for each time that somebody looked.
    expect(new Set(answers).size).toBeLessThanOrEqual(3);
    socket.close();
  });
});

describe('on one’s own channel', () => {
  test('the latest executions are told on coming, and more to those who ask', async () => {
    const owner = await createUser();
    const ids: string[] = [];
    for (let at = 0; at < 12; at++) {
      const id = await recordExecution(owner, { status: at % 2 ? 'completed' : 'pending' });
      await sql`update workflow_executions set created_at = now() - make_interval(secs => ${100 - at}) where id = ${id}`;
      ids.unshift(id);
    }
    const socket = await follow(owner, 'user');
    const { executions } = await nextOf(socket, 'initial_user_state');
    expect(executions.map((one: { id: string }) => one.id)).toEqual(ids.slice(0, 10));
    expect(executions[0]).toEqual({ id: ids[0], status: 'completed', created_at: expect.any(String) });
    socket.send({ type: 'request_executions' });
    const { data, event_type } = await nextOf(socket, 'user_executions');
    expect(event_type).toBe('user_executions');
    expect(data.executions.map((one: { id: string }) => one.id)).toEqual(ids);
    expect(data.executions[1]).toMatchObject({ status: 'pending', updated_at: expect.any(String) });
    socket.close();
  });

  test('those of others are not, nor those of a workspace that one has left', async () => {
    const [owner, member] = await Promise.all([createUser(), createUser()]);
    const workspaceId = await createWorkspace(owner);
    await addMember(workspaceId, member, 'member');
    await recordExecution(owner, { workspaceId });
    const id = await recordExecution(member, { workspaceId });
    const idsOf = async () => {
      const socket = await follow(member, 'user');
      const { executions } = await nextOf(socket, 'initial_user_state');
      socket.close();
      return executions.map((one: { id: string }) => one.id);
    };
    expect(await idsOf()).toEqual([id]);
    await sql`delete from workspace_members where user_id = ${member.id} and workspace_id = ${workspaceId}`;
    expect(await idsOf()).toEqual([]);
  });
});

describe('on the channel of the platform', () => {
  test('counts are told on coming, on request, and by and by', async () => {
    await Promise.all([recordExecution(user), recordExecution(user, { status: 'pending' })]);
    const socket = await follow(admin, 'global');
    expect(await socket.next()).toMatchObject({
      type: 'subscription_confirmed',
      data: { type: 'global', active_executions: expect.any(Number), total_connections: expect.any(Number) },
    });
    const { type: _, event_type: __, timestamp: ___, ...counts } = await nextOf(socket, 'initial_global_state');
    expect(counts).toEqual({ total_executions: expect.any(Number), active_executions: expect.any(Number) });
    expect(counts.active_executions).toBeGreaterThanOrEqual(1);
    expect(counts.total_executions).toBeGreaterThan(counts.active_executions);
    socket.send({ type: 'request_stats' });
    const { data } = await nextOf(socket, 'system_stats');
    expect(data).toMatchObject({ ...counts, completed_executions: expect.any(Number) });
    expect(data.completed_executions + data.active_executions).toBeLessThanOrEqual(data.total_executions);
    expect(await runAlarm('global')).toBe(true);
    expect(await nextOf(socket, 'system_stats')).toMatchObject({ data: { total_executions: expect.any(Number) } });
    socket.close();
  });

  test('counts of very many are those of a sample, but for what is under way', async () => {
    const workspaceId = await createWorkspace(user);
    const insert = (status: string, count: number) => sql`
      insert into workflow_executions (workspace_id, created_by, status, completed_at)
      select ${workspaceId}, ${user.id}, ${status}, now() from generate_series(1, ${count}::int)`;
    await insert('failed', 10_000);
    await insert('completed', 20_000);
    await insert('pending', 500);
    await sql`analyze workflow_executions`;
    const { db } = createTestCtx();
    const [exact, sampled] = [await countAll(db), await countAll(db, 15_000)];
    expect(exact.total).toBeGreaterThanOrEqual(30_000);
    expect(Math.abs(sampled.total / exact.total - 1)).toBeLessThan(0.25);
    expect(Math.abs(sampled.completed / exact.completed - 1)).toBeLessThan(0.25);
    for (const { active } of [exact, sampled]) expect(active).toBeGreaterThanOrEqual(500);
    await sql`delete from workflow_executions where workspace_id = ${workspaceId}`;
  });

  test('for administrators alone, who are let go when they are none any more', async () => {
    expect(await (await follow(user, 'global')).closed).toMatchObject({ code: 4003 });
    const former = await createSuperuser();
    const socket = await follow(former, 'global');
    await nextOf(socket, 'initial_global_state');
    await sql`update users set is_superuser = false where id = ${former.id}`;
    await runAlarm('global');
    expect(await socket.closed).toMatchObject({ code: 4003 });
  });
});

describe('who is connected', () => {
  test('is told for the platform and for one execution, until they leave', async () => {
    const [one, other] = await Promise.all([createUser(), createUser()]);
    const workspaceId = await createWorkspace(one);
    await addMember(workspaceId, other, 'viewer');
    const id = await recordExecution(one, { workspaceId, nodes: [{ key: 'start' }] });
    const channel = `execution:${id}`;
    const statusNow = async () => (await admin.get('/api/v1/ws/status')).body;
    const statsNow = async () => (await other.get(`/api/v1/ws/stats/execution/${id}`)).body;
    expect(await statsNow()).toEqual({
      execution_id: id,
      active_connections: 0,
      created_at: null,
      last_activity: null,
      event_count: 0,
    });
    const before = await statusNow();
    const sockets = await Promise.all([one, one, other].map((reader) => follow(reader, `execution/${id}`)));
    for (const socket of sockets) await nextOf(socket, 'initial_state');
    await runAlarm(channel);
    expect(await statusNow()).toEqual({
      ...before,
      active_executions: before.active_executions + 1,
      total_connections: before.total_connections + 3,
      active_users: before.active_users + 2,
    });
    const stats = await statsNow();
    expect(stats).toMatchObject({ active_connections: 3, event_count: 4 });
    expect(Date.now() - Date.parse(stats.last_activity)).toBeLessThan(60_000);
    for (const socket of sockets) {
      socket.close();
      await socket.closed;
    }
    await runAlarm(channel);
    expect(await statusNow()).toEqual(before);
    expect(await statsNow()).toMatchObject({ active_connections: 0, event_count: 4 });
  });

  test('is for administrators, and for readers of the execution', async () => {
    const stranger = await createUser();
    expect(await stranger.get('/api/v1/ws/status')).toMatchObject({ status: 403 });
    const id = await recordExecution(user);
    expect(await stranger.get(`/api/v1/ws/stats/execution/${id}`)).toMatchObject({ status: 404 });
    expect(await user.get('/api/v1/ws/global')).toMatchObject({ status: 403 });
    expect(await admin.get('/api/v1/ws/global')).toMatchObject({ status: 426 });
  });
});
