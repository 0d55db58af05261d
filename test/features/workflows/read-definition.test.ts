import { describe, expect, test } from 'vitest';
import { readDefinition } from '../../../src/features/workflows/definition/read-definition.ts';

const node = (fields: Record<string, unknown> = {}) => readDefinition({ nodes: [{ id: 'a', ...fields }] }).nodes[0]!;

const edge = (fields: Record<string, unknown>) =>
  readDefinition({ nodes: [{ id: 'a' }, { id: 'b' }], connections: [fields] }).edges[0];

describe('nodes', () => {
  test('are read as the editor writes them', () => {
    const written = { id: 'a', type: 'http', name: 'Fetch', position: { x: 1, y: 2 }, data: { url: 'https://a.test' } };
    expect(readDefinition({ nodes: [written], connections: [] })).toEqual({
      nodes: [
        {
          id: 'a',
          type: 'http',
          name: 'Fetch',
          config: { url: 'https://a.test' },
          isDisabled: false,
          retry: null,
          timeoutSeconds: null,
          continueOnError: false,
          nodeId: null,
        },
      ],
      edges: [],
      variables: [],
    });
  });

  test('have their configuration under any of three names, the last of which wins', () => {
    const parts = { data: { a: 1, b: 1, c: 1 }, config: { b: 2, c: 2 }, configuration: { c: 3 } };
    expect(node(parts).config).toEqual({ a: 1, b: 2, c: 3 });
  });

  test('may keep it inside data, beside what the editor shows', () => {
    const written = node({ data: { label: 'Fetch', config: { url: 'https://a.test' } } });
    expect(written.name).toBe('Fetch');
    expect(written.config).toMatchObject({ url: 'https://a.test' });
    expect(node({ data: { config: 'loud' } }).config).toEqual({ config: 'loud' });
  });

  test.each([
    ['a number', { retry: 2 }, { maxRetries: 2, delayMs: 1_000, backoff: 'exponential' }],
    ['a number in words', { retries: '2' }, { maxRetries: 2, delayMs: 1_000, backoff: 'exponential' }],
    ['yes', { retry: true }, { maxRetries: 3, delayMs: 1_000, backoff: 'exponential' }],
    ['no', { retry: false, max_retries: 4 }, { maxRetries: 0, delayMs: 0, backoff: 'fixed' }],
    ['none', { max_retries: 0 }, { maxRetries: 0, delayMs: 1_000, backoff: 'exponential' }],
    [
      'two fields',
      { max_retries: 4, retry_delay_ms: 250, backoff: 'fixed' },
      { maxRetries: 4, delayMs: 250, backoff: 'fixed' },
    ],
    [
      'an object',
      { retry: { max: 5, delay_seconds: 2, backoff: 'constant' } },
      { maxRetries: 5, delayMs: 2_000, backoff: 'fixed' },
    ],
    [
      'attempts, the first of which is none',
      { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 },
      { maxRetries: 2, delayMs: 10, backoff: 'exponential' },
    ],
    ['more than may be', { retries: 1e6, retry_delay_ms: 1e12 }, { maxRetries: 10, delayMs: 3_600_000 }],
    ['less than nothing', { retries: -1 }, { maxRetries: 0 }],
  ])('say how often they are tried again: %s', (_, fields, expected) => {
    expect(node(fields).retry).toMatchObject(expected);
    expect(node({ data: fields }).retry).toMatchObject(expected);
  });

  test('say it themselves rather than in their configuration', () => {
    expect(node({ retries: 1, timeout: 5, data: { retries: 9, timeout: 50 } })).toMatchObject({
      retry: { maxRetries: 1 },
      timeoutSeconds: 5,
    });
  });

  test.each([
    [{ timeout: 30 }, 30],
    [{ timeout_seconds: 0.5 }, 0.5],
    [{ timeout_ms: 250 }, 0.25],
    [{ timeoutSeconds: 1e9 }, 3_600],
    [{ timeout: 0 }, null],
    [{ timeout: 'soon' }, null],
  ])('say how long they may take: %j', (fields, expected) => {
    expect(node(fields).timeoutSeconds).toBe(expected);
  });

  test('say what they do with errors, and whether they are left out', () => {
    expect(node({ continue_on_error: true, disabled: true })).toMatchObject({
      continueOnError: true,
      isDisabled: true,
    });
    expect(node({ continueOnFail: true, isDisabled: true })).toMatchObject({ continueOnError: true, isDisabled: true });
    expect(node({ continue_on_error: 'no', disabled: 0 })).toMatchObject({ continueOnError: false, isDisabled: false });
  });

  test('name the reusable node that they are made from', () => {
    expect(node({ node_id: 'n1' }).nodeId).toBe('n1');
    expect(node({ config: { node_id: 'n1' } }).nodeId).toBe('n1');
    expect(node({ nodeId: 'a' }).nodeId).toBeNull();
  });
});

describe('edges', () => {
  test.each([
    [{ from: 'a', to: 'b' }],
    [{ source: 'a', target: 'b' }],
    [{ source_node: 'a', target_node: 'b' }],
    [{ source: 'a', target: 'b', sourceHandle: null, targetHandle: null }],
    [{ from: 'a', to: 'b', fromPort: 'out', toPort: 'in' }],
    [{ from: 'a', to: 'b', from_port: 'main', to_port: 0 }],
  ])('lead from one node to another: %j', (written) => {
    expect(edge({ id: 'c1', ...written })).toEqual({
      id: 'c1',
      from: 'a',
      fromPort: 'output',
      to: 'b',
      toPort: 'input',
    });
  });

  test.each([
    ['fromPort', 'toPort'],
    ['sourcePort', 'targetPort'],
    ['source_port', 'target_port'],
    ['sourceHandle', 'targetHandle'],
  ])('name their ports: %s', (from, to) => {
    expect(edge({ from: 'a', to: 'b', [from]: 'true', [to]: 'left' })).toMatchObject({
      fromPort: 'true',
      toPort: 'left',
    });
  });

  test('stand under either name', () => {
    const nodes = [{ id: 'a' }, { id: 'b' }];
    expect(readDefinition({ nodes, edges: [{ source: 'a', target: 'b' }] }).edges).toHaveLength(1);
  });

  test('have an id each, given or not', () => {
    const connections = [{ id: 'c' }, { id: 'c' }, {}, {}].map((one) => ({ ...one, from: 'a', to: 'b' }));
    const { edges } = readDefinition({ nodes: [{ id: 'a' }, { id: 'b' }], connections });
    expect(new Set(edges.map(({ id }) => id)).size).toBe(4);
    expect(edges[0]!.id).toBe('c');
  });
});

test('what is no node and what leads nowhere is left out', () => {
  const nodes = [{ id: 'a', name: 'first' }, null, 'b', {}, { id: 'a', name: 'second' }];
  const connections = [null, { from: 'a' }, { from: 'a', to: 'gone' }, { from: 'a', to: 'a' }];
  const read = readDefinition({ nodes, connections });
  expect(read.nodes.map(({ name }) => name)).toEqual(['first']);
  expect(read.edges.map(({ to }) => to)).toEqual(['a']);
});

test('variables are those that configurations refer to, however deep', () => {
  const nodes = [
    { id: 'a', config: { url: 'https://${HOST}/${HOST}', headers: [{ value: 'Bearer {{TOKEN}}' }] } },
    { id: 'b', name: '${NOT_THIS}', config: { text: '{{a.output}} ${lower}' } },
  ];
  expect(readDefinition({ nodes, connections: [] }).variables).toEqual(['HOST', 'TOKEN']);
});
