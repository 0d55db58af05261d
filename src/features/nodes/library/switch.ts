import { z } from 'zod';
import { compare } from './compare.ts';
import { defineNodeType, type RunMeans } from './node-type.ts';
import { isTruthy } from './truth.ts';

const Case = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.looseObject({
    port: z.string().min(1).max(100).optional().meta({ description: 'Which way to go; else the value itself.' }),
    value: z.unknown().optional().meta({ description: 'What the field must be equal to.' }),
    condition: z.string().optional().meta({ description: 'What must be true instead (JSONata).' }),
  }),
]);
type Case = z.infer<typeof Case>;

const Config = z.looseObject({
  expression: z.string().optional().meta({ description: 'What is looked at (JSONata).' }),
  field: z.string().optional().meta({ description: 'A path in what came in, in place of an expression.' }),
  value: z.unknown().optional().meta({ description: 'A value, in place of both.' }),
  cases: z
    .union([z.array(Case).max(100), z.record(z.string(), z.string())])
    .meta({ description: 'The ways, tried in order: values with their ports, or conditions.' }),
});
type Config = z.infer<typeof Config>;

export const switchNode = defineNodeType({
  type: 'switch',
  aliases: ['router', 'branch', 'case'],
  title: 'Switch',
  description: 'Goes on by the port of the first case that fits, else by `default`, with what came in.',
  category: 'flow',
  outputs: ({ cases }) => [...new Set([...readCases(cases as Config['cases']).map(portOf), 'default'])],
  control: null,
  effect: () => 'pure',
  isComputed: true,
  config: Config,
  expressions: ['expression', 'field', 'cases.*.condition'],
  input: {},
  output: { description: 'What came in.' },
  example: {
    config: { field: 'status', cases: [{ value: 'new', port: 'welcome' }, { value: 'old' }] },
    input: { status: 'new' },
    output: { status: 'new' },
  },
  defaultTimeoutSeconds: 10,
  async run(means, config) {
    const port = await choose(means, config);
    return { kind: 'done', output: means.scope.input ?? null, port, metadata: { port } };
  },
});

async function choose(means: RunMeans, config: Config): Promise<string> {
  const cases = readCases(config.cases);
  const subject = await readSubject(means, config);
  for (const [at, one] of cases.entries()) {
    if (typeof one === 'object' && one.condition !== undefined) {
      if (isTruthy(await means.evaluate(one.condition, `cases.${at}.condition`, { value: subject })))
        return portOf(one);
    } else if (compare(subject, 'eq', typeof one === 'object' ? one.value : one)) return portOf(one);
  }
  return 'default';
}

function readSubject({ evaluate }: RunMeans, { expression, field, value }: Config): Promise<unknown> | unknown {
  if (expression !== undefined) return evaluate(expression, 'expression');
  return field === undefined ? value : evaluate(field, 'field');
}

/** Cases of whatever form, also of a configuration that nobody has checked. */
function readCases(cases: Config['cases'] | undefined): Case[] {
  if (Array.isArray(cases)) return cases;
  if (typeof cases !== 'object' || cases === null) return [];
  return Object.entries(cases).map(([value, port]) => ({ value, port }));
}

function portOf(one: Case): string {
  if (typeof one !== 'object' || one === null) return String(one);
  const { port, value = 'default' } = one;
  // What is an object has no name of its own, and may not even become a text.
  return port ?? (typeof value === 'object' ? JSON.stringify(value) : String(value));
}
