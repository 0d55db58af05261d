import type { WorkflowDefinition } from '../../../db/schema/index.ts';
import { asObject, type Fields } from './fields.ts';
import { readNode } from './read-definition.ts';

/**
 * A definition with fields of configurations in place of those that it has, by the ids of nodes; a field that is null is
 * left out. Where an editor keeps a configuration makes no difference.
 */
export function withConfigs(
  definition: WorkflowDefinition,
  configs: Record<string, Fields> | undefined,
): WorkflowDefinition {
  if (!configs) return definition;
  return { ...definition, nodes: definition.nodes.map((written) => withConfig(written, configs)) };
}

function withConfig(written: unknown, configs: Record<string, Fields>): unknown {
  const node = readNode(written);
  if (!node || !Object.hasOwn(configs, node.id)) return written;
  const { data, config: _, configuration: __, ...rest } = written as Fields;
  const label = asObject(data)?.['label'];
  const edits = configs[node.id]!;
  const isLeftOut = (name: string) => Object.hasOwn(edits, name) && edits[name] === null;
  const fields = Object.entries({ ...node.config, ...edits }).filter(([name]) => !isLeftOut(name));
  return {
    ...rest,
    ...(label !== undefined && { data: { label } }),
    // Nothing stands before it.
    configuration: Object.fromEntries(fields),
  };
}
