import { z } from 'zod';
import { defineNodeType, NodeError } from './node-type.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

export const setNode = defineNodeType({
  type: 'set',
  aliases: ['variables', 'set_variables', 'variable', 'assign', 'edit'],
  title: 'Set variables',
  description: 'Sets variables that the nodes after it read as `{{name}}` or `variables.name`.',
  category: 'data',
  outputs: () => [],
  control: null,
  effect: () => 'pure',
  isComputed: true,
  config: z.looseObject({
    variables: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Values by name; templates in them are filled in.' }),
    values: z.record(z.string(), z.unknown()).optional().meta({ description: 'Another name for `variables`.' }),
    name: z.string().optional().meta({ description: 'The name of a single variable.' }),
    value: z.unknown().optional().meta({ description: 'Its value.' }),
    expressions: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'Values by name that are computed (JSONata).' }),
    keep_input: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether the output is what came in together with the variables, not these alone.' }),
  }),
  expressions: ['expressions.*'],
  input: {},
  output: { type: 'object', description: 'The variables that were set.' },
  example: {
    config: { variables: { greeting: 'Hello {{input.name}}' }, expressions: { total: 'price * 2' } },
    input: { name: 'Ada', price: 21 },
    output: { greeting: 'Hello Ada', total: 42 },
  },
  defaultTimeoutSeconds: 10,
  async run({ scope, evaluate }, { variables, values, name, value, expressions, keep_input: keepsInput }) {
    const set: Record<string, unknown> = {
      ...values,
      ...variables,
      ...(name !== undefined && { [name]: value ?? null }),
    };
    for (const [key, text] of Object.entries(expressions ?? {})) {
      set[key] = (await evaluate(text, `expressions.${key}`)) ?? null;
    }
    const wrong = Object.keys(set).find((key) => !NAME.test(key));
    if (wrong !== undefined) {
      throw new NodeError('invalid_config', `${wrong.slice(0, 100)}: is not the name of a variable`);
    }
    const { input } = scope;
    const isKept = keepsInput && typeof input === 'object' && input !== null && !Array.isArray(input);
    return { kind: 'done', output: isKept ? { ...input, ...set } : set, variables: set };
  },
});
