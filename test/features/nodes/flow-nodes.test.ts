import { describe, expect, test } from 'vitest';
import { findNodeType } from '../../../src/features/nodes/index.ts';
import { outputOf, runNode } from '../../helpers/nodes.ts';

const portOf = async (type: string, config: Record<string, unknown>, input: unknown) => {
  const { outcome } = await runNode(type, config, input);
  expect(outcome.output).toEqual(input);
  return (outcome as { port?: string }).port;
};

describe('a condition', () => {
  const INPUT = { total: 120, name: 'Ada', tags: ['a', 'b'], nothing: null, empty: '', order: { id: '7' } };

  test.each([
    [{ expression: 'total > 100' }, true],
    [{ expression: '{{input.total}} > 200' }, false],
    [{ expression: 'missing' }, false],
    [{ expression: '[]' }, false],
    [{ expression: '[false, true]' }, true],
    [{ field: 'total', operator: 'gt', value: 100 }, true],
    [{ field: 'total', operator: '>=', value: '120' }, true],
    [{ field: 'order.id', operator: 'eq', value: 7 }, true],
    [{ field: 'order.id', operator: 'ne', value: 7 }, false],
    [{ field: '{{input.name}}', operator: 'equals', value: 'Ada' }, true],
    [{ field: '$length(name)', operator: 'lt', value: 4 }, true],
    [{ field: 'name', operator: 'lt', value: 3 }, false],
    [{ field: 'name', operator: 'gte', value: 3 }, false],
    [{ field: 'name', operator: 'in', value: ['Bob', 'Ada'] }, true],
    [{ field: 'tags', operator: 'contains', value: 'b' }, true],
    [{ field: 'name', operator: 'starts with', value: 'A' }, true],
    [{ field: 'name', operator: 'regex', value: '^a' }, false],
    [{ field: 'name', operator: 'regex', value: '^A.a$' }, true],
    [{ field: 'missing', operator: 'exists' }, false],
    [{ field: 'nothing', operator: 'not_exists' }, true],
    [{ field: 'missing', operator: 'eq', value: null }, true],
    [{ field: 'empty', operator: 'empty' }, true],
    [{ field: 'order', operator: 'eq', value: { id: '7' } }, true],
    [
      {
        conditions: [
          { field: 'total', operator: 'gt', value: 1 },
          { field: 'name', value: 'Bob' },
        ],
      },
      false,
    ],
    [
      {
        combine: 'any',
        conditions: [
          { field: 'total', operator: 'gt', value: 1 },
          { field: 'name', value: 'Bob' },
        ],
      },
      true,
    ],
  ])('%j is %j', async (config, expected) => {
    expect(await portOf('if', config, INPUT)).toBe(String(expected));
  });

  test('refuses what is no operator, and patterns that could hang', async () => {
    for (const config of [
      { field: 'name', operator: 'resembles', value: 'x' },
      { field: 'name', operator: 'regex', value: '(?=A)' },
    ]) {
      await expect(outputOf('condition', config, INPUT)).rejects.toMatchObject({ code: 'invalid_config' });
    }
  });
});

test.each([
  [{ field: 'kind', cases: ['a', { value: 'b', port: 'second' }] }, 'a', 'a'],
  [{ field: 'kind', cases: ['a', { value: 'b', port: 'second' }] }, 'b', 'second'],
  [{ field: 'kind', cases: ['a'] }, 'c', 'default'],
  [{ value: '{{kind}}', cases: { a: 'first' } }, 'a', 'first'],
  [{ expression: '$uppercase(kind)', cases: [{ value: 'A', port: 'big' }] }, 'a', 'big'],
  [
    {
      cases: [
        { condition: 'kind = "x"', port: 'x' },
        { condition: 'kind = "a"', port: 'y' },
      ],
    },
    'a',
    'y',
  ],
  [{ expression: '$length(kind)', cases: [{ condition: '$value > 2', port: 'long' }] }, 'abc', 'long'],
])('a switch with %j leads %j to %s', async (config, kind, port) => {
  expect(await portOf('switch', config, { kind })).toBe(port);
  expect(findNodeType('switch')!.outputs(config)).toContain(port);
});

describe('a merge', () => {
  const INPUT = { a: { x: 1 }, b: [2] };

  test.each([
    [{}, { a: { x: 1 }, b: [2] }],
    [{ combine: 'array' }, [{ x: 1 }, [2]]],
    [{ combine: 'append' }, [{ x: 1 }, 2]],
    [{ combine: 'first' }, { x: 1 }],
    [{ mode: 'any' }, { x: 1 }],
  ])('%j', async (config, expected) => {
    expect(await outputOf('merge', config, INPUT)).toEqual(expected);
  });
});

describe('a delay', () => {
  test('ends at its time', async () => {
    const before = Date.now();
    const { outcome } = await runNode('wait', { minutes: '1', seconds: 30 }, { a: 1 });
    expect(outcome).toMatchObject({ kind: 'sleep', output: { a: 1 } });
    const { until } = outcome as { until: number };
    expect(until - before).toBeGreaterThanOrEqual(90_000);
    expect(until - Date.now()).toBeLessThanOrEqual(90_000);
  });

  test('waits for no time that has passed, and for none too far away', async () => {
    expect((await runNode('delay', { until: '2020-01-01T00:00:00Z' }, 1)).outcome).toEqual({ kind: 'done', output: 1 });
    for (const config of [{ days: 31 }, { until: '2999-01-01T00:00:00Z' }, { until: 'soon' }, { seconds: -1 }]) {
      await expect(outputOf('delay', config)).rejects.toMatchObject({ code: 'invalid_config' });
    }
  });
});

describe('a loop', () => {
  test.each([
    [{ items: [1, '{{input.n}}'] }, [1, 5]],
    [{ items: 'list' }, ['x', 'y']],
    [{ items: '{{input.list}}' }, ['x', 'y']],
    [{ items: 'list[0]' }, ['x']],
    [{ items: 'missing' }, []],
  ])('%j has the items %j', async (config, items) => {
    const { outcome } = await runNode('for-each', { ...config, parallelism: 3 }, { n: 5, list: ['x', 'y'] });
    expect(outcome).toMatchObject({ port: 'item', output: { items, parallelism: 3, continue_on_error: false } });
  });

  test('says that there is nothing to do, as where a path leads nowhere', async () => {
    expect((await runNode('loop', { items: 'missing' }, {})).logs).toEqual([
      ['info', 'items: there are none', undefined],
    ]);
    expect((await runNode('loop', { items: [1] }, {})).logs).toEqual([]);
  });

  test('has an end', async () => {
    const list = Array.from({ length: 10_001 }, () => 0);
    await expect(outputOf('loop', {}, list)).rejects.toMatchObject({ code: 'too_many_items' });
    await expect(outputOf('loop', { items: '[1..100000]' })).rejects.toMatchObject({ code: 'too_many_items' });
    await expect(outputOf('loop', { items: [], parallelism: 21 })).rejects.toMatchObject({ code: 'invalid_config' });
  });
});

describe('transformations', () => {
  const ITEMS = [
    { id: 1, name: 'b', n: 3 },
    { id: 2, name: 'a', n: 1 },
  ];

  test.each([
    ['transform', { transform_type: 'map', expression: 'n + $index' }, ITEMS, [3, 2]],
    ['map', { mapping: { key: 'id' } }, [ITEMS[0]], [{ key: 1 }]],
    ['map', { mapping: { key: 'id', none: 'x.y' } }, ITEMS[0], { key: 1, none: null }],
    ['filter', { condition: 'n > 1' }, ITEMS, [ITEMS[0]]],
    ['filter', { expression: '$item.n < 1' }, ITEMS, []],
    [
      'filter',
      {
        condition: [
          { field: 'n', operator: 'gt', value: 0 },
          { field: 'name', value: 'a' },
        ],
      },
      ITEMS,
      [ITEMS[1]],
    ],
    ['extract', { path: '$[1].name' }, ITEMS, 'a'],
    ['extract', { path: '$..id' }, { x: { y: [{ id: 1 }, { id: 2 }] } }, [1, 2]],
    ['extract', { paths: ["$['a b']", 'c.0', 'none'] }, { 'a b': 1, c: [2] }, [1, 2, null]],
    ['convert', { target_type: 'boolean' }, 'no', false],
    ['convert', { target_type: 'array' }, '[1,2]', [1, 2]],
    ['convert', { target_type: 'object' }, '{"a":1}', { a: 1 }],
    ['convert', { target_type: 'string' }, { a: 1 }, '{"a":1}'],
    ['convert', { target_type: 'date' }, 1_767_225_600, '2026-01-01T00:00:00.000Z'],
    ['validate', { schema: { type: 'array' } }, ITEMS, { valid: true, errors: [], data: ITEMS }],
    ['sort', { key: 'name' }, ITEMS, [ITEMS[1], ITEMS[0]]],
    ['sort', { reverse: true }, [1, 3, 2], [3, 2, 1]],
    ['aggregate', { field: 'n' }, ITEMS, { count: 2, sum: 4, avg: 2, min: 1, max: 3 }],
    ['aggregate', { operations: 'sum', field: 'x' }, ITEMS, { sum: 0 }],
    ['reduce', { expression: '$accumulator + n', initial: 0 }, ITEMS, 4],
    ['join', { key: 'id', with: '[{ "id": 2, "more": true }]' }, ITEMS, [ITEMS[0], { ...ITEMS[1], more: true }]],
    ['transform', { transform_type: 'custom', function_name: 'clean_text' }, '  a \n b ', 'a b'],
    [
      'transform',
      { transform_type: 'custom', function_name: 'format_date', format: '[D01]/[M01]/[Y0001]' },
      '2026-01-31',
      '31/01/2026',
    ],
    ['transform', { input_source: 'variables', expression: 'a' }, {}, 'of variables'],
    ['transform', { input_source: 'node-1.output', expression: '$ + 1' }, {}, 2],
  ])('%s %j', async (type, config, input, expected) => {
    const scope = { variables: { a: 'of variables' }, nodes: { 'node-1': { output: 1 } } };
    expect(await outputOf(type, config, input, { scope })).toEqual(expected);
  });

  test('say what they need, and what came in that is not fit', async () => {
    await expect(outputOf('map', {})).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('mapping or expression'),
    });
    await expect(outputOf('convert', { target_type: 'number' }, 'x')).rejects.toMatchObject({
      code: 'not_convertible',
    });
    const strict = { schema: { type: 'array' }, strict: true };
    await expect(outputOf('validate', strict, {})).rejects.toMatchObject({ code: 'not_valid' });
    const rules = { 'a.b': { required: true }, c: { pattern: '^x', max_length: 2 } };
    expect((await outputOf('validate', { rules }, { c: 'abc' })).errors.map(({ path }: any) => path)).toEqual([
      '/a/b',
      '/c',
      '/c',
    ]);
  });

  test('share one budget over all items', async () => {
    const items = Array.from({ length: 300 }, () => 0);
    const expression = '$sum([1..20000].($ + 1))';
    await expect(outputOf('map', { expression }, items)).rejects.toMatchObject({ code: 'expression_limit' });
  });
});

test.each([
  ['condition', { field: 'text', operator: 'gt', value: 5 }, `${'1'.repeat(100_000)}x`],
  ['transform', { transform_type: 'convert', target_type: 'number', field: 'text' }, `${'1'.repeat(100_000)}x`],
  ['transform', { transform_type: 'convert', target_type: 'boolean', field: 'text' }, `${' '.repeat(100_000)}x`],
])('%s is done at once with a text that is nearly a number or a word: %j', async (type, config, text) => {
  const began = Date.now();
  await runNode(type, config, { text }).catch(() => {});
  // The clock stands still until something is waited for.
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(Date.now() - began).toBeLessThan(1_500);
});
