/** What runners do on demand, and by themselves, with executions that do not simply run to their end. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  createWorkflow,
  definition,
  liveOf,
  nodesOf,
  queueOf,
  recorded,
  run,
  runnerOf,
  start,
  statusesOf,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const control = (id: string, action: string) =>
  user.post(`/api/v1/executions/${id}/control`, { action, reason: 'as tested' });

const nap = (ms: number) => ({ type: 'delay', config: { ms } });

describe('an order', () => {
  test('to cancel ends an execution at once: what slept or had not begun is skipped', async () => {
    const id = await start(
      user,
      await createWorkflow(user, definition({ start: trigger, nap: nap(60_000), end: transform('1') })),
    );
    expect((await control(id, 'cancel')).status).toBe(200);
    expect(await recorded(id)).toMatchObject({ status: 'cancelled', error_message: 'as tested' });
    expect(await statusesOf(id)).toEqual({ start: 'completed', nap: 'skipped', end: 'skipped' });
    expect((await control(id, 'cancel')).status).toBe(400);
  });

  test('to pause keeps new nodes from beginning, until it is resumed', async () => {
    const id = await start(
      user,
      await createWorkflow(user, definition({ start: trigger, nap: nap(2_000), end: transform('1') })),
    );
    expect((await control(id, 'pause')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const live = await runnerOf(user.workspaceId).describe(id);
    expect(live).toMatchObject({ status: 'paused', completedNodes: 1, waits: { reason: 'pause' } });
    expect((await control(id, 'resume')).status).toBe(200);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: 1 });
  });

  test('wakes each delay in its time, also beside a call that takes longer', async () => {
    const late = { type: 'http', config: { url: atAllowedHost(openRemote().url('late', { ms: 3_000 })) } };
    const delay = (ms: number) => ({ type: 'delay', config: { ms } });
    const flow = definition({ start: trigger, one: delay(50), two: delay(400), late }, [
      'start>one',
      'start>two',
      'start>late',
    ]);
    const { id } = (await run(user, flow))!;
    const ends = (await nodesOf(id)).toSorted((node, other) => node.end_order - other.end_order);
    expect(ends.map(({ node_key: key }) => key)).toEqual(['start', 'one', 'two', 'late']);
  });

  test('to pause lets nothing begin in its place while a node of it is at work', async () => {
    const owner = await createUser();
    const settings = `/api/v1/workspaces/${owner.workspaceId}/execution-settings`;
    await owner.put(settings, { max_concurrent_executions: 1 });
    const url = atAllowedHost(openRemote().url('silent'));
    const call = { type: 'http', config: { url, timeout: 2 } };
    const first = await start(owner, await createWorkflow(owner, definition({ start: trigger, call })));
    await eventually(async () => (await liveOf(owner.workspaceId, first))?.currentNode === 'call');
    const pause = { action: 'pause' };
    expect((await owner.post(`/api/v1/executions/${first}/control`, pause)).status).toBe(200);
    const second = await start(owner, await createWorkflow(owner, definition({ start: trigger, end: transform('1') })));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await liveOf(owner.workspaceId, second)).toMatchObject({
      status: 'pending',
      waits: { reason: 'workspace_limit' },
    });
    expect(await recorded(second)).toMatchObject({ status: 'completed' });
    expect(await liveOf(owner.workspaceId, first)).toMatchObject({ status: 'paused' });
  });

  test('to retry goes on with what had failed, under the same id, and does nothing again that was done', async () => {
    const remote = openRemote();
    const flow = definition({
      start: trigger,
      before: { type: 'http', config: { url: atAllowedHost(remote.url('hook')) } },
      set: { type: 'set', config: { values: { greeting: 'hello' } } },
      fails: { type: 'http', config: { url: atAllowedHost(remote.url('hook', { codes: '200,404,200' })) } },
      end: transform('variables.greeting'),
    });
    const id = await start(user, await createWorkflow(user, flow));
    expect(await recorded(id)).toMatchObject({ status: 'failed', error_details: { node_id: 'fails' } });
    await eventually(async () => (await runnerOf(user.workspaceId).describe(id)) === null);
    expect((await control(id, 'retry')).status).toBe(200);
    const row = await eventually(async () => {
      const [found] = await sql`select * from workflow_executions where id = ${id} and status = 'completed'`;
      return found;
    });
    expect(row).toMatchObject({ retry_count: 1, output_data: 'hello', failed_nodes: 0, error_message: null });
    expect(await remote.received()).toHaveLength(3);
    const nodes = await nodesOf(id);
    expect(nodes.map(({ node_key: key }) => key)).toEqual(['start', 'before', 'set', 'fails', 'end']);
    for (const at of [1, 2, 3, 4]) expect(nodes[at]!.input_data).toEqual(nodes[at - 1]!.output_data);
    expect((await control(id, 'retry')).status).toBe(400);
  });
});

describe('a node that fails', () => {
  const failing = transform('$error("no")');

  test('goes on by its way for failures', async () => {
    const flow = definition({ start: trigger, bad: failing, rescue: transform('input.error.code') }, [
      'start>bad',
      'bad.error>rescue',
    ]);
    const row = await run(user, flow);
    expect(row).toMatchObject({ status: 'completed', failed_nodes: 1 });
    expect(typeof row.output_data).toBe('string');
  });

  test('is passed over where it may be', async () => {
    const flow = definition({
      start: trigger,
      bad: { ...failing, continue_on_error: true },
      after: transform('input.error.node_id'),
    });
    expect(await run(user, flow)).toMatchObject({ status: 'completed', output_data: 'bad' });
  });

  test('of a loop leaves the other items alone where it may', async () => {
    const flow = definition(
      {
        start: trigger,
        each: { type: 'loop', config: { items: '[1, 0, 2]', continue_on_error: true } },
        divide: transform('item = 0 ? $error("zero") : 10 / item'),
        end: transform('input.results'),
      },
      ['start>each', 'each.item>divide', 'each.done>end'],
    );
    const row = await run(user, flow);
    expect(row.output_data).toMatchObject([10, { error: { node_id: 'divide' } }, 5]);
  });

  test('of a loop ends the execution otherwise', async () => {
    const flow = definition(
      {
        start: trigger,
        each: { type: 'loop', config: { items: '[1, 0, 2]' } },
        divide: transform('item = 0 ? $error("zero") : 10 / item'),
      },
      ['start>each', 'each.item>divide'],
    );
    const row = await run(user, flow);
    expect(row).toMatchObject({ status: 'failed', error_details: { node_id: 'divide' } });
    expect(await statusesOf(row.id)).not.toHaveProperty('divide#2');
  });

  test('because a server did is tried again, with a pause', async () => {
    const remote = openRemote();
    const call = {
      type: 'http',
      config: { url: atAllowedHost(remote.url('hook', { codes: '503,200' })) },
      retry: { max: 2, delay_ms: 20 },
    };
    const row = await run(user, definition({ start: trigger, call }));
    expect(row.status).toBe('completed');
    expect((await nodesOf(row.id))[1]).toMatchObject({ status: 'completed', retry_count: 1, max_retries: 2 });
    expect(await remote.received()).toHaveLength(2);
  });
});

describe('limits', () => {
  test('of time end an execution, and what it waits for', async () => {
    const row = await run(user, definition({ start: trigger, nap: nap(30_000) }), { timeout_seconds: 1 });
    expect(row).toMatchObject({ status: 'timeout', error_details: { code: 'timeout' } });
  });

  test('of size: what is too large for a row lies in storage, and reaches the next node all the same', async () => {
    const flow = definition({
      start: trigger,
      large: transform('{"text": $pad("", 400000, "x")}'),
      length: transform('$length(input.text)'),
    });
    const row = await run(user, flow);
    expect(row).toMatchObject({ status: 'completed', output_data: 400_000 });
    const large = (await nodesOf(row.id))[1]!;
    expect(large).toMatchObject({ output_data: null, output_bytes: '400011' });
    expect(large.output_object_key).toContain(`executions/${user.workspaceId}/${row.id}/`);
  });

  test('of items: more than a loop takes is refused with the number', async () => {
    const flow = definition(
      { start: trigger, each: { type: 'loop', config: { items: '[1..10001]' } }, x: transform('1') },
      ['start>each', 'each.item>x'],
    );
    expect(await run(user, flow)).toMatchObject({ status: 'failed', error_details: { node_id: 'each' } });
  });

  test('of a workspace hold, by priority', async () => {
    const someone = await createUser();
    await sql`insert into execution_settings (workspace_id, max_concurrent_executions) values (${someone.workspaceId}, 2)`;
    const remote = openRemote();
    const late = { type: 'http', config: { url: atAllowedHost(remote.url('late', { ms: 300 })) } };
    const workflowId = await createWorkflow(someone, definition({ start: trigger, late }));
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, at) => start(someone, workflowId, { priority: at === 9 ? 10 : 5 })),
    );
    const { running, waiting, limit } = await queueOf(someone.workspaceId);
    expect(limit).toBe(2);
    expect(running.length).toBeLessThanOrEqual(2);
    expect(waiting.every(({ waits }) => waits?.reason === 'workspace_limit')).toBe(true);
    if (waiting.some(({ priority }) => priority === 10)) expect(waiting[0]!.priority).toBe(10);
    await Promise.all(ids.map(recorded));
    expect(await remote.stats()).toEqual({ hits: 10, open: 0, most: 2 });
  });
});
