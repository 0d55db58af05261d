import type { DefinitionNode, ReadDefinition } from '../../workflows/index.ts';
import { referencesOf, toNodeIds } from './references.ts';

/** What an engine has to know of a node's type. */
export type NodeRole = {
  control: 'trigger' | 'merge' | 'loop' | null;
  /** Whether it goes with the first way that reaches it instead of waiting for all of them. */
  goesWithFirst: boolean;
};

export type PlannedNode = {
  node: DefinitionNode;
  role: NodeRole;
  /** Where it runs: once in the execution, or once for each item of a loop. */
  scope: Scope;
  /** Its place among the nodes of its scope. */
  slot: number;
  /** Whether it begins with its scope. */
  isEntry: boolean;
  /** Inside its scope. What leads out of a loop's body or back to the loop ends an iteration, and is none of them. */
  incoming: PlannedEdge[];
  outgoing: PlannedEdge[];
  /** Of a loop: what is done for each item. */
  body: Scope | null;
  /** Ids of nodes whose outputs its configuration speaks of; null for all of them. */
  references: readonly string[] | null;
};

export type PlannedEdge = { from: PlannedNode; fromPort: string; to: PlannedNode };

export type Scope = { loop: PlannedNode | null; nodes: PlannedNode[]; ends: PlannedNode[] };

/** A definition in the form in which it is run. */
export type Plan = { nodes: ReadonlyMap<string, PlannedNode>; root: Scope };

/** A definition that nothing could run, which checking it before would have told. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** @throws {PlanError} where ways lead in a circle that is no loop's */
export function compilePlan(definition: ReadDefinition, roleOf: (node: DefinitionNode) => NodeRole): Plan {
  const root: Scope = { loop: null, nodes: [], ends: [] };
  const ids = toNodeIds(definition.nodes.map(({ id }) => id));
  const nodes = new Map<string, PlannedNode>();
  for (const node of definition.nodes) {
    const role = roleOf(node);
    const body = role.control === 'loop' && !node.isDisabled ? { loop: null, nodes: [], ends: [] } : null;
    const planned: PlannedNode = {
      node,
      role,
      scope: root,
      slot: 0,
      isEntry: false,
      incoming: [],
      outgoing: [],
      body,
      references: referencesOf(node.config, ids),
    };
    if (body) (body as Scope).loop = planned;
    nodes.set(node.id, planned);
  }
  const edges = readEdges(definition, nodes);
  assignBodies([...nodes.values()], edges);
  for (const planned of nodes.values()) planned.slot = planned.scope.nodes.push(planned) - 1;
  for (const edge of edges) connect(edge);
  for (const planned of nodes.values()) if (planned.outgoing.length === 0) planned.scope.ends.push(planned);
  chooseEntries(root);
  refuseCircles([...nodes.values()]);
  return { nodes, root };
}

function readEdges({ edges }: ReadDefinition, nodes: Map<string, PlannedNode>): PlannedEdge[] {
  return edges.map((edge) => {
    const from = nodes.get(edge.from)!;
    // A loop ends by `done`, which some call its output.
    const fromPort = from.body && edge.fromPort === 'output' ? 'done' : edge.fromPort;
    return { from, fromPort, to: nodes.get(edge.to)! };
  });
}

/** The body of a loop: what can be reached by `item`, and not by its other ways. Of loops in loops the inner one counts. */
function assignBodies(nodes: PlannedNode[], edges: PlannedEdge[]): void {
  const loops = nodes.filter(({ body }) => body);
  if (loops.length === 0) return;
  const ways = Map.groupBy(edges, ({ from }) => from);
  const bodies = loops.map((loop) => ({ loop, body: bodyOf(loop, ways) }));
  for (const { loop, body } of bodies.toSorted((one, other) => other.body.size - one.body.size)) {
    for (const planned of body) planned.scope = loop.body!;
  }
  for (const { loop } of bodies) refuseEndless(loop);
}

function bodyOf(loop: PlannedNode, ways: Map<PlannedNode, PlannedEdge[]>): Set<PlannedNode> {
  const isItem = ({ fromPort }: PlannedEdge) => fromPort === 'item';
  const own = ways.get(loop) ?? [];
  const reach = (starts: PlannedEdge[]): Set<PlannedNode> => {
    const seen = new Set<PlannedNode>();
    const open = starts.map(({ to }) => to);
    for (let at = open.pop(); at; at = open.pop()) {
      if (at === loop || seen.has(at)) continue;
      seen.add(at);
      for (const { to } of ways.get(at) ?? []) open.push(to);
    }
    return seen;
  };
  const after = reach(own.filter((edge) => !isItem(edge)));
  return new Set([...reach(own.filter(isItem))].filter((planned) => !after.has(planned)));
}

/** Loops that are each in the body of the other would never begin. */
function refuseEndless(loop: PlannedNode): void {
  const seen = new Set<PlannedNode>();
  for (let at: PlannedNode | null = loop; at; at = at.scope.loop) {
    if (seen.has(at)) throw new PlanError(`the loop ${loop.node.id} is part of its own body`);
    seen.add(at);
  }
}

function connect(edge: PlannedEdge): void {
  const { from, fromPort, to } = edge;
  if (from.body && to.scope === from.body) {
    if (fromPort === 'item') to.isEntry = true;
  } else if (from.scope === to.scope && !(from.body && fromPort === 'item')) {
    from.outgoing.push(edge);
    to.incoming.push(edge);
  }
}

/** An execution begins at its triggers; a definition without any, wherever nothing comes before. */
function chooseEntries(root: Scope): void {
  const triggers = root.nodes.filter(({ role }) => role.control === 'trigger');
  const entries = triggers.length > 0 ? triggers : root.nodes.filter(({ incoming }) => incoming.length === 0);
  for (const entry of entries) entry.isEntry = true;
}

function refuseCircles(nodes: PlannedNode[]): void {
  const waits = new Map(nodes.map((planned) => [planned, planned.incoming.length]));
  const free = nodes.filter(({ incoming }) => incoming.length === 0);
  for (let at = free.pop(); at; at = free.pop()) {
    waits.delete(at);
    for (const { to } of at.outgoing) {
      const left = waits.get(to)! - 1;
      waits.set(to, left);
      if (left === 0) free.push(to);
    }
  }
  const [one] = waits.keys();
  if (one) throw new PlanError(`the connections at ${one.node.id} lead in a circle`);
}
