import type { DefinitionNode, Edge } from './read-definition.ts';
import { faultOf, quote, type Fault } from './fault.ts';

/** A node with what is known of its type; null for a type that nobody knows. */
export type GraphNode = {
  node: DefinitionNode;
  /** Its place in the definition. */
  at: number;
  control: 'trigger' | 'merge' | 'loop' | null;
};

/** An edge between nodes that are there, and its place in the definition. */
export type GraphEdge = { edge: Edge; at: number };

/** For each of them the whole graph is gone through. */
const LOOPS_LIMIT = 200;

/**
 * What is wrong with where the connections lead: ways in a circle that is no loop's, into and out of loops past their
 * ends, and nodes that nothing leads to. The body of a loop is what `item` leads to and its other ways do not.
 */
export function* checkGraph(nodes: ReadonlyMap<string, GraphNode>, edges: readonly GraphEdge[]): Generator<Fault> {
  const loops = [...nodes.values()].filter(({ node, control }) => control === 'loop' && !node.isDisabled);
  if (loops.length > LOOPS_LIMIT) {
    yield faultOf('too_many_loops', `has ${loops.length} loops; at most ${LOOPS_LIMIT} are allowed`, ['nodes']);
    return;
  }
  const ways = Map.groupBy(edges, ({ edge }) => edge.from);
  const scopes = scopesOf(loops, ways);
  const scopeOf = (id: string) => scopes.get(id) ?? null;
  const inner: GraphEdge[] = [];
  for (const way of edges) {
    const { from, to, fromPort } = way.edge;
    const [before, after] = [scopeOf(from), scopeOf(to)];
    const isItem = fromPort === 'item' && nodes.get(from)!.control === 'loop' && !nodes.get(from)!.node.isDisabled;
    if (isItem && after === from) continue;
    if (before === after) {
      // An item that leads where the loop's other ways lead begins nothing.
      if (isItem) yield leaves(way, from);
      else inner.push(way);
    } else if (before !== to) {
      // Back to its own loop is where an iteration ends.
      if (after !== null && !isInside(before, after, scopeOf)) yield enters(way, after);
      else yield leaves(way, before ?? from);
    }
  }
  yield* findCircles(nodes, inner);
  yield* findUnreachable(nodes, edges, scopeOf);
  for (const { node, at } of loops) {
    if (scopeOf(node.id) !== null && isInside(scopeOf(node.id), node.id, scopeOf)) {
      const message = `the loop ${quote(node.id)} is part of its own body, and so never begins`;
      yield faultOf('cycle', message, ['nodes', at], { nodeId: node.id });
    }
    const hasBody = ways.get(node.id)?.some(({ edge }) => edge.fromPort === 'item' && scopeOf(edge.to) === node.id);
    if (hasBody) continue;
    yield faultOf(
      'empty_loop',
      `nothing follows the port "item" of ${quote(node.id)}, so it does nothing for its items`,
      ['nodes', at],
      {
        nodeId: node.id,
      },
    );
  }
}

const enters = ({ edge, at }: GraphEdge, loop: string): Fault =>
  faultOf(
    'enters_loop',
    `leads from ${quote(edge.from)} into the body of the loop ${quote(loop)} past its port "item"`,
    ['connections', at],
    { nodeId: edge.to },
  );

const leaves = ({ edge, at }: GraphEdge, loop: string): Fault =>
  faultOf(
    'leaves_loop',
    `leads out of the body of the loop ${quote(loop)}, where an iteration ends; go on from its port "done"`,
    ['connections', at],
    { nodeId: edge.from },
  );

type Ways = Map<string, GraphEdge[]>;

/** The loop in whose body each node is, of loops in loops the innermost. Nodes of no body are not in it. */
function scopesOf(loops: GraphNode[], ways: Ways): Map<string, string> {
  const scopes = new Map<string, string>();
  const bodies = loops.map(({ node: { id } }) => ({ id, body: bodyOf(id, ways) }));
  for (const { id, body } of bodies.toSorted((one, other) => other.body.size - one.body.size)) {
    for (const member of body) scopes.set(member, id);
  }
  return scopes;
}

function bodyOf(loop: string, ways: Ways): Set<string> {
  const own = ways.get(loop) ?? [];
  const reach = (starts: GraphEdge[]): Set<string> => {
    const seen = new Set<string>();
    const open = starts.map(({ edge }) => edge.to);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === loop || seen.has(at)) continue;
      seen.add(at);
      for (const { edge } of ways.get(at) ?? []) open.push(edge.to);
    }
    return seen;
  };
  const isItem = ({ edge }: GraphEdge) => edge.fromPort === 'item';
  const others = reach(own.filter((way) => !isItem(way)));
  return new Set([...reach(own.filter(isItem))].filter((id) => !others.has(id)));
}

/** Whether a scope lies in another, however deep. */
function isInside(scope: string | null, other: string, scopeOf: (id: string) => string | null): boolean {
  const seen = new Set<string>();
  for (let at = scope; at !== null && !seen.has(at); at = scopeOf(at)) {
    if (at === other) return true;
    seen.add(at);
  }
  return false;
}

/** One fault for each way that closes a circle. */
function* findCircles(nodes: ReadonlyMap<string, GraphNode>, edges: GraphEdge[]): Generator<Fault> {
  const waits = new Map([...nodes.keys()].map((id) => [id, 0]));
  for (const { edge } of edges) waits.set(edge.to, waits.get(edge.to)! + 1);
  const ways = Map.groupBy(edges, ({ edge }) => edge.from);
  const free = [...waits].filter(([, count]) => count === 0).map(([id]) => id);
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    waits.delete(at);
    for (const { edge } of ways.get(at) ?? []) {
      const left = waits.get(edge.to)! - 1;
      waits.set(edge.to, left);
      if (left === 0) free.push(edge.to);
    }
  }
  // What is left is on a circle or waits for one.
  const told = new Set<string>();
  for (const start of waits.keys()) {
    if (!told.has(start)) yield* circlesFrom(start, ways, waits, told);
  }
}

/** Follows the ways of those that are left, depth first; one to a node that was passed on the way closes a circle. */
function* circlesFrom(
  start: string,
  ways: Ways,
  left: ReadonlyMap<string, number>,
  told: Set<string>,
): Generator<Fault> {
  const passed: string[] = [];
  const places = new Map<string, number>();
  const untried: GraphEdge[][] = [];
  const enter = (id: string) => {
    told.add(id);
    places.set(id, passed.length);
    passed.push(id);
    untried.push((ways.get(id) ?? []).filter(({ edge }) => left.has(edge.to)));
  };
  enter(start);
  while (passed.length > 0) {
    const way = untried.at(-1)!.pop();
    if (!way) {
      places.delete(passed.pop()!);
      untried.pop();
      continue;
    }
    const place = places.get(way.edge.to);
    if (place !== undefined) yield closes(way, passed.slice(place));
    else if (!told.has(way.edge.to)) enter(way.edge.to);
  }
}

/** As many of its nodes as a message bears. */
const SHOWN = 10;

function closes({ edge, at }: GraphEdge, circle: string[]): Fault {
  const shown = [...circle.slice(0, SHOWN).map(quote), ...(circle.length > SHOWN ? ['…'] : []), quote(circle[0]!)];
  const message = `closes a circle: ${shown.join(' → ')}; only a loop may go round`;
  return faultOf('cycle', message, ['connections', at], { nodeId: edge.from });
}

/** It begins at its triggers; without any, wherever nothing comes before. */
function* findUnreachable(
  nodes: ReadonlyMap<string, GraphNode>,
  edges: readonly GraphEdge[],
  scopeOf: (id: string) => string | null,
): Generator<Fault> {
  if (nodes.size === 0) return;
  const triggers = [...nodes.values()].filter(
    ({ node, control }) => control === 'trigger' && scopeOf(node.id) === null,
  );
  const targets = new Set(edges.map(({ edge }) => edge.to));
  const starts = triggers.length > 0 ? triggers : [...nodes.values()].filter(({ node }) => !targets.has(node.id));
  if (starts.length === 0) {
    yield faultOf('no_start', 'has neither a trigger nor a node that nothing leads to, and so nowhere to begin', [
      'nodes',
    ]);
    return;
  }
  for (const { edge, at } of edges) {
    if (nodes.get(edge.to)!.control !== 'trigger') continue;
    yield faultOf(
      'into_trigger',
      `leads to the trigger ${quote(edge.to)}, which has begun before`,
      ['connections', at],
      {
        nodeId: edge.to,
      },
    );
  }
  const ways = Map.groupBy(edges, ({ edge }) => edge.from);
  const seen = new Set(starts.map(({ node }) => node.id));
  const open = [...seen];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { edge } of ways.get(id) ?? []) {
      if (seen.has(edge.to)) continue;
      seen.add(edge.to);
      open.push(edge.to);
    }
  }
  for (const { node, at } of nodes.values()) {
    if (seen.has(node.id)) continue;
    yield faultOf('unreachable', `no way leads from a trigger to ${quote(node.id)}, so it never runs`, ['nodes', at], {
      nodeId: node.id,
    });
  }
}
