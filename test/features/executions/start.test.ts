import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, givePlan, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { recorded } from '../../helpers/executions.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';
import {
  execute,
  executeAndWait,
  executeDefinition,
  executionIn,
  executionPath,
  EXECUTIONS,
  single,
  SLEEP,
} from '../../helpers/run-workflows.ts';
import { createWorkflow, workflowPath } from '../../helpers/workflows.ts';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

const greet = single('transform', { expression: '{ "greeting": "Hello " & name }' });

describe('executing a workflow', () => {
  test('answers at once, with the one id that the execution has everywhere', async () => {
    const { id: workflowId } = await createWorkflow(owner, { definition: greet });
    const { status, body, headers } = await owner.post(workflowPath(workflowId, '/execute'), {
      inputs: { name: 'Ada' },
    });
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBeNull();
    expect(body).toMatchObject({ message: expect.any(String), error: null });
    const execution = await executionIn(owner, body.execution_id, 'completed');
    expect(execution).toMatchObject({
      id: body.execution_id,
      execution_id: body.execution_id,
      workflow_id: workflowId,
      workflow_version: 1,
      user_id: owner.id,
      output_data: { greeting: 'Hello Ada' },
      input_data: { name: 'Ada' },
      priority: 5,
      progress_percentage: 100,
      total_nodes: 2,
      completed_nodes: 2,
    });
    const listed = await owner.get(workflowPath(workflowId, '/executions'), { query: { limit: 1 } });
    expect(listed.body).toMatchObject({ size: 1, total: 1, items: [{ id: body.execution_id }] });
  });

  test('waits for the result where that is preferred, and says so', async () => {
    const { id } = await createWorkflow(owner, { definition: greet });
    const { body, headers } = await executeAndWait(owner, id, { inputs: { name: 'Ada' } });
    expect(headers.get('preference-applied')).toBe('wait=30');
    expect(body).toMatchObject({ status: 'completed', outputs: { greeting: 'Hello Ada' }, error: null });
    const failing = await createWorkflow(owner, { definition: single('transform', { expression: '$error("No.")' }) });
    const failed = await executeAndWait(owner, failing.id);
    expect(failed.body).toMatchObject({
      status: 'failed',
      outputs: null,
      error: expect.any(String),
      error_details: { code: 'expression_failed', node_id: 'only', field: 'expression' },
    });
    // Whether it is recorded by then or not.
    const { execution_log: log } = (await owner.get(executionPath(failed.body.execution_id))).body;
    expect(log.split('\n')).toEqual([
      expect.stringMatching(/^[-\d]{10}T[:.\d]{12}Z info Execution started$/),
      expect.stringMatching(/ error \[only\] expression: No\.$/),
      expect.stringMatching(/ error Execution failed$/),
    ]);
  });

  test('waits no longer than it may', async () => {
    const { id } = await createWorkflow(owner, { definition: SLEEP });
    const { body } = await owner.post(
      workflowPath(id, '/execute'),
      {},
      { headers: { Prefer: 'respond-async, wait=1' } },
    );
    expect(body).toMatchObject({ status: 'running', outputs: null });
    await owner.post(executionPath(body.execution_id, '/control'), { action: 'cancel' });
  });

  test('takes no body at all', async () => {
    const { id } = await createWorkflow(owner, { definition: greet });
    expect((await owner.post(workflowPath(id, '/execute'))).status).toBe(200);
  });

  test('may take an hour, as long as is said, or as long as it takes', async () => {
    const { id } = await createWorkflow(owner, { definition: greet });
    const timeoutOf = async (request: object) => {
      const { body } = await owner.post(workflowPath(id, '/execute'), request);
      return (await owner.get(executionPath(body.execution_id))).body.timeout_seconds;
    };
    expect(await timeoutOf({})).toBe(3600);
    expect(await timeoutOf({ timeout_seconds: 90_000 })).toBe(90_000);
    expect(await timeoutOf({ timeout_seconds: null })).toBeNull();
  });

  test('runs the version that is asked for', async () => {
    const { id } = await createWorkflow(owner, { definition: single('transform', { expression: '1' }) });
    await owner.put(workflowPath(id), { definition: single('transform', { expression: '2' }) });
    expect((await executeAndWait(owner, id)).body.outputs).toBe(2);
    expect((await executeAndWait(owner, id, { version: 1 })).body.outputs).toBe(1);
    // Whichever of them was run last.
    expect((await executeAndWait(owner, id)).body.outputs).toBe(2);
    expect((await executeAndWait(owner, id)).body.outputs).toBe(2);
    expect((await executeAndWait(owner, id, { version: 1 })).body.outputs).toBe(1);
    expect((await executeAndWait(owner, id, { version: 9 })).status).toBe(404);
  });

  test('is done once for an Idempotency-Key, however often and at the same time', async () => {
    const { id } = await createWorkflow(owner, { definition: greet });
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const input = { inputs: { name: 'Ada' } };
    const send = () => owner.post(workflowPath(id, '/execute'), input, { headers: { ...headers, Prefer: 'wait=30' } });
    const answers = await Promise.all([send(), send(), send()]);
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => ![200, 409].includes(status))).toEqual([]);
    const again = await send();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toMatchObject({ status: 'completed', outputs: { greeting: 'Hello Ada' } });
    expect(new Set([...done, again].map(({ body }) => body.execution_id)).size).toBe(1);
    const [count] = await sql`select count(*)::int as n from workflow_executions where workflow_id = ${id}`;
    expect(count!.n).toBe(1);
    const other = await owner.post(workflowPath(id, '/execute'), { inputs: {} }, { headers });
    expect(other.status).toBe(422);
  });

  test('is refused where the definition cannot run, with the node and the field', async () => {
    const { id } = await createWorkflow(owner, { definition: single('no_such_type', {}) });
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    for (const _ of [1, 2]) {
      const { status, body } = await owner.post(workflowPath(id, '/execute'), {}, { headers });
      expect(status).toBe(422);
      expect(body.errors).toEqual([
        expect.objectContaining({ pointer: '/nodes/1/type', msg: expect.stringContaining('node "only"') }),
      ]);
    }
    expect((await owner.post(EXECUTIONS, { workflow_id: id })).status).toBe(422);
    const [count] = await sql`select count(*)::int as n from workflow_executions where workflow_id = ${id}`;
    expect(count!.n).toBe(0);
    // Once it is mended, the same request is carried out.
    await owner.put(workflowPath(id), { definition: greet });
    expect((await owner.post(workflowPath(id, '/execute'), {}, { headers })).status).toBe(200);
  });

  test('is refused while the workflow is archived or paused', async () => {
    for (const status of ['archived', 'paused']) {
      const { id } = await createWorkflow(owner, { definition: greet });
      await sql`update workflows set status = ${status} where id = ${id}`;
      const answer = await owner.post(workflowPath(id, '/execute'), {});
      expect(answer.body).toMatchObject({ status: 409, code: 'workflow_not_runnable' });
      expect(answer.body.detail).toContain(status);
    }
  });
});

describe('an execution that is made as older clients do', () => {
  test('starts at once, and is answered with all that was asked', async () => {
    const { id } = await createWorkflow(owner, { definition: greet });
    const { status, body } = await owner.post(EXECUTIONS, {
      workflow_id: id,
      input_data: { name: 'Bob' },
      priority: 8,
      tags: ['nightly', 'first'],
      metadata: { source: 'test' },
      timeout_seconds: 60,
      max_retries: 1,
      notify_on_completion: false,
      notify_on_failure: false,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      priority: 8,
      tags: ['nightly', 'first'],
      metadata: { source: 'test' },
      max_retries: 1,
    });
    const execution = await executionIn(owner, body.id, 'completed');
    expect(execution).toMatchObject({ output_data: { greeting: 'Hello Bob' }, timeout_seconds: 60 });
  });

  test('waits for the action where it is not to start', async () => {
    const { id } = await createWorkflow(owner, { definition: greet });
    const make = () =>
      owner.post(EXECUTIONS, { workflow_id: id }, { query: { start_immediately: false } }).then(({ body }) => body);
    const held = await make();
    expect(held).toMatchObject({ status: 'pending', waits: null });
    const listed = await owner.get(EXECUTIONS, { query: { status: 'pending', workflow_ids: id } });
    expect(listed.body).toHaveLength(1);
    const { body } = await owner.post(executionPath(held.id, '/control'), { action: 'start' });
    expect(body).toMatchObject({ success: true, action: 'start', execution_id: held.id });
    await executionIn(owner, held.id, 'completed');
    const another = await make();
    const cancelled = await owner.post(executionPath(another.id, '/control'), { action: 'cancel', reason: 'No.' });
    expect(cancelled.body).toMatchObject({ success: true, status: 'cancelled' });
    expect((await owner.get(executionPath(another.id))).body).toMatchObject({
      status: 'cancelled',
      error_message: 'No.',
    });
    for (const action of ['start', 'pause', 'resume', 'cancel']) {
      const refused = await owner.post(executionPath(another.id, '/control'), { action });
      expect(refused.body).toMatchObject({ status: 400, code: 'action_not_possible' });
    }
  });
});

describe('somebody else’s public workflow', () => {
  test('runs in the caller’s workspace, with none of the caller’s variables but those that are granted', async () => {
    for (const key of ['GRANTED_KEY', 'OTHER_KEY']) {
      await stranger.post('/api/v1/user-variables', { key, value: `secret-of-${key}`, category: 'custom' });
    }
    const definition = single('set', { values: { key: '${GRANTED_KEY}' } });
    const { id } = await createWorkflow(owner, { definition, is_public: true });
    const refused = await executeAndWait(stranger, id);
    expect(refused.body.status).toBe('failed');
    const granted = await executeAndWait(stranger, id, { grant_variables: ['GRANTED_KEY'] });
    expect(granted.body.status).toBe('completed');
    expect(JSON.stringify(granted.body)).not.toContain('secret-of');
    const execution = (await stranger.get(executionPath(granted.body.execution_id))).body;
    expect(execution).toMatchObject({
      workspace_id: stranger.workspaceId,
      user_id: stranger.id,
      granted_variables: ['GRANTED_KEY'],
    });
    // Its author does not see it.
    expect((await owner.get(executionPath(execution.id))).status).toBe(404);
    expect((await owner.get(workflowPath(id, '/executions'))).body.items).toEqual([]);
    expect((await stranger.get(workflowPath(id, '/executions'))).body.total).toBe(2);
    expect((await stranger.post(EXECUTIONS, { workflow_id: id })).status).toBe(201);
  });

  test('is run as it is now, and one that is not public is not there', async () => {
    const { id } = await createWorkflow(owner, { definition: greet, is_public: true });
    await owner.put(workflowPath(id), { definition: single('transform', { expression: '2' }) });
    expect((await executeAndWait(stranger, id, { version: 1 })).status).toBe(404);
    expect((await executeAndWait(stranger, id)).body.outputs).toBe(2);
    const { id: own } = await createWorkflow(owner, { definition: greet });
    expect((await executeAndWait(stranger, own)).status).toBe(404);
    expect((await stranger.post(EXECUTIONS, { workflow_id: own })).body).toMatchObject({ status: 404 });
  });

  test('runs in a shared workspace for its members, and not for viewers', async () => {
    const workspaceId = await createWorkspace(owner);
    const [member, viewer] = await Promise.all([createUser(), createUser()]);
    await addMember(workspaceId, member, 'member');
    await addMember(workspaceId, viewer, 'viewer');
    const { id } = await createWorkflow(owner, { definition: greet }, workspaceId);
    const { body } = await executeAndWait(member, id, { inputs: { name: 'x' } });
    expect(body.status).toBe('completed');
    expect((await viewer.get(executionPath(body.execution_id))).body.workspace_id).toBe(workspaceId);
    expect((await viewer.post(workflowPath(id, '/execute'), {})).status).toBe(403);
  });
});

describe('limits', () => {
  test('of a plan hold for all workspaces of the owner, also for starts at the same time', async () => {
    const user = await createUser();
    const { id } = await createWorkflow(user, { definition: single('transform', { expression: '1' }) });
    await givePlan(user, 'free');
    const [plan] = await sql`select max_executions_per_month as most from plans where slug = 'free'`;
    await sql`insert into workflow_executions (workspace_id, workflow_id, created_by, status)
              select ${user.workspaceId}, ${id}, ${user.id}, 'completed' from generate_series(1, ${plan!.most - 3})`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => user.post(workflowPath(id, '/execute'), {})));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const refused = answers.find(({ status }) => status !== 200)!;
    expect(refused.body).toMatchObject({ status: 409, code: 'limit_reached' });
    await sql`update workflow_executions set created_at = now() - interval '32 days' where workflow_id = ${id}
              and status = 'completed'`;
    expect((await user.post(workflowPath(id, '/execute'), {})).status).toBe(200);
  });

  test('of the queue answer 429 and say when to come again', async () => {
    const user = await createUser();
    await givePlan(user, 'enterprise');
    const { id } = await createWorkflow(user, { definition: greet });
    // Held, so that no runner looks for them.
    await sql`insert into workflow_executions (workspace_id, workflow_id, created_by, status)
              select ${user.workspaceId}, ${id}, ${user.id}, 'pending' from generate_series(1, 1000)`;
    const { status, body, headers } = await user.post(workflowPath(id, '/execute'), {});
    expect({ status, code: body.code, after: headers.get('retry-after') }).toEqual({
      status: 429,
      code: 'queue_full',
      after: '10',
    });
  });

  test('of concurrent executions hold for many that start at the same time', async () => {
    const user = await createUser();
    await givePlan(user, 'enterprise');
    await user.put(`/api/v1/workspaces/${user.workspaceId}/execution-settings`, { max_concurrent_executions: 3 });
    // Whoever is called sees how many run; of clocks there are as many as requests.
    const remote = openRemote();
    const late = single('http', { url: atAllowedHost(remote.url('late', { ms: 300 })) });
    const { id } = await createWorkflow(user, { definition: late });
    const ids = await Promise.all(Array.from({ length: 50 }, () => execute(user, id)));
    expect(new Set(ids).size).toBe(50);
    await Promise.all(ids.map((one) => executionIn(user, one, 'completed')));
    // The runner says so before the database does.
    await Promise.all(ids.map(recorded));
    expect(await remote.stats()).toEqual({ hits: 50, open: 0, most: 3 });
    const [count] = await sql`select count(*)::int as n from workflow_executions
                              where workflow_id = ${id} and status = 'completed'`;
    expect(count!.n).toBe(50);
  });
});

test('what a node has come to is told alike by its runner and by the database', async () => {
  const definition = {
    nodes: [
      { id: 'start', type: 'manual' },
      { id: 'set', type: 'set', config: { values: { a: 1 } }, timeout_seconds: 2.5 },
      { id: 'loop', type: 'loop', config: { items: [1, 2] } },
      { id: 'item', type: 'transform', config: { expression: 'item' } },
      { id: 'sleep', type: 'delay', config: { seconds: 600 } },
    ],
    connections: [
      { from: 'start', to: 'set' },
      { from: 'set', to: 'loop' },
      { from: 'loop', fromPort: 'item', to: 'item' },
      { from: 'loop', fromPort: 'done', to: 'sleep' },
    ],
  };
  const id = await executeDefinition(owner, definition);
  const ended = async () => {
    const { body } = await owner.get(executionPath(id, '/nodes'));
    return body.filter(({ node_key: key }: any) => key !== 'sleep');
  };
  const live = await eventually(async () => {
    const nodes = await ended();
    return nodes.length === 5 && nodes.every(({ status }: any) => status === 'completed') && nodes;
  });
  await owner.post(executionPath(id, '/control'), { action: 'cancel' });
  await eventually(async () => (await sql`select 1 from node_executions where execution_id = ${id}`).length > 0);
  const recorded = await ended();
  expect(recorded).toEqual(live);
  expect(recorded[1]).toMatchObject({
    node_key: 'set',
    port: 'output',
    timeout_seconds: 3,
    metadata: { variables: { a: 1 } },
    cost_usd_exact: '0',
    created_at: recorded[1].started_at,
    updated_at: recorded[1].completed_at,
  });
});

test('what runs is seen as it is, and what ended is counted', async () => {
  const user = await createUser();
  const id = await executeDefinition(user, SLEEP);
  const running = await executionIn(user, id, 'running');
  expect(running).toMatchObject({ completed_at: null, waits: { reason: 'schedule', position: null } });
  expect((await user.get(EXECUTIONS, { query: { status: 'running' } })).body.map((one: any) => one.id)).toEqual([id]);
  expect((await user.get(EXECUTIONS, { query: { status: 'pending' } })).body).toEqual([]);
  const nodes = (await user.get(executionPath(id, '/nodes'))).body;
  expect(nodes.map((node: any) => [node.node_key, node.status])).toEqual([
    ['start', 'completed'],
    ['only', 'running'],
  ]);
  expect((await user.get(executionPath(id, '/logs'))).body).toMatchObject({ execution_status: 'running' });
  expect((await user.get(executionPath(id, '/metrics'))).body.total_metrics).toBeGreaterThan(0);
  expect((await user.delete(executionPath(id))).body).toMatchObject({ status: 409, code: 'execution_open' });
  const { body } = await user.post(executionPath(id, '/control'), { action: 'cancel', reason: 'Enough.' });
  expect(body).toMatchObject({ success: true, status: 'cancelled' });
  expect((await user.get(executionPath(id))).body).toMatchObject({ status: 'cancelled', error_message: 'Enough.' });
  expect((await user.get(`${EXECUTIONS}/stats`)).body).toMatchObject({
    total_executions: 1,
    running_executions: 0,
    cancelled_executions: 1,
  });
  // The ids of nodes are the same once the database has them.
  const first = nodes[0].id;
  const recorded = await sql`select 1 from node_executions where execution_id = ${id} and id = ${first}`;
  const listed = (await user.get(executionPath(id, '/nodes'))).body.map((node: any) => node.id);
  expect(listed).toContain(first);
  expect(recorded.length).toBeLessThanOrEqual(1);
  expect((await user.delete(executionPath(id))).status).toBe(200);
  expect((await user.get(executionPath(id))).status).toBe(404);
  expect(await sql`select 1 from node_executions where execution_id = ${id}`).toEqual([]);
});
