import { z } from 'zod';
import { Comparison, holds } from './compare.ts';
import { defineNodeType, type RunMeans } from './node-type.ts';
import { isTruthy } from './truth.ts';

const Config = z
  .looseObject({
    expression: z.string().optional().meta({ description: 'True or false (JSONata), over what came in.' }),
    condition: z.string().optional().meta({ description: 'Another name for `expression`.' }),
    ...Comparison.partial().shape,
    conditions: z.array(Comparison).max(100).optional().meta({ description: 'Several comparisons.' }),
    combine: z.enum(['all', 'any']).default('all').meta({ description: 'How many of several must hold.' }),
  })
  .refine(
    ({ expression, condition, field, conditions }) => (expression ?? condition ?? field ?? conditions) !== undefined,
    'needs an expression, a field or conditions',
  );

export const conditionNode = defineNodeType({
  type: 'condition',
  aliases: ['conditional', 'if', 'filter_branch', 'decision'],
  title: 'Condition',
  description: 'Goes on by `true` or by `false`, with what came in.',
  category: 'flow',
  outputs: () => ['true', 'false'],
  control: null,
  effect: () => 'pure',
  isComputed: true,
  config: Config,
  expressions: ['expression', 'condition', 'field', 'conditions.*.field'],
  input: {},
  output: { description: 'What came in.' },
  example: {
    config: { expression: 'total > 100' },
    input: { total: 120 },
    output: { total: 120 },
  },
  defaultTimeoutSeconds: 10,
  async run(means, config) {
    const result = await decide(means, config);
    return {
      kind: 'done',
      output: means.scope.input ?? null,
      port: result ? 'true' : 'false',
      metadata: { result },
    };
  },
});

async function decide(means: RunMeans, config: z.infer<typeof Config>): Promise<boolean> {
  const { expression, condition, conditions, combine } = config;
  if (expression !== undefined) return isTruthy(await means.evaluate(expression, 'expression'));
  if (condition !== undefined) return isTruthy(await means.evaluate(condition, 'condition'));
  if (!conditions) return holds(means, Comparison.parse(config));
  const results: boolean[] = [];
  for (const [at, one] of conditions.entries()) results.push(await holds(means, one, `conditions.${at}.`));
  return combine === 'any' ? results.some(Boolean) : results.every(Boolean);
}
