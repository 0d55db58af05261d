import { checkNodeConfig, findNodeType, type NodeType } from '../../nodes/index.ts';
import { findReferences } from '../../user-variables/index.ts';
import { checkGraph, type GraphEdge, type GraphNode } from './check-graph.ts';
import { FAULTS_LIMIT, faultOf, quote, type Fault } from './fault.ts';
import { asObject, type Fields } from './fields.ts';
import { connectionsOf, readEdge, readNode, type DefinitionNode, type WrittenDefinition } from './read-definition.ts';

export type Validation = {
  isValid: boolean;
  errors: Fault[];
  warnings: Fault[];
  /** Whether there are more than are told. */
  isTruncated: boolean;
  totalNodes: number;
  /** The user's variables that it needs, and those that its nodes may set before. */
  requiredVariables: string[];
  optionalVariables: string[];
  /** The nodes before each one. */
  dependencies: Record<string, string[]>;
};

type Options = {
  /** Names that have a value; with them a variable that has none is an error. */
  variables?: ReadonlySet<string> | undefined;
};

/**
 * Everything that is wrong with a definition, each naming node and field. It costs what the definition is long, and ends
 * after so many faults.
 */
export function validateDefinition(definition: WrittenDefinition, options: Options = {}): Validation {
  const read = readParts(definition);
  const errors: Fault[] = [];
  const warnings: Fault[] = [];
  let isTruncated = false;
  for (const fault of findFaults(definition, read, options)) {
    if (errors.length + warnings.length === FAULTS_LIMIT) {
      isTruncated = true;
      break;
    }
    (fault.severity === 'error' ? errors : warnings).push(fault);
  }
  const { references, settable, nodes, edges } = read;
  const names = [...new Set(references.map(({ name }) => name))];
  const dependencies = Object.fromEntries([...nodes.keys()].map((id) => [id, [] as string[]]));
  for (const { edge } of edges) if (!dependencies[edge.to]!.includes(edge.from)) dependencies[edge.to]!.push(edge.from);
  return {
    isValid: errors.length === 0,
    errors,
    warnings,
    isTruncated,
    totalNodes: nodes.size,
    requiredVariables: names.filter((name) => !settable.has(name)),
    optionalVariables: names.filter((name) => settable.has(name)),
    dependencies,
  };
}

type Reference = { name: string; node: Typed; field: string };

type Typed = GraphNode & { written: Fields; type: NodeType | undefined };

type Parts = {
  nodes: Map<string, Typed>;
  edges: GraphEdge[];
  references: Reference[];
  settable: Set<string>;
  /** What was found while it was read. */
  faults: Fault[];
};

function* findFaults(definition: WrittenDefinition, read: Parts, { variables }: Options): Generator<Fault> {
  yield* read.faults;
  if (definition.nodes.length === 0) yield faultOf('empty', 'has no nodes, and so nothing to do', ['nodes']);
  for (const typed of read.nodes.values()) yield* checkNode(typed);
  // Asked once of each node: a switch may have very many ways, and as many connections.
  const ports = new Map<string, ReadonlySet<string> | null>();
  for (const way of read.edges) {
    const from = read.nodes.get(way.edge.from)!;
    if (!ports.has(from.node.id)) ports.set(from.node.id, portsOf(from));
    yield* checkPort(way, ports.get(from.node.id)!, connectionsOf(definition)[way.at]);
  }
  yield* checkGraph(read.nodes, read.edges);
  if (!variables) return;
  for (const { name, node, field } of read.references) {
    if (variables.has(name) || read.settable.has(name)) continue;
    yield faultOf('missing_variable', `the variable ${name} has no value`, pathOf(node, field), {
      nodeId: node.node.id,
      field,
      variable: name,
    });
  }
}

function readParts(definition: WrittenDefinition): Parts {
  const parts: Parts = { nodes: new Map(), edges: [], references: [], settable: new Set(), faults: [] };
  for (const [at, written] of definition.nodes.entries()) readPart(parts, written, at);
  for (const [at, written] of connectionsOf(definition).entries()) {
    const edge = readEdge(written, at);
    const path = ['connections', at];
    if (!edge) {
      parts.faults.push(faultOf('not_a_connection', 'does not say from which node to which it leads', path));
      continue;
    }
    const missing = [edge.from, edge.to].filter((id) => !parts.nodes.has(id));
    for (const id of missing) parts.faults.push(faultOf('unknown_node', `there is no node ${quote(id)}`, path));
    if (missing.length === 0) parts.edges.push({ edge, at });
  }
  return parts;
}

function readPart(parts: Parts, written: unknown, at: number): void {
  const node = readNode(written);
  if (!node) {
    parts.faults.push(faultOf('not_a_node', 'is no node with an id', ['nodes', at]));
    return;
  }
  if (parts.nodes.has(node.id)) {
    parts.faults.push(
      faultOf('duplicate_id', `${quote(node.id)} is the id of another node already`, ['nodes', at, 'id'], {
        nodeId: node.id,
        field: 'id',
      }),
    );
    return;
  }
  const type = findNodeType(node.type);
  const typed = { node, at, control: type?.control ?? null, written: asObject(written)!, type };
  parts.nodes.set(node.id, typed);
  if (node.isDisabled) return;
  collectReferences(parts.references, typed, node.config, '');
  if (type?.type === 'set') for (const name of namesSetBy(node)) parts.settable.add(name);
}

function collectReferences(references: Reference[], node: Typed, value: unknown, field: string): void {
  if (typeof value === 'string') {
    for (const name of findReferences(value)) references.push({ name, node, field });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    collectReferences(references, node, inner, field === '' ? key : `${field}.${key}`);
  }
}

const namesSetBy = ({ config }: DefinitionNode): string[] => [
  ...['variables', 'values', 'expressions'].flatMap((field) => Object.keys(asObject(config[field]) ?? {})),
  ...(typeof config['name'] === 'string' ? [config['name']] : []),
];

/** What is switched off is never run, whatever it holds. */
function* checkNode({ node, at, written, type, control }: Typed): Generator<Fault> {
  if (!type) {
    const message = node.type === '' ? 'has no type' : `there is no type of node called ${quote(node.type)}`;
    yield faultOf('unknown_type', message, ['nodes', at, 'type'], { nodeId: node.id, field: 'type' });
    return;
  }
  if (node.isDisabled) return;
  for (const { field, message } of checkNodeConfig(type, node.config)) {
    yield faultOf('invalid_config', message, pathOf({ node, at, written, type, control }, field), {
      nodeId: node.id,
      field,
    });
  }
}

/** Ways of a node that goes on by ways of its own alone; all others go on by `output`. Null where nobody knows. */
function portsOf({ node, type }: Typed): ReadonlySet<string> | null {
  if (!type || node.isDisabled) return null;
  const own = type.outputs(node.config);
  const isUsual = own.length === 0 || type.control === 'loop' || type.category !== 'flow';
  return new Set([...(isUsual ? ['output'] : []), ...own, 'error']);
}

function* checkPort({ edge, at }: GraphEdge, ports: ReadonlySet<string> | null, written: unknown): Generator<Fault> {
  if (!ports || ports.has(edge.fromPort)) return;
  const name = Object.entries(asObject(written) ?? {}).find(([, value]) => value === edge.fromPort)?.[0];
  const shown = Array.from(ports).slice(0, 20).map(quote).join(', ');
  const message = `${quote(edge.from)} has no port ${quote(edge.fromPort)}; its ports are ${shown}`;
  yield faultOf('unknown_port', message, ['connections', at, ...(name ? [name] : [])], {
    nodeId: edge.from,
    field: name ?? 'fromPort',
  });
}

/** Where a field of a configuration stands, which editors keep in different places. */
function pathOf({ at, written }: Typed, field: string): Fault['path'] {
  const keys = field.split('.');
  const data = asObject(written['data']);
  const places: [Fields | null, string[]][] = [
    [asObject(written['configuration']), ['configuration']],
    [asObject(written['config']), ['config']],
    [asObject(data?.['configuration']), ['data', 'configuration']],
    [asObject(data?.['config']), ['data', 'config']],
    [data, ['data']],
  ];
  const place =
    places.find(([object]) => object && Object.hasOwn(object, keys[0]!)) ?? places.find(([object]) => object);
  const isWhole = field === 'config' && !(place?.[0] && Object.hasOwn(place[0], field));
  return ['nodes', at, ...(place?.[1] ?? ['config']), ...(isWhole ? [] : keys)];
}
