import { differencesOf } from './json-differences.ts';

/** What both have; everything beside it is compared too. */
type WorkflowDefinition = { nodes: unknown[]; connections: unknown[]; [key: string]: unknown };

export type FieldChange = { path: string; change: 'added' | 'removed' | 'changed' };

type Changes = {
  nodes: { added: unknown[]; removed: unknown[]; changed: { id: string; fields: FieldChange[] }[] };
  connections: { added: unknown[]; removed: unknown[] };
  fields: FieldChange[];
};

/** Nobody reads more; whoever needs all compares the definitions. */
export const DIFFERENCES_LIMIT = 1_000;

/**
 * What changed from one definition to another: nodes are compared by their ids, connections as wholes. Ends after
 * `limit` differences. Both must come from the database, which puts the keys of an object into one order.
 */
export function compareDefinitions(
  from: WorkflowDefinition,
  to: WorkflowDefinition,
  limit: number,
): Changes & { isTruncated: boolean } {
  const found: Changes = {
    nodes: { added: [], removed: [], changed: [] },
    connections: { added: [], removed: [] },
    fields: [],
  };
  let left = limit;
  for (const note of differences(from, to, found)) {
    if (left-- === 0) return { ...found, isTruncated: true };
    note();
  }
  return { ...found, isTruncated: false };
}

/** Each difference as the act of noting it, so that the caller decides how many there are. */
function* differences(from: WorkflowDefinition, to: WorkflowDefinition, found: Changes): Generator<() => void> {
  const { nodes: fromNodes, connections: fromConnections, ...fromRest } = from;
  const { nodes: toNodes, connections: toConnections, ...toRest } = to;
  yield* nodeDifferences(keyed(fromNodes, idOf), keyed(toNodes, idOf), found.nodes);
  const [before, after] = [keyed(fromConnections, textOf), keyed(toConnections, textOf)];
  for (const connection of without(before, after)) yield () => void found.connections.removed.push(connection);
  for (const connection of without(after, before)) yield () => void found.connections.added.push(connection);
  for (const change of fieldDifferences(fromRest, toRest)) yield () => void found.fields.push(change);
}

function* nodeDifferences(before: Keyed, after: Keyed, found: Changes['nodes']): Generator<() => void> {
  for (const node of without(before, after)) yield () => void found.removed.push(node);
  for (const node of without(after, before)) yield () => void found.added.push(node);
  for (const [id, node] of before) {
    if (!after.has(id)) continue;
    const fields: FieldChange[] = [];
    for (const change of fieldDifferences(node, after.get(id))) {
      yield () => {
        if (fields.length === 0) found.changed.push({ id, fields });
        fields.push(change);
      };
    }
  }
}

const CHANGES = { add: 'added', remove: 'removed', replace: 'changed' } as const;

function* fieldDifferences(before: unknown, after: unknown): Generator<FieldChange> {
  for (const { path, op } of differencesOf(before, after)) yield { path, change: CHANGES[op] };
}

type Keyed = Map<string, unknown>;

const keyed = (parts: unknown[], key: (part: unknown) => string): Keyed =>
  new Map(parts.map((part) => [key(part), part]));

const without = (parts: Keyed, others: Keyed): unknown[] =>
  [...parts].flatMap(([key, part]) => (others.has(key) ? [] : [part]));

/** A node that has no id, as a workflow from elsewhere may, is known by all that it is. */
const idOf = (node: unknown): string => (isObject(node) && typeof node.id === 'string' ? node.id : textOf(node));

const textOf = (part: unknown): string => JSON.stringify(part);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
