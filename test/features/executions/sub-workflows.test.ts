/** Workflows that run others as parts of themselves: begun once, waited for without a place, and ended together. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  createWorkflow,
  decided,
  definition,
  killRunner,
  liveOf,
  nodesOf,
  parked,
  recorded,
  run,
  runnerOf,
  start,
  transform,
  trigger,
} from '../../helpers/executions.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const call = (workflowId: string, config: object = {}) => ({
  type: 'sub_workflow',
  config: { workflow_id: workflowId, ...config },
});

const childrenOf = (id: string) =>
  sql`select * from workflow_executions where parent_execution_id = ${id} order by created_at`;

const kill = () => killRunner(user.workspaceId);

const control = (id: string, action: string) => user.post(`/api/v1/executions/${id}/control`, { action });

describe('a sub-workflow', () => {
  test('runs with its own id and lineage, and its output goes on', async () => {
    const double = await createWorkflow(user, definition({ start: trigger, end: transform('input.n * 2') }));
    const flow = definition({
      start: trigger,
      sub: call(double, { input: { n: '{{input.n}}' } }),
      end: transform('input + 1'),
    });
    const row = await run(user, flow, { inputs: { n: 20 } });
    expect(row).toMatchObject({ status: 'completed', output_data: 41 });
    const [child] = await childrenOf(row.id);
    expect(child).toMatchObject({
      trigger_type: 'workflow',
      parent_node_key: 'sub',
      root_execution_id: row.id,
      depth: 1,
      status: 'completed',
      input_data: { n: 20 },
    });
    const sub = (await nodesOf(row.id)).find(({ node_key: key }) => key === 'sub')!;
    expect(sub).toMatchObject({
      output_data: 40,
      metadata: { execution_id: child!.id, workflow_id: double, cost_usd: '0' },
    });
  });

  test('that fails makes the node fail, with its error and id', async () => {
    const bad = await createWorkflow(user, definition({ start: trigger, bad: transform('$error("no")') }));
    const row = await run(user, definition({ start: trigger, sub: call(bad) }));
    const [child] = await childrenOf(row.id);
    expect(row).toMatchObject({
      status: 'failed',
      error_details: {
        code: 'sub_workflow_failed',
        node_id: 'sub',
        execution_id: child!.id,
        error: { node_id: 'bad' },
      },
    });
    const rescued = definition({ start: trigger, sub: call(bad), end: transform('input.error.code') }, [
      'start>sub',
      'sub.error>end',
    ]);
    expect(await run(user, rescued)).toMatchObject({ status: 'completed', output_data: 'sub_workflow_failed' });
  });

  test('that nobody waits for goes on by itself', async () => {
    const slow = await createWorkflow(
      user,
      definition({ start: trigger, nap: { type: 'delay', config: { ms: 500 } } }),
    );
    const row = await run(user, definition({ start: trigger, sub: call(slow, { wait: false }) }));
    const [child] = await childrenOf(row.id);
    expect(row).toMatchObject({ status: 'completed', output_data: { execution_id: child!.id } });
    expect(await recorded(child!.id)).toMatchObject({ status: 'completed' });
  });

  test('leaves room for those that it runs: a chain of them where one may run at once', async () => {
    const someone = await createUser();
    await sql`insert into execution_settings (workspace_id, max_concurrent_executions) values (${someone.workspaceId}, 1)`;
    let workflowId = await createWorkflow(someone, definition({ start: trigger, end: transform('"deep"') }));
    for (let level = 0; level < 4; level++) {
      workflowId = await createWorkflow(someone, definition({ start: trigger, sub: call(workflowId) }));
    }
    const id = await start(someone, workflowId);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: 'deep' });
    const { body } = await someone.get(`/api/v1/executions/${id}/lineage`, { query: { levels: 10 } });
    expect(body.descendants.map((one: any) => [one.level, one.depth, one.status, one.has_more])).toEqual(
      [1, 2, 3, 4].map((level) => [level, level, 'completed', false]),
    );
    const deepest = body.descendants.at(-1).execution_id;
    const up = (await someone.get(`/api/v1/executions/${deepest}/lineage`)).body;
    expect(up.ancestors.map((one: any) => one.execution_id)).toEqual([
      id,
      ...body.descendants.slice(0, 3).map((one: any) => one.execution_id),
    ]);
    const short = (await someone.get(`/api/v1/executions/${id}/lineage`, { query: { levels: 2 } })).body;
    expect(short.descendants.map((one: any) => one.has_more)).toEqual([false, true]);
  });

  test('that runs itself ends at the limit of depth, with the reason', async () => {
    const id = await createWorkflow(user, definition({ start: trigger, end: transform('1') }));
    const itself = definition({ start: trigger, sub: call(id) });
    expect((await user.put(`/api/v1/workflows/${id}`, { definition: itself })).status).toBe(200);
    const row = await recorded(await start(user, id));
    expect(row.status).toBe('failed');
    const [{ n }] =
      (await sql`select count(*)::int as n from workflow_executions where root_execution_id = ${row.id}`) as [any];
    expect(n).toBe(10);
    const [deepest] =
      await sql`select error_details from workflow_executions where root_execution_id = ${row.id} and depth = 10`;
    expect(deepest!.error_details).toMatchObject({ code: 'too_deep' });
  });

  test('is cancelled with the execution that waits for it, all the way down', async () => {
    const sleep = await createWorkflow(user, definition({ start: trigger, ask: { type: 'approval', config: {} } }));
    const middle = await createWorkflow(user, definition({ start: trigger, sub: call(sleep) }));
    const id = await start(user, await createWorkflow(user, definition({ start: trigger, sub: call(middle) })));
    const line = await eventually(async () => {
      const rows = await sql`select id from workflow_executions where root_execution_id = ${id}`;
      const open =
        await sql`select from execution_waits w join workflow_executions e on e.id = w.execution_id where e.root_execution_id = ${id}`;
      return rows.length === 2 && open.length === 1 && rows;
    });
    await eventually(async () => (await liveOf(user.workspaceId, id))?.waits?.reason === 'sub_workflow');
    expect((await control(id, 'cancel')).body.status).toBe('cancelled');
    for (const one of [id, ...line.map((row) => row.id)])
      expect(await recorded(one)).toMatchObject({ status: 'cancelled' });
    const [wait] =
      await sql`select w.status from execution_waits w join workflow_executions e on e.id = w.execution_id where e.root_execution_id = ${id}`;
    expect(wait).toEqual({ status: 'cancelled' });
  });

  test('that is cancelled by itself makes the node fail', async () => {
    const sleep = await createWorkflow(
      user,
      definition({ start: trigger, nap: { type: 'delay', config: { hours: 1 } } }),
    );
    const id = await start(user, await createWorkflow(user, definition({ start: trigger, sub: call(sleep) })));
    const child = await eventually(async () => (await childrenOf(id))[0]);
    await eventually(async () => (await liveOf(user.workspaceId, child.id))?.status === 'running');
    await control(child.id, 'cancel');
    expect(await recorded(id)).toMatchObject({ status: 'failed', error_details: { code: 'sub_workflow_cancelled' } });
  });

  test('begins once and is heard of, however often the runner is killed', async () => {
    const slow = await createWorkflow(
      user,
      definition({ start: trigger, nap: { type: 'delay', config: { ms: 700 } }, end: transform('"done"') }),
    );
    const id = await start(
      user,
      await createWorkflow(user, definition({ start: trigger, sub: call(slow), end: transform('input') })),
    );
    for (let times = 0; times < 4; times++) {
      await kill();
      await liveOf(user.workspaceId, id);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: 'done' });
    expect(await childrenOf(id)).toHaveLength(1);
  });

  test('is found to have ended although nobody told', async () => {
    const sleep = await createWorkflow(
      user,
      definition({ start: trigger, nap: { type: 'delay', config: { hours: 1 } } }),
    );
    const id = await start(user, await createWorkflow(user, definition({ start: trigger, sub: call(sleep) })));
    const child = await eventually(async () => (await childrenOf(id))[0]);
    await eventually(async () => (await liveOf(user.workspaceId, id))?.isParked === true);
    await runnerOf(user.workspaceId).forget([child.id]);
    await sql`update workflow_executions set status = 'completed', output_data = '"elsewhere"', completed_at = now(),
      next_check_at = null where id = ${child.id}`;
    await runnerOf(user.workspaceId).wake([id]);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: 'elsewhere' });
  });

  test('of strangers reads no more than is granted to whoever calls it', async () => {
    const author = await createUser();
    const secretWord = { type: 'output', config: { value: '${SECRET_WORD}' } };
    await user.post('/api/v1/user-variables/', { key: 'SECRET_WORD', value: 'sesame-sesame', category: 'general' });
    const child = await createWorkflow(author, definition({ start: trigger, end: secretWord }), { is_public: true });
    const parent = await createWorkflow(
      author,
      definition({ start: trigger, sub: call(child, { grant_variables: ['SECRET_WORD'] }) }),
      {
        is_public: true,
      },
    );
    const refused = await recorded(await start(user, parent));
    expect(refused).toMatchObject({ status: 'failed', error_details: { code: 'sub_workflow_failed' } });
    expect(JSON.stringify(refused.error_details)).toContain('variable_missing');
    // A workflow of one's own, which a stranger's has run, has the stranger's rights.
    const own = await createWorkflow(user, definition({ start: trigger, end: secretWord }), { is_public: true });
    const caller = await createWorkflow(author, definition({ start: trigger, sub: call(own) }), { is_public: true });
    const confined = await recorded(await start(user, caller));
    expect(confined).toMatchObject({ status: 'failed' });
    // As much as anything that goes on from it.
    const [inside] = await childrenOf(confined.id);
    const fork = async (more: object) => {
      const { body } = await user.post(`/api/v1/executions/${inside!.id}/fork`, { from: 'end', ...more });
      return recorded(body.execution_id);
    };
    expect(await fork({})).toMatchObject({ status: 'failed', error_details: { code: 'variable_missing' } });
    expect(await fork({ grant_variables: ['SECRET_WORD'] })).toMatchObject({ status: 'completed' });
    expect(await run(user, definition({ start: trigger, sub: call(own) }))).toMatchObject({ status: 'completed' });
    // What is private is not there for a stranger's workflow.
    const secret = await createWorkflow(user, definition({ start: trigger, end: transform('1') }));
    const prying = await createWorkflow(author, definition({ start: trigger, sub: call(secret) }), { is_public: true });
    expect(await recorded(await start(user, prying))).toMatchObject({ error_details: { code: 'workflow_not_found' } });
  });

  test('ends what waits for it when its workflow is deleted, and with that of its parent', async () => {
    const waiting = async () => {
      const child = await createWorkflow(user, decided());
      const parent = await createWorkflow(user, definition({ start: trigger, sub: call(child) }));
      const id = await start(user, parent);
      const [run] = await eventually(async () => {
        const found = await childrenOf(id);
        return found.length > 0 && found;
      });
      await Promise.all([parked(user.workspaceId, id), parked(user.workspaceId, run!.id)]);
      return { child, parent, id, childId: run!.id as string };
    };
    const [one, other] = [await waiting(), await waiting()];
    expect((await user.delete(`/api/v1/workflows/${one.child}`)).status).toBe(200);
    expect(await recorded(one.id)).toMatchObject({ status: 'failed', error_details: { code: 'sub_workflow_gone' } });
    expect((await user.delete(`/api/v1/workflows/${other.parent}`)).status).toBe(200);
    expect(await recorded(other.childId)).toMatchObject({ status: 'cancelled' });
  });

  test('must be named by an id', async () => {
    const { status, body } = await user.post('/api/v1/workflows/', {
      name: 'Flow',
      definition: definition({ start: trigger, sub: call('other') }),
    });
    const workflowId = body.id;
    expect(status).toBe(200);
    const refused = await user.post(`/api/v1/workflows/${workflowId}/execute`, {});
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body.errors)).toContain('must be the id of a workflow');
  });
});
