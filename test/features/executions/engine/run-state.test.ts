import { describe, expect, test } from 'vitest';
import { compilePlan, PlanError, type NodeRole } from '../../../../src/features/executions/engine/plan.ts';
import { keyOf, RunState, type Work } from '../../../../src/features/executions/engine/run-state.ts';
import { readDefinition, type DefinitionNode } from '../../../../src/features/workflows/index.ts';

const roleOf = ({ type, config }: DefinitionNode): NodeRole => ({
  control: type === 'trigger' || type === 'merge' || type === 'loop' ? type : null,
  goesWithFirst: type === 'merge' && config['mode'] === 'any',
});

type Way = { from: string; port: string; to: string };
type Graph = { nodes: { id: string; type: string; mode?: string }[]; ways: Way[] };

const compile = ({ nodes, ways }: Graph) =>
  compilePlan(
    readDefinition({
      nodes: nodes.map(({ id, type, mode }) => ({ id, type, config: { mode } })),
      connections: ways.map(({ from, port, to }) => ({ from, fromPort: port, to })),
    }),
    roleOf,
  );

/** The same numbers for the same seed (mulberry32), so that a failure can be seen again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

function randomGraph(random: (below: number) => number): Graph {
  const size = 2 + random(12);
  const nodes = Array.from({ length: size }, (_, at) => ({
    id: `n${at}`,
    type: at === 0 ? 'trigger' : random(5) === 0 ? 'merge' : 'step',
    mode: random(2) === 0 ? 'any' : 'all',
  }));
  const ways: Way[] = [];
  for (let to = 1; to < size; to++) {
    const count = random(4);
    for (let n = 0; n < count; n++) ways.push({ from: `n${random(to)}`, port: ['a', 'b'][random(2)]!, to: `n${to}` });
  }
  return { nodes, ways };
}

/** Which port each node goes on by is decided beforehand, so that the order in which they end decides nothing. */
const portsOf = (graph: Graph, random: (below: number) => number) =>
  new Map(graph.nodes.map(({ id }) => [id, ['a', 'b'][random(2)]!]));

/** What runs, by looking at all ways again and again until nothing changes. */
function naive({ nodes, ways }: Graph, ports: Map<string, string>): Set<string> {
  const runs = new Map<string, boolean>([['n0', true]]);
  for (let changed = true; changed;) {
    changed = false;
    for (const { id, type, mode } of nodes) {
      if (runs.has(id)) continue;
      const states = ways
        .filter(({ to }) => to === id)
        .map(({ from, port }) => (runs.has(from) ? runs.get(from)! && ports.get(from) === port : null));
      const isTaken = states.includes(true);
      const isKnown = !states.includes(null);
      if (isKnown || (isTaken && type === 'merge' && mode === 'any')) {
        runs.set(id, isTaken);
        changed = true;
      }
    }
  }
  return new Set([...runs].flatMap(([id, does]) => (does ? [id] : [])));
}

describe('the state of a run', () => {
  test('runs what a naive reading of the graph runs, whatever the order in which nodes end', () => {
    for (let seed = 1; seed <= 2_000; seed++) {
      const random = randomOf(seed);
      const graph = randomGraph(random);
      const ports = portsOf(graph, random);
      const state = new RunState(compile(graph));
      const open: Work[] = [];
      const ran: string[] = [];
      for (;;) {
        for (let work = state.next(); work; work = state.next()) open.push(work);
        if (open.length === 0) break;
        const [{ step }] = open.splice(random(open.length), 1) as [Work];
        ran.push(step.planned.node.id);
        state.complete(step, ports.get(step.planned.node.id)!);
      }
      const expected = naive(graph, ports);
      expect({ seed, ran: ran.toSorted() }).toEqual({ seed, ran: [...expected].toSorted() });
      expect({ seed, isOver: state.isOver }).toEqual({ seed, isOver: true });
      expect(state.skipped).toHaveLength(graph.nodes.length - expected.size);
    }
  });

  const LOOP: Graph = {
    nodes: [
      { id: 't', type: 'trigger' },
      { id: 'each', type: 'loop' },
      { id: 'inner', type: 'loop' },
      { id: 'deep', type: 'step' },
      { id: 'last', type: 'step' },
      { id: 'end', type: 'step' },
    ],
    ways: [
      { from: 't', port: 'output', to: 'each' },
      { from: 'each', port: 'item', to: 'inner' },
      { from: 'inner', port: 'item', to: 'deep' },
      { from: 'deep', port: 'output', to: 'inner' },
      { from: 'inner', port: 'done', to: 'last' },
      { from: 'last', port: 'output', to: 'each' },
      { from: 'each', port: 'done', to: 'end' },
    ],
  };

  test('does loops in loops, at most so many iterations at once', () => {
    const state = new RunState(compile(LOOP));
    const ran: string[] = [];
    let most = 0;
    const open: Work[] = [];
    for (;;) {
      for (let work = state.next(); work; work = state.next()) open.push(work);
      most = Math.max(most, open.filter(({ step }) => step.planned.node.id === 'deep').length);
      const work = open.shift();
      if (!work) break;
      const { step } = work;
      ran.push(keyOf(step).replace('\0', '#'));
      if (work.kind === 'loop') state.complete(step, 'done');
      else if (step.planned.node.id === 'each') state.openLoop(step, 2, 1);
      else if (step.planned.node.id === 'inner') state.openLoop(step, 3, 2);
      else state.complete(step, 'output');
    }
    expect(state.isOver).toBe(true);
    expect(ran.filter((key) => key.startsWith('deep')).toSorted()).toEqual(
      [0, 1].flatMap((outer) => [0, 1, 2].map((inner) => `deep#${outer}.${inner}`)),
    );
    expect(most).toBe(2);
    expect(ran.slice(-2)).toEqual(['each', 'end']);
  });

  test('lets what runs come to its end after a failure, and begins nothing new', () => {
    const graph: Graph = {
      nodes: ['t', 'bad', 'slow', 'after', 'never'].map((id) => ({ id, type: id === 't' ? 'trigger' : 'step' })),
      ways: [
        { from: 't', port: 'output', to: 'bad' },
        { from: 't', port: 'output', to: 'slow' },
        { from: 'slow', port: 'output', to: 'after' },
        { from: 'bad', port: 'output', to: 'never' },
      ],
    };
    const state = new RunState(compile(graph));
    state.complete(state.next()!.step, 'output');
    const [bad, slow] = [state.next()!.step, state.next()!.step];
    state.fail(bad, { code: 'x', message: 'x', nodeKey: 'bad', details: {}, isRetryable: false });
    expect([state.isOver, state.next()]).toEqual([false, null]);
    state.complete(slow, 'output');
    expect([state.isOver, state.next(), state.fault?.nodeKey]).toEqual([true, null, 'bad']);
    expect(state.skipped.map(keyOf).toSorted()).toEqual(['after', 'never']);
  });

  test('refuses circles', () => {
    const graph: Graph = {
      nodes: ['t', 'a', 'b'].map((id) => ({ id, type: id === 't' ? 'trigger' : 'step' })),
      ways: [
        { from: 't', port: 'output', to: 'a' },
        { from: 'a', port: 'output', to: 'b' },
        { from: 'b', port: 'output', to: 'a' },
      ],
    };
    expect(() => compile(graph)).toThrow(PlanError);
  });

  test('costs the same for each node, however many there are', () => {
    const run = (size: number): number => {
      const nodes = Array.from({ length: size }, (_, at) => ({ id: `n${at}`, type: at === 0 ? 'trigger' : 'step' }));
      const ways = nodes.slice(1).map(({ id }, at) => ({ from: `n${at}`, port: 'output', to: id }));
      const state = new RunState(compile({ nodes, ways }));
      let steps = 0;
      for (let work = state.next(); work; work = state.next()) {
        steps += 1;
        state.complete(work.step, 'output');
      }
      return steps;
    };
    expect(run(20_000)).toBe(20_000);
  });
});
