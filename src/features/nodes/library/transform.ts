import { followPath } from '../templates/resolve.ts';
import { defineNodeType, type NodeType, type RunMeans } from './node-type.ts';
import { transformConfig, type TransformConfig, type TransformKind } from './transform-config.ts';
import { aggregate, filter, group, join, map, reduce, sort } from './transform-lists.ts';
import { convert, custom, extract, validate } from './transform-values.ts';

type Description = Pick<NodeType, 'aliases' | 'title' | 'description' | 'example'>;

/** Each kind by itself, as older clients have them; `transform` stands for all of them. */
const KINDS: Record<Exclude<TransformKind, 'custom'>, Description> = {
  expression: {
    aliases: ['code', 'function', 'data', 'script'],
    title: 'Transform',
    description: 'Makes something else of what came in, by an expression or by one of the kinds below.',
    example: {
      config: { expression: '{ "name": name, "total": $sum(items.price) }' },
      input: { name: 'Ada', items: [{ price: 1 }, { price: 2 }] },
      output: { name: 'Ada', total: 3 },
    },
  },
  map: {
    aliases: [],
    title: 'Map',
    description: 'Makes something else of each item.',
    example: {
      config: { mapping: { id: 'key', label: '$uppercase(name)' } },
      input: [{ key: 1, name: 'a' }],
      output: [{ id: 1, label: 'A' }],
    },
  },
  filter: {
    aliases: [],
    title: 'Filter',
    description: 'Keeps the items that fulfil a condition.',
    example: {
      config: { condition: { field: 'age', operator: 'gte', value: 18 } },
      input: [{ age: 17 }, { age: 18 }],
      output: [{ age: 18 }],
    },
  },
  extract: {
    aliases: [],
    title: 'Extract',
    description: 'Takes parts out of what came in.',
    example: {
      config: { paths: { first: '$.items[0].id', all: '$.items[*].id' } },
      input: { items: [{ id: 1 }, { id: 2 }] },
      output: { first: 1, all: [1, 2] },
    },
  },
  convert: {
    aliases: [],
    title: 'Convert',
    description: 'Makes a value of another type.',
    example: { config: { target_type: 'number' }, input: '42', output: 42 },
  },
  validate: {
    aliases: [],
    title: 'Validate',
    description: 'Says whether what came in is as it should be, and what is wrong.',
    example: {
      config: { rules: { age: { type: 'integer', min: 18 } } },
      input: { age: 17 },
      output: { valid: false, errors: [{ path: '/age', message: 'must be at least 18' }], data: { age: 17 } },
    },
  },
  sort: {
    aliases: [],
    title: 'Sort',
    description: 'Brings items into an order.',
    example: { config: { key: 'n', reverse: true }, input: [{ n: 1 }, { n: 3 }], output: [{ n: 3 }, { n: 1 }] },
  },
  group: {
    aliases: ['group_by'],
    title: 'Group',
    description: 'Puts items together that have the same key.',
    example: {
      config: { key: 'kind' },
      input: [{ kind: 'a', n: 1 }, { kind: 'b' }, { kind: 'a', n: 2 }],
      output: {
        a: [
          { kind: 'a', n: 1 },
          { kind: 'a', n: 2 },
        ],
        b: [{ kind: 'b' }],
      },
    },
  },
  aggregate: {
    aliases: [],
    title: 'Aggregate',
    description: 'Counts, adds up and compares the numbers of items.',
    example: {
      config: { field: 'n', operations: ['count', 'sum', 'avg'] },
      input: [{ n: 1 }, { n: 3 }],
      output: { count: 2, sum: 4, avg: 2 },
    },
  },
  reduce: {
    aliases: [],
    title: 'Reduce',
    description: 'Makes one value of all items, one after the other, with `$accumulator`, `$item` and `$index`.',
    example: { config: { expression: '$accumulator * $item', initial: 1 }, input: [2, 3, 4], output: 24 },
  },
  join: {
    aliases: [],
    title: 'Join',
    description: 'Makes one text of many, or one list of two that have a key in common.',
    example: { config: { field: 'name', separator: ', ' }, input: [{ name: 'a' }, { name: 'b' }], output: 'a, b' },
  },
};

export const transformNodes: readonly NodeType[] = Object.entries(KINDS).map(([kind, description]) =>
  defineNodeType({
    type: kind === 'expression' ? 'transform' : kind,
    ...description,
    category: 'data',
    outputs: () => [],
    control: null,
    effect: () => 'pure',
    isComputed: true,
    config: transformConfig(kind as TransformKind),
    expressions: ['expression', 'mapping.*', 'condition', 'condition.field', 'condition.*.field', 'code', 'with'],
    input: {},
    output: {},
    defaultTimeoutSeconds: 60,
    run: async (means, config) => ({
      kind: 'done',
      output: (await transform(means, config, config.transform_type ?? (kind as TransformKind))) ?? null,
    }),
  }),
);

async function transform(means: RunMeans, config: TransformConfig, kind: TransformKind): Promise<unknown> {
  const source = await readSource(means, config.input_source);
  const subject = source ? source.value : means.scope.input;
  switch (kind) {
    case 'expression':
      return source
        ? means.evaluate((config.expression ?? config.code)!, 'expression', {}, source.value)
        : means.evaluate((config.expression ?? config.code)!, 'expression');
    case 'map':
      return map(means, config, subject);
    case 'filter':
      return filter(means, config, subject);
    case 'extract':
      return extract(means, config, subject);
    case 'convert':
      return convert(config, subject);
    case 'validate':
      return validate(config, subject);
    case 'sort':
      return sort(config, subject);
    case 'group':
      return group(config, subject);
    case 'aggregate':
      return aggregate(config, subject);
    case 'reduce':
      return reduce(means, config, subject);
    case 'join':
      return join(means, config, subject);
    case 'custom':
      return custom(means, config, subject);
  }
}

/** Null for what came in. */
async function readSource(means: RunMeans, source: string): Promise<{ value: unknown } | null> {
  if (source === 'auto' || source === 'input' || source === '') return null;
  const path = source.replace(/^\$\.?/, '');
  return followPath(path, means.scope) ?? { value: await means.evaluate(path, 'input_source') };
}
