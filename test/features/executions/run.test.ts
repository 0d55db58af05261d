import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import {
  createWorkflow,
  definition,
  nodesOf,
  recorded,
  run,
  start,
  statusesOf,
  transform,
  trigger,
} from '../../helpers/executions.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

describe('an execution', () => {
  test('runs its nodes one after another, and is recorded with what each took and gave', async () => {
    const flow = definition({ start: trigger, double: transform('input.n * 2'), say: transform('{"n": input}') });
    const row = await run(user, flow, { inputs: { n: 21 } });
    expect(row).toMatchObject({ status: 'completed', output_data: { n: 42 }, completed_nodes: 3, next_check_at: null });
    expect(await nodesOf(row.id)).toMatchObject([
      { node_key: 'start', execution_order: 1, status: 'completed', input_data: { n: 21 } },
      { node_key: 'double', execution_order: 2, input_data: { n: 21 }, output_data: 42 },
      { node_key: 'say', execution_order: 3, input_data: 42, output_data: { n: 42 }, dependencies: ['double'] },
    ]);
  });

  test('goes the ways that its conditions take, and passes over the others', async () => {
    const flow = definition(
      {
        start: trigger,
        big: { type: 'condition', config: { expression: 'n > 10' } },
        yes: transform('"big"'),
        no: transform('"small"'),
        after: transform('input & "!"'),
      },
      ['start>big', 'big.true>yes', 'big.false>no', 'yes>after', 'no>after'],
    );
    const row = await run(user, flow, { inputs: { n: 11 } });
    expect(row.output_data).toBe('big!');
    expect(await statusesOf(row.id)).toEqual({
      start: 'completed',
      big: 'completed',
      yes: 'completed',
      no: 'skipped',
      after: 'completed',
    });
  });

  test('brings branches together, each by its id', async () => {
    const flow = definition({ start: trigger, a: transform('1'), b: transform('2'), all: { type: 'merge' } }, [
      'start>a',
      'start>b',
      'a>all',
      'b>all',
    ]);
    expect((await run(user, flow)).output_data).toEqual({ a: 1, b: 2 });
  });

  test('does the body of a loop for each item, and goes on with all results in their order', async () => {
    const flow = definition(
      {
        start: trigger,
        each: { type: 'loop', config: { items: 'list', parallelism: 2 } },
        square: transform('item * item'),
        sum: transform('$sum(input.results)'),
      },
      ['start>each', 'each.item>square', 'square>each', 'each.done>sum'],
    );
    const row = await run(user, flow, { inputs: { list: [1, 2, 3, 4] } });
    expect(row).toMatchObject({ status: 'completed', output_data: 30, total_nodes: 7, completed_nodes: 7 });
    const squares = (await nodesOf(row.id)).filter((node) => node.node_key === 'square');
    expect(squares.map(({ iteration, input_data: item, output_data: output }) => [iteration, item, output])).toEqual([
      [[0], 1, 1],
      [[1], 2, 4],
      [[2], 3, 9],
      [[3], 4, 16],
    ]);
  });

  test('fails where a node does, and says which', async () => {
    const flow = definition({ start: trigger, bad: transform('$number("x")'), never: transform('1') });
    const row = await run(user, flow);
    expect(row).toMatchObject({ status: 'failed', failed_nodes: 1, error_details: { node_id: 'bad' } });
    expect(await statusesOf(row.id)).toEqual({ start: 'completed', bad: 'failed', never: 'skipped' });
  });

  test('sleeps, and goes on', async () => {
    const workflowId = await createWorkflow(
      user,
      definition({ start: trigger, wait: { type: 'delay', config: { ms: 300 } }, end: transform('input.n') }),
    );
    const executionId = await start(user, workflowId, { inputs: { n: 7 } });
    expect((await user.get(`/api/v1/executions/${executionId}`)).body).toMatchObject({ status: 'running' });
    const row = await recorded(executionId);
    expect(row).toMatchObject({ status: 'completed', output_data: 7 });
    expect(Date.parse(row.completed_at) - Date.parse(row.started_at)).toBeGreaterThanOrEqual(300);
  });
});
