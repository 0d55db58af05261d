/** Executions that go on from others: what was done is taken over, and paid and shown as such. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  createWorkflow,
  definition,
  killRunner,
  nodesOf,
  post,
  recorded,
  run,
  runnerOf,
  start,
  statusesOf,
  sweepFor,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { createPricedModel, stubCalls, type LocalModel } from '../../helpers/llm.ts';
import { openRemote, type Remote } from '../../helpers/remote.ts';

let user: User;
let model: LocalModel;
beforeAll(async () => {
  user = await createUser();
  model = await createPricedModel();
});

const WAIT = { headers: { Prefer: 'wait=30' } };

const ask = (id: string) => ({ type: 'llm', config: { ...model, prompt: `[[stub id=${id}]] Hello`, max_tokens: 20 } });

const fails = { type: 'transform', config: { expression: '$error("no")' } };

const fork = (id: string, body: object) => user.post(`/api/v1/executions/${id}/fork`, body, WAIT);
const resume = (id: string, body: object = {}) => user.post(`/api/v1/executions/${id}/resume-from`, body, WAIT);

/** Everything that the database and the storage have of an execution. */
async function everythingOf(id: string) {
  const prefix = `executions/${user.workspaceId}/${id}/`;
  const { objects } = await (env as unknown as { STORAGE: R2Bucket }).STORAGE.list({ prefix });
  return {
    rows: await sql`select * from workflow_executions where id = ${id}`,
    nodes: await nodesOf(id),
    logs: await sql`select * from workflow_execution_logs where execution_id = ${id} order by seq`,
    objects: objects.map(({ key, etag, uploaded }) => ({ key, etag, uploaded })),
  };
}

const kill = () => killRunner(user.workspaceId);

/** Ten nodes in a row, two of the first six of which are models. */
const tenNodes = (id: string, remote: Remote, seventh: object = fails) =>
  definition({
    n1: trigger,
    n2: ask(id),
    n3: transform('{ "said": content }'),
    n4: post(remote, 'fourth'),
    n5: ask(id),
    n6: { type: 'set', config: { variables: { six: 'of six' } } },
    n7: seventh as { type: string },
    n8: transform('variables.six & " and " & said'),
    n9: post(remote, 'ninth'),
    n10: transform('status'),
  });

describe('a run of ten nodes that failed at the seventh', () => {
  test('goes on there with four nodes, and pays for no model of the first six', async () => {
    const [stub, remote] = [crypto.randomUUID(), openRemote()];
    const workflowId = await createWorkflow(user, tenNodes(stub, remote));
    const parentId = await start(user, workflowId);
    const failed = await recorded(parentId);
    expect(failed).toMatchObject({ status: 'failed', error_details: { node_id: 'n7' } });
    const before = await everythingOf(parentId);
    const mended = tenNodes(stub, remote, transform('nodes.n3.output'));
    await user.put(`/api/v1/workflows/${workflowId}`, { definition: mended });

    const { status, body } = await resume(parentId);
    expect([status, body.status, body.error]).toEqual([200, 'completed', null]);
    expect(body).toMatchObject({ outputs: 200, parent_execution_id: parentId, workflow_version: 2 });
    expect(body.reused).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
    expect(body.reruns.map(({ node_id: id }: { node_id: string }) => id)).toEqual(['n7', 'n8', 'n9', 'n10']);
    expect(body.reruns[0].reason).toBe('changed');

    expect((await stubCalls(stub)).calls).toBe(2);
    expect((await remote.received()).map(({ body: sent }) => JSON.parse(sent).name)).toEqual(['fourth', 'ninth']);
    const row = await recorded(body.execution_id);
    expect(row).toMatchObject({ trigger_type: 'resume', parent_execution_id: parentId, root_execution_id: parentId });
    expect(Number(failed!.cost_usd)).toBeGreaterThan(0);
    expect(Number(row!.cost_usd)).toBe(0);
    const nodes = await nodesOf(body.execution_id);
    const eighth = nodes.find(({ node_key: key }) => key === 'n8')!;
    expect(eighth.output_data).toMatch(/^of six and ./);
    const origins = new Map(before.nodes.map(({ id, node_key: key }) => [key, id]));
    for (const node of nodes.slice(0, 6)) {
      expect(node.metadata.reused_from).toEqual({
        execution_id: parentId,
        node_execution_id: origins.get(node.node_key),
      });
      expect([Number(node.cost_usd), node.duration_ms, node.status]).toEqual([0, null, 'completed']);
    }
    expect(nodes.filter(({ started_at: began }) => began !== null)).toHaveLength(4);
    const metrics = await user.get(`/api/v1/executions/${body.execution_id}/metrics?metric_types=attempts`);
    expect(metrics.body.metrics.find(({ name }: { name: string }) => name === 'attempts').value).toBe(4);
    const logs = await user.get(`/api/v1/executions/${body.execution_id}/logs`);
    expect(logs.body.logs[0]).toMatchObject({ context: { execution_id: parentId, taken_over: 6 } });
    const stats = await user.get(`/api/v1/executions/stats?workflow_id=${workflowId}`);
    expect(stats.body).toMatchObject({ total_executions: 2, total_nodes_executed: 7 + 4 });
    expect(await everythingOf(parentId)).toEqual(before);
  });

  test('goes on by the same version with a field that is edited, and once more from there with it', async () => {
    const [stub, remote] = [crypto.randomUUID(), openRemote()];
    const parentId = await start(user, await createWorkflow(user, tenNodes(stub, remote)));
    await recorded(parentId);
    const first = await resume(parentId, { configs: { n7: { expression: '{ "said": $input }' } } });
    expect(first.body).toMatchObject({ status: 'completed', workflow_version: 1 });
    expect(first.body.reruns[0]).toEqual({ node_id: 'n7', reason: 'config' });
    const second = await fork(first.body.execution_id, { from: 'n9' });
    expect(second.body).toMatchObject({ status: 'completed', outputs: 200 });
    expect(second.body.reused).toHaveLength(8);
    expect((await stubCalls(stub)).calls).toBe(2);
    const row = await recorded(second.body.execution_id);
    expect(row).toMatchObject({ root_execution_id: parentId, parent_execution_id: first.body.execution_id });
    // Once taken over, it says still where it was done.
    const [node] = await nodesOf(second.body.execution_id);
    expect(node!.metadata.reused_from.execution_id).toBe(parentId);
  });

  test('whose field is edited to something that cannot be, is refused by node and field', async () => {
    const [stub, remote] = [crypto.randomUUID(), openRemote()];
    const parentId = await start(user, await createWorkflow(user, tenNodes(stub, remote)));
    await recorded(parentId);
    const { status, body } = await resume(parentId, { configs: { n7: { expression: '((' } } });
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([{ loc: ['body', 'configs', 'n7', 'expression'] }]);
    const unknown = await fork(parentId, { from: ['n7', 'nobody'] });
    expect([unknown.status, unknown.body.errors[0].loc]).toEqual([422, ['body', 'from', 'nobody']]);
  });
});

describe('a fork', () => {
  const chain = definition({ start: trigger, double: transform('n * 2'), more: transform('$ + 1') });

  test('gives a node another input, and a trigger the input of the whole', async () => {
    const parent = await run(user, chain, { inputs: { n: 4 } });
    expect(parent!.output_data).toBe(9);
    const edited = await fork(parent!.id, { from: [], inputs: { more: 40 } });
    expect(edited.body).toMatchObject({ outputs: 41, reused: ['start', 'double'] });
    expect(edited.body.reruns).toEqual([{ node_id: 'more', reason: 'input' }]);
    const nodes = await user.get(`/api/v1/executions/${edited.body.execution_id}/nodes`);
    expect(nodes.body.map((node: { input_data: unknown }) => node.input_data)).toEqual([{ n: 4 }, { n: 4 }, 40]);
    const whole = await fork(parent!.id, { from: [], inputs: { start: { n: 10 } } });
    expect(whole.body).toMatchObject({ outputs: 21, reused: [] });
    const { body } = await user.get(`/api/v1/executions/${whole.body.execution_id}`);
    expect(body).toMatchObject({ input_data: { n: 10 }, trigger_type: 'fork' });
  });

  test('runs the other way of a condition where that is edited', async () => {
    const flow = definition(
      {
        start: trigger,
        big: { type: 'condition', config: { expression: 'n > 5' } },
        yes: transform('"yes"'),
        no: transform('"no"'),
      },
      ['start>big', 'big.true>yes', 'big.false>no'],
    );
    const parent = await run(user, flow, { inputs: { n: 4 } });
    expect(parent!.output_data).toBe('no');
    const same = await fork(parent!.id, { from: 'no' });
    expect(same.body).toMatchObject({ outputs: 'no', reused: ['start', 'big'] });
    const { body } = await fork(parent!.id, { from: [], configs: { big: { expression: 'n > 1' } } });
    expect(body).toMatchObject({ outputs: 'yes', reused: ['start'] });
    await recorded(body.execution_id);
    expect(await statusesOf(body.execution_id)).toEqual({
      start: 'completed',
      big: 'completed',
      yes: 'completed',
      no: 'skipped',
    });
  });

  test('takes a loop over whole, or does it again whole', async () => {
    const remote = openRemote();
    const flow = definition(
      {
        start: trigger,
        each: { type: 'loop', config: { items: '[1, 2, 3]' } },
        item: post(remote, 'item'),
        end: transform('count'),
      },
      ['start>each', 'each.item>item', 'each.done>end'],
    );
    const parent = await run(user, flow);
    const after = await fork(parent!.id, { from: 'end' });
    expect(after.body).toMatchObject({ outputs: 3, reused: ['start', 'each'] });
    await recorded(after.body.execution_id);
    expect(await remote.received()).toHaveLength(3);
    expect(Object.keys(await statusesOf(after.body.execution_id))).toEqual([
      'start',
      'each',
      'item#0',
      'item#1',
      'item#2',
      'end',
    ]);
    const again = await fork(after.body.execution_id, { from: 'item' });
    expect(again.body.reruns.map(({ node_id: id }: { node_id: string }) => id)).toEqual(['each', 'end']);
    expect(await remote.received()).toHaveLength(6);
  });

  test('has copies of what is too long for rows, and outlives its parent', async () => {
    const flow = definition({
      start: trigger,
      long: transform('$pad("", 400000, "x")'),
      end: transform('$length(nodes.long.output)'),
    });
    const parent = await run(user, flow);
    expect((await everythingOf(parent!.id)).objects).toHaveLength(1);
    const first = await fork(parent!.id, { from: 'end' });
    expect(first.body).toMatchObject({ outputs: 400000, reused: ['start', 'long'] });
    await recorded(first.body.execution_id);
    expect((await user.delete(`/api/v1/executions/${parent!.id}`)).status).toBe(200);
    await eventually(async () => (await everythingOf(parent!.id)).objects.length === 0);
    const second = await fork(first.body.execution_id, { from: 'end' });
    expect(second.body).toMatchObject({ outputs: 400000, reused: ['start', 'long'] });
  });

  test('does again what is not kept any more, and says so', async () => {
    const flow = definition({
      start: trigger,
      long: transform('$pad("", 400000, "x")'),
      end: transform('$length(nodes.long.output)'),
      last: transform('$ + 1'),
    });
    const parent = await run(user, flow);
    const { objects } = await everythingOf(parent!.id);
    await (env as unknown as { STORAGE: R2Bucket }).STORAGE.delete(objects.map(({ key }) => key));
    const { body } = await fork(parent!.id, { from: 'last' });
    expect(body).toMatchObject({ outputs: 400001, reused: ['start'] });
    expect(body.reruns).toEqual([
      { node_id: 'long', reason: 'missing_record' },
      { node_id: 'end', reason: 'follows' },
      { node_id: 'last', reason: 'from' },
    ]);
  });

  test('does again what a version has changed, and what leads to it', async () => {
    const workflowId = await createWorkflow(user, chain);
    const parentId = await start(user, workflowId, { inputs: { n: 4 } });
    await recorded(parentId);
    const changed = definition({ start: trigger, double: transform('n * 3'), more: transform('$ + 1') });
    await user.put(`/api/v1/workflows/${workflowId}`, { definition: changed });
    const before = await fork(parentId, { from: 'more' });
    expect(before.body).toMatchObject({ outputs: 9, workflow_version: 1 });
    const { body } = await fork(parentId, { from: 'more', version: 2 });
    expect(body).toMatchObject({ outputs: 13, workflow_version: 2, reused: ['start'] });
    expect(body.reruns).toEqual([
      { node_id: 'double', reason: 'changed' },
      { node_id: 'more', reason: 'from' },
    ]);
  });

  test('is one for its Idempotency-Key', async () => {
    const parent = await run(user, chain, { inputs: { n: 4 } });
    const headers = { ...WAIT.headers, 'Idempotency-Key': crypto.randomUUID() };
    const first = await user.post(`/api/v1/executions/${parent!.id}/fork`, { from: 'more' }, { headers });
    const again = await user.post(`/api/v1/executions/${parent!.id}/fork`, { from: 'more' }, { headers });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const { body } = await user.get(`/api/v1/executions?parent_execution_id=${parent!.id}`);
    expect(body).toHaveLength(1);
  });

  test('of one that has not ended, and going on with one that is completed, is refused', async () => {
    const sleeping = definition({ start: trigger, nap: { type: 'delay', config: { seconds: 600 } } });
    const id = await start(user, await createWorkflow(user, sleeping));
    expect(await fork(id, { from: 'nap' })).toMatchObject({
      status: 409,
      body: { type: expect.stringContaining('execution_not_suitable') },
    });
    const parent = await run(user, chain, { inputs: { n: 4 } });
    expect((await resume(parent!.id)).status).toBe(409);
    await user.post(`/api/v1/executions/${id}/control`, { action: 'cancel' });
  });

  test('of a stranger’s execution is not found', async () => {
    const parent = await run(user, chain, { inputs: { n: 4 } });
    const stranger = await createUser();
    expect((await stranger.post(`/api/v1/executions/${parent!.id}/fork`, { from: 'more' })).status).toBe(404);
  });

  test('does not grant what somebody else had granted, nor keep what they had edited', async () => {
    const author = await createUser();
    const flow = definition({ start: trigger, more: transform('n + 1'), end: transform('$ * 2') });
    const workflowId = await createWorkflow(author, flow, { is_public: true });
    const parentId = await start(user, workflowId, { inputs: { n: 1 }, grant_variables: ['A_KEY'] });
    await recorded(parentId);
    const own = await fork(parentId, { from: 'end' });
    expect(own.body).toMatchObject({ outputs: 4, reused: ['start', 'more'] });
    const { body } = await user.get(`/api/v1/executions/${own.body.execution_id}`);
    expect(body.granted_variables).toEqual(['A_KEY']);
    const edited = await fork(parentId, { from: 'end', configs: { end: { expression: '$' } } });
    expect(edited.status).toBe(403);
  });
});

describe('a fork whose runner', () => {
  /** Seven done, then one that is held. */
  const flow = (remote: Remote) =>
    definition({
      start: trigger,
      call: post(remote, 'call'),
      nap: { type: 'delay', config: { ms: 50 } },
      end: transform('1'),
    });

  /** A fork of which its runner has not heard: the row of another one once more, as if the message had been lost. */
  async function forkUnheard(parentId: string): Promise<string> {
    const { body } = await fork(parentId, { from: 'nap' });
    await recorded(body.execution_id);
    const id = crypto.randomUUID();
    await sql`insert into workflow_executions (id, workspace_id, workflow_id, workflow_version, created_by, next_check_at,
        trigger_type, parent_execution_id, restart)
      select ${id}, workspace_id, workflow_id, workflow_version, created_by, now() - interval '1 second', trigger_type,
        parent_execution_id, restart from workflow_executions where id = ${body.execution_id}`;
    return id;
  }

  test('heard nothing of it is found by the sweep, and takes over the same', async () => {
    const remote = openRemote();
    const parent = await run(user, flow(remote));
    const id = await forkUnheard(parent!.id);
    await Promise.all([sweepFor([id], 2), runnerOf(user.workspaceId).control(id, 'start', null)]);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: 1 });
    const nodes = await nodesOf(id);
    expect(nodes.filter(({ metadata }) => metadata?.reused_from)).toHaveLength(2);
    expect(nodes).toHaveLength(4);
    expect(await remote.received()).toHaveLength(1);
  });

  test('is killed goes on, and does nothing of what was taken over', async () => {
    const remote = openRemote();
    const parent = await run(user, flow(remote));
    const { body } = await user.post(`/api/v1/executions/${parent!.id}/fork`, { from: 'nap' });
    await kill();
    await sweepFor([body.execution_id]);
    expect(await recorded(body.execution_id)).toMatchObject({ status: 'completed', output_data: 1 });
    expect(await remote.received()).toHaveLength(1);
  });

  test('finds its parent deleted fails, and cannot be taken up again to do all of it', async () => {
    const remote = openRemote();
    const parent = await run(user, flow(remote));
    const id = await forkUnheard(parent!.id);
    await user.delete(`/api/v1/executions/${parent!.id}`);
    await sweepFor([id]);
    expect(await recorded(id)).toMatchObject({ status: 'failed', error_details: { code: 'parent_gone' } });
    const again = await user.post(`/api/v1/executions/${id}/control`, { action: 'retry' });
    expect(again.status).toBe(400);
    expect(await remote.received()).toHaveLength(1);
  });
});

test('a fork that failed is retried with what it had taken over', async () => {
  const remote = openRemote();
  const flow = definition({ start: trigger, call: post(remote, 'call'), end: fails });
  const parent = await run(user, flow);
  const { body } = await fork(parent!.id, { from: 'end' });
  expect(body.status).toBe('failed');
  await recorded(body.execution_id);
  await user.post(`/api/v1/executions/${body.execution_id}/control`, { action: 'retry' });
  await eventually(async () => (await recorded(body.execution_id))!.retry_count === 1);
  expect(await remote.received()).toHaveLength(1);
  expect((await nodesOf(body.execution_id)).filter(({ metadata }) => metadata?.reused_from)).toHaveLength(2);
});
