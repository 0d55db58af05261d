/** Executions whose runner goes away in the middle: nothing is lost, done twice or stuck. */
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
  runnerOf,
  start,
  statusesOf,
  sweepFor,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { atAllowedHost, openRemote, type Remote } from '../../helpers/remote.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const kill = () => killRunner(user.workspaceId);

/** The next that asks finds another runner, as its alarm or a sweep would have. */
const revive = (executionId: string) => runnerOf(user.workspaceId).describe(executionId);

/** Ten nodes, three branches, a sleep, and a loop. */
function tenNodes(remote: Remote) {
  return definition(
    {
      start: trigger,
      first: post(remote, 'first'),
      left: post(remote, 'left'),
      right: post(remote, 'right'),
      nap: { type: 'delay', config: { ms: 60 } },
      check: { type: 'condition', config: { expression: 'true' } },
      rare: post(remote, 'rare'),
      each: { type: 'loop', config: { items: '[1, 2]' } },
      item: post(remote, 'item'),
      join: { type: 'merge' },
    },
    [
      'start>first',
      'first>left',
      'first>right',
      'left>nap',
      'right>check',
      'check.false>rare',
      'check.true>each',
      'each.item>item',
      'each.done>join',
      'nap>join',
    ],
  );
}

describe('a runner that goes away', () => {
  test.each([0, 1, 2, 3, 4, 5])(
    'after %i calls of a graph of ten nodes: it ends as it would have, and no finished node runs again',
    async (calls) => {
      const remote = openRemote();
      const executionId = await start(user, await createWorkflow(user, tenNodes(remote)));
      await eventually(async () => (await remote.received()).length >= calls);
      await kill();
      await revive(executionId);
      const row = await recorded(executionId);
      expect(row).toMatchObject({ status: 'completed', failed_nodes: 0 });
      expect(await statusesOf(executionId)).toEqual({
        ...Object.fromEntries(
          ['start', 'first', 'left', 'right', 'nap', 'check', 'each', 'item#0', 'item#1', 'join'].map((key) => [
            key,
            'completed',
          ]),
        ),
        rare: 'skipped',
      });
      const keys = (await remote.received()).map(({ headers }) => headers['idempotency-key']);
      expect(new Set(keys).size).toBe(5);
      // Of those that were under way, two at the most, the server may see a repetition, which it knows by the key.
      expect(keys.length).toBeLessThanOrEqual(7);
    },
  );

  test('time and again: it still ends, and each call has one key', async () => {
    const remote = openRemote();
    const executionId = await start(user, await createWorkflow(user, tenNodes(remote)));
    for (let times = 0; times < 3; times++) {
      await kill();
      await revive(executionId);
    }
    expect(await recorded(executionId)).toMatchObject({ status: 'completed' });
    expect(new Set((await remote.received()).map(({ headers }) => headers['idempotency-key'])).size).toBe(5);
  });

  test('in the middle of what must not be repeated: it is not, and the execution says why it failed', async () => {
    const remote = openRemote();
    const unsafe = { type: 'http', config: { method: 'POST', url: atAllowedHost(remote.url('silent')) } };
    const executionId = await start(user, await createWorkflow(user, definition({ start: trigger, unsafe })));
    await eventually(async () => (await remote.stats()).hits === 1);
    await kill();
    await revive(executionId);
    expect(await recorded(executionId)).toMatchObject({
      status: 'failed',
      error_details: { code: 'interrupted_unsafe', node_id: 'unsafe' },
    });
    expect((await remote.stats()).hits).toBe(1);
  });

  test('four times in the same node: the execution is given up', async () => {
    const remote = openRemote();
    const stuck = { type: 'http', config: { url: atAllowedHost(remote.url('silent')) } };
    const executionId = await start(user, await createWorkflow(user, definition({ start: trigger, stuck })));
    for (let hits = 1; hits <= 4; hits++) {
      await eventually(async () => (await remote.stats()).hits >= hits);
      await kill();
      await revive(executionId);
    }
    expect(await recorded(executionId)).toMatchObject({ status: 'failed', error_details: { code: 'runner_crashed' } });
  });
});

describe('a message', () => {
  const flow = definition({ start: trigger, end: transform('1') });

  async function insertPending(workflowId: string): Promise<string> {
    const id = crypto.randomUUID();
    await sql`insert into workflow_executions (id, workspace_id, workflow_id, workflow_version, created_by, next_check_at)
      values (${id}, ${user.workspaceId}, ${workflowId}, 1, ${user.id}, now() - interval '1 second')`;
    return id;
  }

  test('that is lost is made up for by the sweep', async () => {
    const executionId = await insertPending(await createWorkflow(user, flow));
    await sweepFor([executionId]);
    expect(await recorded(executionId)).toMatchObject({ status: 'completed', output_data: 1 });
  });

  test('that comes twice, and once more when all is over, starts one execution', async () => {
    const remote = openRemote();
    const counted = definition({ start: trigger, call: post(remote, 'once') });
    const executionId = await insertPending(await createWorkflow(user, counted));
    await sweepFor([executionId], 3);
    await recorded(executionId);
    await runnerOf(user.workspaceId).wake([executionId]);
    expect(await nodesOf(executionId)).toHaveLength(2);
    expect(await remote.received()).toHaveLength(1);
  });
});
