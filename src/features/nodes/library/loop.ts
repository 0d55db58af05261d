import { z } from 'zod';
import { defineNodeType, NodeError } from './node-type.ts';

const ITEMS_LIMIT = 10_000;

export const loopNode = defineNodeType({
  type: 'loop',
  aliases: ['for_each', 'foreach', 'each', 'iterate', 'loop_over_items'],
  title: 'Loop',
  description:
    'Runs what follows on `item` for each item, several at once if that is allowed, with `item` and `index` in reach. ' +
    'What follows on `done` gets `{items, results, count}`.',
  category: 'flow',
  outputs: () => ['item', 'done'],
  control: 'loop',
  effect: () => 'pure',
  isComputed: true,
  config: z.looseObject({
    items: z
      .union([z.string(), z.array(z.unknown())])
      .optional()
      .meta({ description: `At most ${ITEMS_LIMIT} items: a list, or what makes one (JSONata). Else what came in.` }),
    parallelism: z.coerce.number().int().min(1).max(20).default(1).meta({ description: 'How many run at once.' }),
    continue_on_error: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether an item that fails leaves the others alone.' }),
  }),
  expressions: ['items'],
  input: {},
  output: {
    type: 'object',
    description: 'The items; on `done` with the results of each.',
    properties: { items: { type: 'array' }, parallelism: { type: 'integer' }, continue_on_error: { type: 'boolean' } },
    required: ['items', 'parallelism', 'continue_on_error'],
  },
  example: {
    config: { items: 'orders[total > 10]', parallelism: 4 },
    input: { orders: [{ total: 5 }, { total: 20 }] },
    output: { items: [{ total: 20 }], parallelism: 4, continue_on_error: false },
  },
  defaultTimeoutSeconds: 30,
  async run({ scope, evaluate, log }, { items, parallelism, continue_on_error: continueOnError }) {
    const given = typeof items === 'string' ? await evaluate(items, 'items') : (items ?? scope.input);
    const list = toList(given);
    // A path that leads nowhere gives no items either.
    if (list.length === 0) log('info', 'items: there are none');
    if (list.length > ITEMS_LIMIT) {
      throw new NodeError('too_many_items', `A loop takes ${ITEMS_LIMIT} items at most, not ${list.length}.`, {
        details: { limit: ITEMS_LIMIT, items: list.length },
      });
    }
    return { kind: 'done', output: { items: list, parallelism, continue_on_error: continueOnError }, port: 'item' };
  },
});

/** The language makes one item of a list of one. */
const toList = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
