import { beforeAll, describe, expect, test } from 'vitest';
import { ExpressionBudget } from '../../../src/core/expressions.ts';
import { resolveTemplates } from '../../../src/features/nodes/templates/resolve.ts';
import { checkNodeConfig, findNodeType } from '../../../src/features/nodes/index.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { ctxOf, outputOf, runNode, scopeOf } from '../../helpers/nodes.ts';

const fill = (value: unknown, input: unknown = {}, run = {}) => outputOf('output', { value }, input, run);

const SCOPE = {
  nodes: { 'node-1': { output: { id: 7, items: [{ id: 'a' }, { id: 'b' }] } }, fetch: { output: 'text' } },
  variables: { name: 'Ada', greeting: '{{name}}' },
  context: { region: 'eu' },
  trigger: { from: 'api' },
};

describe('a template', () => {
  test.each([
    ['{{input.n}}', 5],
    ['{{ input.n }} of {{input.list}}', '5 of [1,{"a":2}]'],
    ['{{input.list}}', [1, { a: 2 }]],
    ['{{list.1.a}}', 2],
    ['{{list[1].a}}', 2],
    ['{{name}}', 'Ada'],
    ['{{variables.name}}', 'Ada'],
    ['{{region}}', 'eu'],
    ['{{trigger.from}}', 'api'],
    ['{{node-1.id}}', 7],
    ['{{node-1.output.id}}', 7],
    ['{{nodes.node-1.output.items.0.id}}', 'a'],
    ['{{fetch.output}}', 'text'],
    ['{{execution_id}}/{{workflow_id}}/{{current_node_id}}', 'e/w/n'],
    ['{{input.missing}}', null],
    ['a{{input.missing}}b', 'ab'],
    ['{{item}}', null],
    ['{{ $sum(input.list[0]) + n }}', 6],
    ['{{ {"a": {"b": n}} }}', { a: { b: 5 } }],
    ['{{ "}}" & "{{" }}', '}}{{'],
    ['{{ n', '{{ n'],
    ['$ {n} {n} ${n}', '$ {n} {n} ${n}'],
    ['{{greeting}}', '{{name}}'],
    [{ deep: ['{{n}}', { as: 'no {{n}}' }] }, { deep: [5, { as: 'no 5' }] }],
  ])('%j is %j', async (value, expected) => {
    expect(await fill(value, { n: 5, list: [1, { a: 2 }] }, { scope: SCOPE })).toEqual(expected);
  });

  test('says which name nothing has', async () => {
    await expect(fill({ a: ['{{nmae}}'] })).rejects.toMatchObject({
      name: 'NodeError',
      code: 'unknown_name',
      message: 'value.a.0: nothing is called nmae.',
      isRetryable: false,
    });
    await expect(fill('{{ 1 + }}')).rejects.toMatchObject({ code: 'expression_invalid' });
  });

  test('takes time in proportion to its length', async () => {
    const text = '{{'.repeat(200_000);
    expect(await fill(text)).toBe(text);
    await expect(fill('{{input.long}}'.repeat(20), { long: 'x'.repeat(1_000_000) })).rejects.toMatchObject({
      code: 'template_limit',
    });
  });
});

describe('an expression of a node', () => {
  test.each([
    ['price * 2', 42],
    ['input.price', 21],
    ['$input.price', 21],
    ['{{input.price}} > 20', true],
    ['variables.name & "!"', 'Ada!'],
    ['$trigger.from', 'api'],
    ['fetch.output', 'text'],
    ['nodes.fetch.output', 'text'],
    ['$keys($)', ['price', 'input_']],
    ['execution.id', 'e'],
  ])('%s', async (expression, expected) => {
    const input = { price: 21, input_: 0 };
    expect(await outputOf('transform', { expression }, input, { scope: SCOPE })).toEqual(expected);
  });

  test('reads a list, and by name whatever else there is', async () => {
    expect(await outputOf('transform', { expression: '$sum($)' }, [1, 2])).toBe(3);
    expect(await outputOf('transform', { expression: '$count(input)' }, [1, 2])).toBe(2);
    expect(await outputOf('transform', { expression: '$ + 1' }, 1)).toBe(2);
    expect(await outputOf('transform', { expression: 'variables.a' }, null, { scope: { variables: { a: 1 } } })).toBe(
      1,
    );
  });
});

describe('variables of the user', () => {
  let user: User;
  let run: Parameters<typeof runNode>[3] & object;
  beforeAll(async () => {
    user = await createUser();
    for (const [key, value] of [
      ['SHOP_TOKEN', 'tok-very-secret-1'],
      ['OTHER', '{{SHOP_TOKEN}}'],
    ]) {
      expect((await user.post('/api/v1/user-variables', { key, value })).status).toBe(201);
    }
    run = { ctx: ctxOf(user, user.workspaceId) };
  });

  test('are put in, and masked in all that comes out', async () => {
    const { outcome, logs } = await runNode(
      'set',
      { variables: { a: 'x ${SHOP_TOKEN}', b: '{{ SHOP_TOKEN }}' } },
      {},
      run,
    );
    expect(outcome).toMatchObject({ output: { a: 'x ****', b: '****' }, variables: { a: 'x ****', b: '****' } });
    expect(JSON.stringify(logs)).not.toContain('tok-very');
    const length = await outputOf('transform', { expression: '$length(${SHOP_TOKEN})' }, {}, run);
    expect(length).toBe('tok-very-secret-1'.length);
    const failed = runNode('transform', { expression: '$error("no " & {{SHOP_TOKEN}})' }, {}, run);
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('no ****') });
  });

  test('are not followed where they hold references themselves', async () => {
    expect(await outputOf('transform', { expression: '$length({{OTHER}})' }, {}, run)).toBe('{{SHOP_TOKEN}}'.length);
  });

  test('are only those that are granted', async () => {
    const value = runNode('output', { value: '${SHOP_TOKEN}' }, {}, { ...run, granted: ['OTHER'] });
    await expect(value).rejects.toMatchObject({ code: 'variable_missing', details: { variable: 'SHOP_TOKEN' } });
    expect(await outputOf('transform', { expression: '{{SHOP_TOKEN}}' }, {}, { ...run, granted: [] })).toBeNull();
  });

  test('stand behind what the execution was given', async () => {
    const given = { ...run, scope: { variables: { SHOP_TOKEN: 'given' } } };
    expect(await outputOf('output', { value: '${SHOP_TOKEN}' }, {}, given)).toBe('given');
    expect(await outputOf('transform', { expression: '{{SHOP_TOKEN}}' }, {}, given)).toBe('given');
  });
});

describe('a configuration', () => {
  const check = (type: string, config: Record<string, unknown>) => checkNodeConfig(findNodeType(type)!, config);

  test('with templates in place of values has no faults', () => {
    expect(check('http', { url: '{{input.url}}', method: '{{m}}', timeout: '{{t}}', headers: '{{h}}' })).toEqual([]);
    expect(check('loop', { items: '{{input.items}}', parallelism: '{{n}}' })).toEqual([]);
    expect(check('output', { value: '{{node-1.output}} {{A_NAME}}' })).toEqual([]);
  });

  test('is told by field what is wrong with it', () => {
    expect(check('http', { method: 'FETCH' }).map(({ field }) => field)).toEqual(['url', 'method']);
    expect(check('condition', {})).toEqual([
      { field: 'config', message: 'needs an expression, a field or conditions' },
    ]);
    expect(check('condition', { expression: 'a >' })[0]).toMatchObject({ field: 'expression' });
    expect(check('output', { value: ['{{ a + }}'] })[0]).toMatchObject({ field: 'value.0' });
    expect(check('switch', { cases: [{ condition: '(' }] })[0]).toMatchObject({ field: 'cases.0.condition' });
    expect(check('llm', { prompt: 'x', api_key: 'sk-1' })[0]).toMatchObject({ field: 'api_key' });
  });
});

describe('what templates put in', () => {
  test('is counted over the whole configuration', async () => {
    const big = { list: ['x'.repeat(1_000_000)] };
    for (const template of ['{{input.list}}', '{{input.list}}!']) {
      await expect(fill(Array(100).fill(template), big)).rejects.toMatchObject({ code: 'template_limit' });
    }
    expect(await fill(Array(3).fill('{{input.list}}'), big)).toHaveLength(3);
  });

  test('takes no more steps than the expressions of one node may', async () => {
    const budget = new ExpressionBudget({ steps: 1_000 });
    const sources = { scope: scopeOf({ n: 1 }), values: new Map(), secrets: new Set<string>(), budget, taken: 0 };
    const resolve = (count: number) => resolveTemplates(Array(count).fill('{{ n + 1 }}'), sources, () => false);
    expect(await resolve(3)).toEqual([2, 2, 2]);
    await expect(resolve(1_000)).rejects.toMatchObject({ code: 'expression_limit' });
  });
});
