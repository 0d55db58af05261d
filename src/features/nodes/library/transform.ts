import { z } from 'zod';
import { defineNodeType } from './node-type.ts';

export const transformNode = defineNodeType({
  type: 'transform',
  aliases: ['code', 'function', 'data'],
  title: 'Transform',
  description: 'Makes something else of what came in.',
  category: 'data',
  outputs: () => [],
  control: null,
  effect: () => 'pure',
  config: z.looseObject({
    expression: z.string().meta({ description: 'What to make (JSONata), over what came in.' }),
  }),
  expressions: ['expression'],
  input: {},
  output: {},
  example: {
    config: { expression: '{ "name": name, "total": $sum(items.price) }' },
    input: { name: 'Ada', items: [{ price: 1 }, { price: 2 }] },
    output: { name: 'Ada', total: 3 },
  },
  defaultTimeoutSeconds: 30,
  run: async ({ evaluate }, { expression }) => ({
    kind: 'done',
    output: (await evaluate(expression, 'expression')) ?? null,
  }),
});
