import { z } from 'zod';
import { defineNodeType } from './node-type.ts';

export const outputNode = defineNodeType({
  type: 'output',
  aliases: ['end', 'result', 'return', 'respond'],
  title: 'Output',
  description: 'Shapes what the execution puts out. Without anything said, that is what came in.',
  category: 'flow',
  outputs: () => [],
  control: null,
  effect: () => 'pure',
  isComputed: true,
  config: z.looseObject({
    value: z.unknown().optional().meta({ description: 'What to put out; templates in it are filled in.' }),
    expression: z.string().optional().meta({ description: 'What to put out (JSONata).' }),
  }),
  expressions: ['expression'],
  input: {},
  output: {},
  example: {
    config: { value: { text: 'Hello {{input.name}}' } },
    input: { name: 'Ada' },
    output: { text: 'Hello Ada' },
  },
  defaultTimeoutSeconds: 30,
  async run({ scope, evaluate }, { value, expression }) {
    if (expression !== undefined) return { kind: 'done', output: (await evaluate(expression, 'expression')) ?? null };
    return { kind: 'done', output: value === undefined ? (scope.input ?? null) : value };
  },
});
