import type { NodeScope } from '../library/node-type.ts';

/** What expressions and templates can name, by the names that they use. */
export type ScopeView = Record<string, unknown>;

/** Names that always mean the same. What has none (`item` outside of a loop) is undefined. */
export function fixedNames(scope: NodeScope): ScopeView {
  const { execution } = scope;
  return {
    input: scope.input,
    inputs: scope.inputs,
    nodes: scope.nodes,
    trigger: scope.trigger,
    context: scope.context,
    variables: scope.variables,
    item: scope.item,
    index: scope.index,
    callback: scope.callback,
    execution,
    execution_id: execution.id,
    workflow_id: execution.workflow_id,
    user_id: execution.user_id,
    current_node_id: execution.node_id,
  };
}

/**
 * The value that a name stands for in a template: a fixed one, a variable, a field of the input or of the context, or the
 * output of the node with that id. Undefined for a name that nothing has.
 */
export function lookUpName(scope: NodeScope, name: string): unknown {
  if (name === 'current_timestamp') return timestampOf(scope);
  const fixed = ownValue(fixedNames(scope), name);
  if (fixed !== undefined) return fixed;
  for (const values of [scope.variables, scope.input, scope.context]) {
    const value = ownValue(values, name);
    if (value !== undefined) return value;
  }
  const node = ownValue(scope.nodes, name);
  return node === undefined ? undefined : withOutput((node as { output: unknown }).output);
}

const timestampOf = ({ clock }: NodeScope) => new Date(clock?.now ?? Date.now()).toISOString();

/** The output of a node, which may be said to be its `output` as well. */
function withOutput(output: unknown): unknown {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return { output };
  if (Object.hasOwn(output, 'output')) return output;
  return hiding({ ...output }, { output });
}

/** The input as an expression reads it: itself, with the other names as fields that only show where they are named. */
export function expressionInput(scope: NodeScope, names: ReadonlySet<string>): unknown {
  const fixed = { ...fixedNames(scope), ...nodeNames(scope, names) };
  if (names.has('current_timestamp')) fixed.current_timestamp = timestampOf(scope);
  const { input } = scope;
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return hiding({ ...input }, fixed);
  // Whatever is no object has no fields: there the names mean what they say.
  const isNamed = Object.keys(fixed).some((name) => names.has(name));
  return isNamed || input === null || input === undefined ? hiding({}, fixed) : input;
}

/** Ids of nodes that an expression begins a path with; a node's outputs are read when they are asked for. */
function nodeNames(scope: NodeScope, names: ReadonlySet<string>): ScopeView {
  const found = [...names].filter((name) => Object.hasOwn(scope.nodes, name));
  return Object.fromEntries(found.map((name) => [name, withOutput(scope.nodes[name]!.output)]));
}

/** The same object with further fields, which no enumeration shows; its own win. */
function hiding(object: Record<string, unknown>, fields: ScopeView): Record<string, unknown> {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || Object.hasOwn(object, name)) continue;
    Object.defineProperty(object, name, { value, enumerable: false, configurable: true });
  }
  return object;
}

export function ownValue(from: unknown, name: string): unknown {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, name)) return undefined;
  return (from as Record<string, unknown>)[name];
}
