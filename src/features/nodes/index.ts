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
