import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { executeDefinition, executionIn, executionPath, single } from '../../helpers/run-workflows.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const ended = async (definition: object, input: object = {}) =>
  executionIn(user, await executeDefinition(user, definition, input), 'completed', 'failed');

/** A trigger, and so many nodes one after the other, each of which adds one. */
function chain(length: number) {
  const nodes = Array.from({ length }, (_, at) => ({
    id: `n${at}`,
    type: 'transform',
    config: { expression: '{ "sum": (sum ? sum : 0) + 1 }' },
  }));
  const ids = ['start', ...nodes.map(({ id }) => id)];
  return {
    nodes: [{ id: 'start', type: 'manual' }, ...nodes],
    connections: nodes.map(({ id }, at) => ({ id: `c${at}`, from: ids[at], to: id })),
  };
}

describe('what is large', () => {
  test('a definition of a thousand nodes runs', async () => {
    const execution = await ended(chain(1_000));
    expect(execution).toMatchObject({ status: 'completed', completed_nodes: 1_001, output_data: { sum: 1_000 } });
  });

  test('an output just within ten megabytes goes on to the next node, and one beyond is refused', async () => {
    const pieces = (count: number) => single('transform', { expression: `[1..${count}].("${'x'.repeat(9_000)}")` });
    const within = pieces(1_100);
    const counting = { id: 'count', type: 'transform', config: { expression: '{ "length": $count($) }' } };
    const execution = await ended({
      nodes: [...within.nodes, counting],
      connections: [...within.connections, { id: 'd', from: 'only', to: 'count' }],
    });
    expect(execution).toMatchObject({ status: 'completed', output_data: { length: 1_100 } });
    const { body: nodes } = await user.get(executionPath(execution.id, '/nodes'));
    const large = nodes.find(({ node_key: key }: { node_key: string }) => key === 'only');
    expect(large.output_bytes).toBeGreaterThan(9_900_000);

    const refused = await ended(pieces(1_300));
    expect(refused).toMatchObject({ status: 'failed', error_details: { code: 'expression_limit' } });
    expect(refused.error_message).toMatch(/results in more than 10485760 bytes/);

    // Two values that are each within it, and together are not.
    const half = { type: 'transform', config: { expression: `[1..700].("${'x'.repeat(9_000)}")` } };
    const joined = await ended({
      nodes: [
        { id: 'start', type: 'manual' },
        { id: 'one', ...half },
        { id: 'other', ...half },
        { id: 'both', type: 'merge', config: { combine: 'object' } },
      ],
      connections: ['one', 'other'].flatMap((id) => [
        { id: `a${id}`, from: 'start', to: id },
        { id: `b${id}`, from: id, to: 'both' },
      ]),
    });
    expect(joined).toMatchObject({ status: 'failed', error_details: { code: 'output_too_large', limit: 10_485_760 } });
  });

  test('a loop takes ten thousand items, and says so of more', { timeout: 120_000 }, async () => {
    const loop = (count: number) => ({
      nodes: [
        { id: 'start', type: 'manual' },
        { id: 'each', type: 'loop', config: { items: `[1..${count}]`, parallelism: 10 } },
        { id: 'double', type: 'transform', config: { expression: '$item * 2' } },
        { id: 'count', type: 'transform', config: { expression: '{ "count": count, "last": results[-1] }' } },
      ],
      connections: [
        { id: 'a', from: 'start', to: 'each' },
        { id: 'b', from: 'each', fromPort: 'item', to: 'double' },
        { id: 'c', from: 'each', fromPort: 'done', to: 'count' },
      ],
    });
    const execution = await ended(loop(10_000));
    expect(execution).toMatchObject({ status: 'completed', output_data: { count: 10_000, last: 20_000 } });
    const refused = await ended(loop(100_000));
    expect(refused).toMatchObject({ status: 'failed', error_details: { code: 'too_many_items', limit: 10_000 } });
  });
});
