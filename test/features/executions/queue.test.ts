import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createSuperuser, createUser, createWorkspace, givePlan, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { execute, executionIn, executionPath, EXECUTIONS, single } from '../../helpers/run-workflows.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';
import { createWorkflow, workflowPath } from '../../helpers/workflows.ts';
import { expectStarts } from '../../../src/features/executions/queue/expect-starts.ts';

const settingsPath = (workspaceId: string) => `/api/v1/workspaces/${workspaceId}/execution-settings`;

const QUICK = single('transform', { expression: '1' });

/** Somebody whose executions run one after another. */
async function createSerialUser(): Promise<User> {
  const user = await createUser();
  await givePlan(user, 'enterprise');
  await user.put(settingsPath(user.workspaceId), { max_concurrent_executions: 1 });
  return user;
}

describe('the queue', () => {
  test('tells what waits, why, in which order, and when each is expected to begin', async () => {
    const user = await createSerialUser();
    // What only sleeps would give back its place.
    const silent = single('http', { url: atAllowedHost(openRemote().url('silent')), timeout: 60 });
    const sleep = await createWorkflow(user, { definition: silent });
    const quick = await createWorkflow(user, { definition: QUICK });
    expect((await user.get(`${EXECUTIONS}/queue/status`)).body).toMatchObject({
      user_queue: { pending: 0, running: 0, paused: 0, parked: 0, total_active: 0 },
      global_queue: { estimated_wait_time_minutes: 0 },
      limits: { max_concurrent_executions: 1, max_queue_size: 1000 },
      waiting: [],
    });
    await executionIn(user, await execute(user, quick.id), 'completed');
    const first = await execute(user, sleep.id);
    await executionIn(user, first, 'running');
    // As if it had taken ten minutes before.
    await sql`insert into workflow_executions (workspace_id, workflow_id, created_by, status, started_at, completed_at)
              values (${user.workspaceId}, ${sleep.id}, ${user.id}, 'completed', now() - interval '10 minutes', now())`;
    const remote = openRemote();
    const telling = single('http', { method: 'POST', url: atAllowedHost(remote.url('hook')), body: '{{input.name}}' });
    const told = await createWorkflow(user, { definition: telling });
    const begin = (name: string, priority = 5) => execute(user, told.id, { priority, inputs: { name } });
    const low = await begin('low', 2);
    const [one, two] = [await begin('one'), await begin('two')];
    const high = await begin('high', 9);
    const { body } = await user.get(`${EXECUTIONS}/queue/status`);
    expect(body.user_queue).toEqual({ pending: 4, running: 1, paused: 0, parked: 0, total_active: 5 });
    expect(body.waiting.map((entry: any) => [entry.execution_id, entry.position, entry.waits.reason])).toEqual([
      [high, 1, 'workspace_limit'],
      [one, 2, 'workspace_limit'],
      [two, 3, 'workspace_limit'],
      [low, 4, 'workspace_limit'],
    ]);
    const expected = body.waiting.map((entry: any) => Date.parse(entry.expected_start_at));
    expect(expected).toEqual(expected.toSorted((a: number, b: number) => a - b));
    expect(expected[0]).toBeGreaterThan(Date.now() + 8 * 60_000);
    expect(body.global_queue.estimated_wait_time_minutes).toBeGreaterThan(8);
    expect((await user.get(`${EXECUTIONS}/queue/status`, { query: { limit: 1 } })).body.waiting).toHaveLength(1);
    expect((await user.get(executionPath(low))).body).toMatchObject({
      status: 'pending',
      waits: { reason: 'workspace_limit', position: 4 },
    });
    await user.post(executionPath(first, '/control'), { action: 'cancel' });
    await Promise.all([low, one, two, high].map((id) => executionIn(user, id, 'completed')));
    expect((await remote.received()).map(({ body: name }) => name)).toEqual(['high', 'one', 'two', 'low']);
  });

  test('waits while the workspace is paused, and says so', async () => {
    const user = await createUser();
    const { id: workflowId } = await createWorkflow(user, { definition: QUICK });
    await user.put(settingsPath(user.workspaceId), { is_paused: true });
    const id = await execute(user, workflowId);
    const { body } = await user.get(`${EXECUTIONS}/queue/status`);
    expect(body).toMatchObject({ is_paused: true, user_queue: { pending: 1 } });
    expect(body.waiting[0]).toMatchObject({ execution_id: id, waits: { reason: 'pause' }, expected_start_at: null });
    await user.put(settingsPath(user.workspaceId), { is_paused: false });
    await executionIn(user, id, 'completed');
  });
});

describe('when executions are expected to begin', () => {
  const takes = (workflowId: string) => ({ short: 10, long: 100 })[workflowId];
  const starts = (limit: number, running: string[], waiting: string[]) =>
    expectStarts(
      {
        now: 1_000,
        limit,
        running: running.map((workflowId) => ({ workflowId, startedAt: 950 })),
        waiting: waiting.map((workflowId) => ({ workflowId })),
      },
      takes,
    );

  test.each([
    ['at once where there is room', 2, [], ['long', 'long'], [1_000, 1_000, 1_100]],
    ['when those that run have ended', 1, ['long'], ['short', 'short'], [1_050, 1_060, 1_070]],
    ['one that runs longer than expected ends now', 1, ['short'], ['long'], [1_000, 1_100]],
    [
      'each as soon as any has made room',
      2,
      ['long', 'short'],
      ['long', 'short', 'short'],
      [1_000, 1_050, 1_060, 1_070],
    ],
    ['nobody can tell after one of which nobody can', 1, ['unknown'], ['short'], [null, null]],
    ['unless there is another place', 2, ['unknown', 'short'], ['short', 'long'], [1_000, 1_010, 1_110]],
    ['more run than may', 1, ['long', 'long'], ['short'], [1_050, 1_050]],
  ] as [string, number, string[], string[], (number | null)[]][])('%s', (_, limit, running, waiting, expected) => {
    expect(starts(limit, running, waiting)).toEqual(expected);
  });
});

describe('settings', () => {
  let owner: User;
  let admin: User;
  let member: User;
  let workspaceId: string;
  beforeAll(async () => {
    [owner, admin, member] = await Promise.all([createUser(), createUser(), createUser()]);
    workspaceId = await createWorkspace(owner);
    await addMember(workspaceId, admin, 'admin');
    await addMember(workspaceId, member, 'member');
  });

  test('have defaults, and are changed by admins', async () => {
    expect((await member.get(settingsPath(workspaceId))).body).toEqual({
      workspace_id: workspaceId,
      max_concurrent_executions: null,
      effective_max_concurrent_executions: 10,
      is_paused: false,
      retention_days: null,
      updated_by: null,
      updated_at: null,
    });
    expect((await member.put(settingsPath(workspaceId), { is_paused: true })).status).toBe(403);
    const { body } = await admin.put(settingsPath(workspaceId), { max_concurrent_executions: 4, is_paused: true });
    expect(body).toMatchObject({
      max_concurrent_executions: 4,
      effective_max_concurrent_executions: 4,
      is_paused: true,
      updated_by: admin.id,
    });
    expect((await admin.put(settingsPath(workspaceId), {})).body).toMatchObject({
      max_concurrent_executions: null,
      is_paused: false,
    });
    for (const most of [0, 101, 1.5]) {
      expect((await admin.put(settingsPath(workspaceId), { max_concurrent_executions: most })).status).toBe(422);
    }
  });
});

test('an administrator stops and starts the engine, for all workspaces', async () => {
  const admin = await createSuperuser();
  const user = await createUser();
  const { id: workflowId } = await createWorkflow(user, { definition: QUICK });
  expect((await admin.get(`${EXECUTIONS}/admin/engine-status`)).body).toMatchObject({ is_running: true });
  try {
    expect((await admin.post(`${EXECUTIONS}/admin/engine/stop`)).body.success).toBe(true);
    const id = await execute(user, workflowId);
    expect((await user.get(executionPath(id))).body).toMatchObject({
      status: 'pending',
      waits: { reason: 'engine_stopped' },
    });
    const status = (await admin.get(`${EXECUTIONS}/admin/engine-status`)).body;
    expect(status).toMatchObject({ is_running: false, changed_by: admin.id });
    expect(status.running_executions).toBeGreaterThan(0);
    expect((await admin.post(`${EXECUTIONS}/admin/engine/start`)).body.success).toBe(true);
    await executionIn(user, id, 'completed');
  } finally {
    // Other tests run executions at the same time.
    await admin.post(`${EXECUTIONS}/admin/engine/start`);
  }
  expect((await user.post(`${EXECUTIONS}/admin/engine/stop`)).status).toBe(403);
});

test('a workflow is checked before it runs, with an estimate from what was', async () => {
  const user = await createUser();
  const definition = single('set', { values: { key: '${MISSING_KEY}' } });
  const { id } = await createWorkflow(user, { definition });
  const path = `${EXECUTIONS}/validate-workflow`;
  const query = { workflow_id: id };
  const { body } = await user.post(path, {}, { query });
  expect(body).toMatchObject({
    is_valid: false,
    total_nodes: 2,
    estimated_duration_seconds: null,
    required_variables: ['MISSING_KEY'],
    dependencies: { start: [], only: ['start'] },
  });
  expect(body.errors).toEqual([expect.stringMatching(/node "only".*MISSING_KEY/)]);
  const given = await user.post(path, { MISSING_KEY: 'x' }, { query });
  expect(given.body).toMatchObject({ is_valid: true, errors: [] });
  await sql`insert into workflow_executions (workspace_id, workflow_id, created_by, status, started_at, completed_at)
            values (${user.workspaceId}, ${id}, ${user.id}, 'completed', now() - interval '42 seconds', now())`;
  expect((await user.post(path, undefined, { query })).body.estimated_duration_seconds).toBe(42);
  const stranger = await createUser();
  expect((await stranger.post(path, {}, { query })).status).toBe(404);
  expect((await user.put(workflowPath(id), { is_public: true })).status).toBe(200);
  const theirs = (await stranger.post(path, {}, { query })).body;
  expect(theirs).toMatchObject({ is_valid: false, estimated_duration_seconds: null });
});
