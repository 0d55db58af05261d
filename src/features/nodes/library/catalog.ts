import { approvalNode } from './approval.ts';
import { callbackNode } from './callback.ts';
import { conditionNode } from './condition.ts';
import { delayNode } from './delay.ts';
import { fileNode } from './file.ts';
import { mergeNode } from './merge.ts';
import type { NodeEffect, NodeType } from './node-type.ts';
import { httpNode } from './http.ts';
import { llmNode } from './llm.ts';
import { loopNode } from './loop.ts';
import { notifyNode } from './notify.ts';
import { outputNode } from './output.ts';
import { reusableNode } from './reusable.ts';
import { setNode } from './set.ts';
import { subWorkflowNode } from './sub-workflow.ts';
import { switchNode } from './switch.ts';
import { transformNodes } from './transform.ts';
import { triggerNode } from './trigger.ts';

/** Every kind of node there is, in the order in which they are shown. */
const TYPES: readonly NodeType[] = [
  triggerNode,
  llmNode,
  httpNode,
  ...transformNodes,
  conditionNode,
  switchNode,
  mergeNode,
  loopNode,
  delayNode,
  approvalNode,
  callbackNode,
  subWorkflowNode,
  fileNode,
  setNode,
  notifyNode,
  reusableNode,
  outputNode,
];

/** Those that do nothing but compute: a delay takes time, and a node of the library is read and counted. */
export const isComputing = (type: NodeType): boolean =>
  type.isComputed === true && type !== delayNode && type !== reusableNode;

const BY_NAME = new Map(TYPES.flatMap((type) => [type.type, ...type.aliases].map((name) => [name, type] as const)));

export const nodeTypes = (): readonly NodeType[] => TYPES;

/** The kind that a definition means, by its name or an alias, in any case, with `-` and spaces for `_`. */
export const findNodeType = (name: string): NodeType | undefined =>
  BY_NAME.get(
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );

/** What happens when a node with this configuration runs twice. */
export const effectOf = (type: NodeType, config: Record<string, unknown>): NodeEffect => type.effect(config);
