export { effectOf, findNodeType, nodeTypes } from './library/catalog.ts';
export { checkNodeConfig, type ConfigFault } from './library/check-config.ts';
export { executeNode } from './library/execute.ts';
export { NodeError } from './library/node-type.ts';
export type {
  NodeEffect,
  NodeLogLevel,
  NodeMeans,
  NodeOutcome,
  NodeScope,
  NodeType,
  WaitReason,
} from './library/node-type.ts';
