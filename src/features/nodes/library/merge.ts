import { z } from 'zod';
import { defineNodeType } from './node-type.ts';

export const mergeNode = defineNodeType({
  type: 'merge',
  aliases: ['join_branches', 'combine'],
  title: 'Merge',
  description:
    'Brings branches together. `all` waits for every branch that is taken; `any` goes on with the first, once.',
  category: 'flow',
  outputs: () => [],
  control: 'merge',
  effect: () => 'pure',
  isComputed: true,
  config: z.looseObject({
    mode: z.enum(['all', 'any']).default('all').meta({ description: 'Which branches it waits for.' }),
    combine: z
      .enum(['object', 'array', 'first', 'append'])
      .default('object')
      .meta({
        description:
          '`object`: outputs by the ids of their nodes. `array`: a list of them. `first`: the first alone. `append`: one ' +
          'list of all their items.',
      }),
  }),
  expressions: [],
  input: { type: 'object', description: 'Outputs of the branches, by the ids of their last nodes.' },
  output: { description: 'The outputs, combined.' },
  example: {
    config: { combine: 'append' },
    input: { a: [1, 2], b: 3 },
    output: [1, 2, 3],
  },
  defaultTimeoutSeconds: 10,
  run({ scope }, { mode, combine }) {
    const { inputs } = scope;
    const values = Object.values(inputs);
    const [first = null] = values;
    // Whatever came first is all there is.
    if (mode === 'any' || combine === 'first') return { kind: 'done', output: first };
    if (combine === 'array') return { kind: 'done', output: values };
    return { kind: 'done', output: combine === 'append' ? values.flat(1) : { ...inputs } };
  },
});
