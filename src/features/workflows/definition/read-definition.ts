import { findReferences } from '../../user-variables/index.ts';
import { asObject, asText, firstOf, type Fields } from './fields.ts';
import { readSettings, type RetrySettings } from './read-settings.ts';

/** A node of a definition, whatever its editor calls things. */
export type DefinitionNode = {
  id: string;
  /** As written; `findNodeType` knows the synonyms. */
  type: string;
  name: string | null;
  /** Under `data`, `config` or `configuration`, those further right winning. */
  config: Record<string, unknown>;
  isDisabled: boolean;
  /** Null where the definition says nothing of it. */
  retry: RetrySettings | null;
  timeoutSeconds: number | null;
  continueOnError: boolean;
  /** The reusable node that it is made from. */
  nodeId: string | null;
};

export type Edge = {
  id: string;
  from: string;
  /** `output` unless said otherwise. */
  fromPort: string;
  to: string;
  /** `input` unless said otherwise. */
  toPort: string;
};

export type ReadDefinition = {
  nodes: DefinitionNode[];
  edges: Edge[];
  /** Names of the user's variables that its configurations refer to, each once. */
  variables: string[];
};

/** What a definition holds that this reads; both kinds of editors exist. */
export type WrittenDefinition = { nodes: readonly unknown[]; connections?: readonly unknown[]; [key: string]: unknown };

/**
 * Reads a definition as clients write it into the one form that an engine knows. What is no node or leads nowhere is left
 * out, and of two nodes with one id the first counts: to complain is for `validateDefinition`, which reads the same words.
 */
export function readDefinition(definition: WrittenDefinition): ReadDefinition {
  const nodes = new Map<string, DefinitionNode>();
  for (const written of definition.nodes) {
    const node = readNode(written);
    if (node && !nodes.has(node.id)) nodes.set(node.id, node);
  }
  const edges = new Map<string, Edge>();
  for (const [at, written] of connectionsOf(definition).entries()) {
    const edge = readEdge(written, at);
    if (!edge || !nodes.has(edge.from) || !nodes.has(edge.to)) continue;
    // Editors do not care whether ids of connections are unique, and many give none.
    if (edges.has(edge.id)) edge.id = `${edge.id}#${at}`;
    edges.set(edge.id, edge);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], variables: namesIn(nodes.values()) };
}

/** The connections of a definition, which some editors call edges. */
export const connectionsOf = ({ connections, edges }: WrittenDefinition): readonly unknown[] =>
  connections ?? (Array.isArray(edges) ? edges : []);

/** One node, or null where it has no id. */
export function readNode(written: unknown): DefinitionNode | null {
  const node = asObject(written);
  const id = asText(node?.['id']);
  if (!node || id === null) return null;
  const config = configOf(node);
  const nodeId = asText(firstOf([node, config], ['node_id', 'nodeId']));
  const name = [node['name'], node['label'], node['title'], asObject(node['data'])?.['label']]
    .map(asText)
    .find(Boolean);
  return {
    id,
    type: asText(node['type']) ?? asText(config['type']) ?? '',
    name: name ?? null,
    config,
    ...readSettings(node, config),
    nodeId: nodeId === id ? null : nodeId,
  };
}

/** Where a configuration stands, the later before the earlier. Some editors keep all of it inside `data`. */
function configOf(node: Fields): Fields {
  const data = asObject(node['data']) ?? {};
  const { config: inner, configuration: innermost, ...rest } = data;
  return {
    ...rest,
    // What is no object is a value of its own that happens to be called so.
    ...(asObject(inner) ?? (inner === undefined ? {} : { config: inner })),
    ...(asObject(innermost) ?? (innermost === undefined ? {} : { configuration: innermost })),
    ...asObject(node['config']),
    ...asObject(node['configuration']),
  };
}

const FROM = ['from', 'source', 'from_node', 'source_node', 'sourceNodeId', 'source_node_id'];
const TO = ['to', 'target', 'to_node', 'target_node', 'targetNodeId', 'target_node_id'];
const FROM_PORT = ['fromPort', 'from_port', 'sourcePort', 'source_port', 'sourceHandle', 'source_handle'];
const TO_PORT = ['toPort', 'to_port', 'targetPort', 'target_port', 'targetHandle', 'target_handle'];

/** What editors call the way that every node has. */
const OUTPUTS = new Set(['output', 'out', 'main', 'source']);
const INPUTS = new Set(['input', 'in', 'main', 'target']);

/** One connection, or null where it says not what it connects. `at` is its place, from which it has its id if none. */
export function readEdge(written: unknown, at: number): Edge | null {
  const edge = asObject(written);
  if (!edge) return null;
  const from = asText(firstOf([edge], FROM));
  const to = asText(firstOf([edge], TO));
  if (from === null || to === null) return null;
  return {
    id: asText(edge['id']) ?? `connection-${at}`,
    from,
    fromPort: readPort(firstOf([edge], FROM_PORT), OUTPUTS, 'output'),
    to,
    toPort: readPort(firstOf([edge], TO_PORT), INPUTS, 'input'),
  };
}

function readPort(written: unknown, synonyms: ReadonlySet<string>, usual: string): string {
  const port = asText(written);
  // Editors that number their ports number the first one 0.
  return port === null || port === '0' || synonyms.has(port.toLowerCase()) ? usual : port;
}

/** The variables that nodes refer to. Bounded by what a definition may hold: a megabyte, nested 60 deep. */
function namesIn(nodes: Iterable<DefinitionNode>): string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') for (const name of findReferences(value)) names.add(name);
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) visit(inner);
  };
  for (const { config } of nodes) visit(config);
  return [...names];
}
