import { describe, expect, test, vi } from 'vitest';
import { checkGraph } from '../../../src/features/workflows/definition/check-graph.ts';
import { readDefinition } from '../../../src/features/workflows/definition/read-definition.ts';
import { validateDefinition } from '../../../src/features/workflows/definition/validate-definition.ts';
import { steps } from '../../helpers/workflows.ts';

const start = { id: 'start', type: 'trigger' };
const set = (id: string, more: object = {}) => ({ id, type: 'set', config: { variables: { x: 1 } }, ...more });
const way = (from: string, to: string, fromPort?: string) => ({ from, to, ...(fromPort && { fromPort }) });

/** What is wrong, as code, node and JSON Pointer. */
function faultsOf(nodes: unknown[], connections: unknown[], variables?: string[]): string[] {
  const { errors, warnings, isValid } = validateDefinition(
    { nodes, connections },
    { variables: variables && new Set(variables) },
  );
  expect(isValid).toBe(errors.length === 0);
  return [...errors, ...warnings].map(
    ({ severity, code, nodeId, path }) =>
      `${severity === 'warning' ? '?' : ''}${code} ${nodeId ?? '-'} ${path.map((part) => `/${part}`).join('')}`,
  );
}

test('a chain is sound', () => {
  const validation = validateDefinition(steps('a', 'b'));
  expect(validation).toMatchObject({
    isValid: true,
    errors: [],
    warnings: [],
    totalNodes: 3,
    dependencies: { start: [], a: ['start'], b: ['a'] },
  });
});

describe('nodes', () => {
  test('there must be some', () => {
    expect(faultsOf([], [])).toEqual(['empty - /nodes']);
  });

  test('have ids of their own and a type that is known', () => {
    const nodes = [start, null, {}, { id: 'a' }, { id: 'a', type: 'set' }, { id: 'b', type: 'teleport' }];
    expect(faultsOf(nodes, [way('start', 'a'), way('a', 'b')])).toEqual([
      'not_a_node - /nodes/1',
      'not_a_node - /nodes/2',
      'duplicate_id a /nodes/4/id',
      'unknown_type a /nodes/3/type',
      'unknown_type b /nodes/5/type',
    ]);
  });

  test('are configured as their type wants it, wherever the configuration stands', () => {
    const wrong = (place: object, id: string) => ({ id, type: 'merge', ...place });
    const nodes = [
      start,
      wrong({ data: { mode: 'some' } }, 'a'),
      wrong({ config: { mode: 'some' } }, 'b'),
      wrong({ configuration: { mode: 'some' }, data: { mode: 'all' } }, 'c'),
      wrong({ data: { label: 'D', config: { mode: 'some' } } }, 'd'),
      { id: 'e', type: 'condition' },
    ];
    const connections = ['a', 'b', 'c', 'd', 'e'].map((id) => way('start', id));
    expect(faultsOf(nodes, connections)).toEqual([
      'invalid_config a /nodes/1/data/mode',
      'invalid_config b /nodes/2/config/mode',
      'invalid_config c /nodes/3/configuration/mode',
      'invalid_config d /nodes/4/data/config/mode',
      'invalid_config e /nodes/5/config',
    ]);
    expect(validateDefinition({ nodes, connections }).errors[0]).toMatchObject({ nodeId: 'a', field: 'mode' });
  });

  test('have expressions that parse', () => {
    const nodes = [start, { id: 'a', type: 'condition', config: { expression: 'total > ' } }];
    expect(faultsOf(nodes, [way('start', 'a')])).toEqual(['invalid_config a /nodes/1/config/expression']);
  });

  test('may hold anything while they are switched off', () => {
    const nodes = [start, { id: 'a', type: 'condition', disabled: true, config: { expression: '${KEY} >' } }];
    expect(faultsOf(nodes, [way('start', 'a')], [])).toEqual([]);
  });
});

describe('connections', () => {
  test('lead from a node to a node', () => {
    expect(faultsOf([start, set('a')], [way('start', 'a'), null, { from: 'a' }, way('a', 'z')])).toEqual([
      'not_a_connection - /connections/1',
      'not_a_connection - /connections/2',
      'unknown_node - /connections/3',
    ]);
  });

  test('leave by ports that are there', () => {
    const nodes = [
      start,
      { id: 'if', type: 'condition', config: { expression: 'true' } },
      set('a'),
      set('b'),
      set('c'),
    ];
    const connections = [
      way('start', 'if'),
      way('if', 'a', 'true'),
      { source: 'if', target: 'b', sourceHandle: 'maybe' },
      // A condition goes on by true or false, and so never by this.
      way('if', 'c'),
      way('a', 'b', 'error'),
      way('a', 'c', 'true'),
    ];
    expect(faultsOf(nodes, connections)).toEqual([
      'unknown_port if /connections/2/sourceHandle',
      'unknown_port if /connections/3',
      'unknown_port a /connections/5/fromPort',
    ]);
  });

  test('lead in no circle', () => {
    const nodes = [start, set('a'), set('b'), set('c'), set('d')];
    const connections = [way('start', 'a'), way('a', 'b'), way('b', 'c'), way('c', 'a'), way('c', 'd')];
    const { errors, warnings } = validateDefinition({ nodes, connections });
    expect(warnings).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(errors[0]!.code).toBe('cycle');
    expect(errors[0]!.message).toMatch(/"(a|b|c)" → "(a|b|c)" → "(a|b|c)" → "\1"/);
    expect(faultsOf([set('a')], [way('a', 'a')])).toEqual(['cycle a /connections/0', 'no_start - /nodes']);
  });

  test('tell of two circles that they are two', () => {
    const nodes = [start, set('a'), set('b'), set('c'), set('d')];
    const connections = [way('start', 'a'), way('a', 'b'), way('b', 'a'), way('b', 'c'), way('c', 'd'), way('d', 'c')];
    expect(validateDefinition({ nodes, connections }).errors.map(({ code }) => code)).toEqual(['cycle', 'cycle']);
  });

  test('reach every node', () => {
    const nodes = [start, set('a'), set('alone'), set('after')];
    expect(faultsOf(nodes, [way('start', 'a'), way('alone', 'after')])).toEqual([
      '?unreachable alone /nodes/2',
      '?unreachable after /nodes/3',
    ]);
    // Without a trigger it begins wherever nothing leads to.
    expect(faultsOf(nodes.slice(1), [way('alone', 'after')])).toEqual([]);
    expect(faultsOf([start, set('a')], [way('start', 'a'), way('a', 'start')])).toContain(
      '?into_trigger start /connections/1',
    );
  });
});

describe('loops', () => {
  /** Past the library: what counts is where ways lead. */
  function graphFaults(ids: string[], ways: [string, string, string?][]): string[] {
    const nodes = new Map(
      ids.map((id, at) => {
        const [node] = readDefinition({ nodes: [{ id }] }).nodes;
        const control = id === 'start' ? ('trigger' as const) : id.startsWith('L') ? ('loop' as const) : null;
        return [id, { node: node!, at, control }];
      }),
    );
    const edges = ways.map(([from, to, fromPort = 'output'], at) => ({
      edge: { id: `${at}`, from, fromPort, to, toPort: 'input' },
      at,
    }));
    return [...checkGraph(nodes, edges)].map(({ code, nodeId, path }) => `${code} ${nodeId} ${path.join('/')}`);
  }

  test('may go round, in each other too', () => {
    const ways: [string, string, string?][] = [
      ['start', 'L'],
      ['L', 'a', 'item'],
      ['a', 'LL'],
      ['LL', 'b', 'item'],
      ['b', 'LL'],
      ['LL', 'c', 'done'],
      ['c', 'L'],
      ['L', 'end', 'done'],
    ];
    expect(graphFaults(['start', 'L', 'a', 'LL', 'b', 'c', 'end'], ways)).toEqual([]);
  });

  test('end where they lead back or nothing follows, not elsewhere', () => {
    const ways: [string, string, string?][] = [
      ['start', 'L'],
      ['L', 'a', 'item'],
      ['a', 'end'],
      ['L', 'end', 'done'],
    ];
    expect(graphFaults(['start', 'L', 'a', 'end'], ways)).toEqual(['leaves_loop a connections/2']);
  });

  test('are entered by their items alone', () => {
    const ways: [string, string, string?][] = [
      ['start', 'L'],
      ['L', 'a', 'item'],
      ['a', 'b'],
      ['start', 'b'],
    ];
    expect(graphFaults(['start', 'L', 'a', 'b'], ways)).toEqual(['enters_loop b connections/3']);
  });

  test('have a circle in their bodies told as one, and are no part of themselves', () => {
    const circle: [string, string, string?][] = [
      ['start', 'L'],
      ['L', 'a', 'item'],
      ['a', 'b'],
      ['b', 'a'],
    ];
    expect(graphFaults(['start', 'L', 'a', 'b'], circle)).toEqual(['cycle b connections/3']);
    const done: [string, string, string?][] = [
      ['start', 'L'],
      ['L', 'a', 'item'],
      ['L', 'b', 'done'],
      ['b', 'L'],
    ];
    expect(graphFaults(['start', 'L', 'a', 'b'], done)).toEqual(['cycle b connections/3']);
    const eachOther: [string, string, string?][] = [
      ['L', 'LL', 'item'],
      ['LL', 'L', 'item'],
    ];
    expect(graphFaults(['start', 'L', 'LL'], eachOther)).toContain('cycle L nodes/1');
  });

  test('without a body do nothing', () => {
    expect(graphFaults(['start', 'L'], [['start', 'L']])).toEqual(['empty_loop L nodes/1']);
  });
});

describe('variables', () => {
  const nodes = [
    start,
    set('a', { config: { variables: { HOST: 'h' } } }),
    {
      id: 'b',
      type: 'set',
      data: { variables: { url: 'https://${HOST}/${PATH}', headers: [{ value: '{{TOKEN}}' }] } },
    },
  ];
  const connections = [way('start', 'a'), way('a', 'b')];

  test('are told, those that a node sets apart', () => {
    expect(validateDefinition({ nodes, connections })).toMatchObject({
      isValid: true,
      requiredVariables: ['PATH', 'TOKEN'],
      optionalVariables: ['HOST'],
    });
  });

  test('must have a value where it is known which have', () => {
    expect(faultsOf(nodes, connections, ['PATH'])).toEqual([
      'missing_variable b /nodes/2/data/variables/headers/0/value',
    ]);
    expect(faultsOf(nodes, connections, ['PATH', 'TOKEN'])).toEqual([]);
  });
});

test('faults beyond those that anybody mends are not told', () => {
  const nodes = Array.from({ length: 500 }, (_, at) => ({ id: `n${at}`, type: 'teleport' }));
  const validation = validateDefinition({ nodes, connections: [] });
  expect(validation.errors).toHaveLength(200);
  expect(validation.isTruncated).toBe(true);
});

test('it costs what the definition is long', () => {
  const measure = (count: number) => {
    const ids = Array.from({ length: count }, (_, at) => `n${at}`);
    const definition = steps(...ids);
    // Each of them is also reached from the first, so that there are twice as many ways.
    definition.connections.push(...ids.slice(1).map((to, at) => ({ id: `x${at}`, from: 'n0', to })));
    const calls = vi.spyOn(Map.prototype, 'get');
    const { errors, warnings } = validateDefinition(definition);
    const cost = calls.mock.calls.length;
    calls.mockRestore();
    expect([errors, warnings]).toEqual([[], []]);
    return cost;
  };
  expect(measure(2_000) / measure(200)).toBeLessThan(15);
});
