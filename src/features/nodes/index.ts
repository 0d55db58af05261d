import { createRouter } from '../../http/router.ts';
import { nodeTypesRouter } from './library/routes.ts';
import { nodeListRouter, oneNodeRouter } from './reusable/routes.ts';

export { effectOf, findNodeType, isComputing, nodeTypes } from './library/catalog.ts';
export { checkNodeConfig, type ConfigFault } from './library/check-config.ts';
export { describeRequest, executeNode, resolveNodeConfig } from './library/execute.ts';
export { modelRequestOf } from './library/llm.ts';
export { NodeError } from './library/node-type.ts';
export { LONGEST_WAIT_SECONDS } from './library/wait-form.ts';
export { hasTemplate } from './templates/scan.ts';
export type {
  NewWait,
  NodeEffect,
  NodeLogLevel,
  NodeMeans,
  NodeOutcome,
  NodeScope,
  NodeType,
  WaitReason,
  WorkflowCall,
} from './library/node-type.ts';

export const nodesRouter = createRouter();

// Fixed paths first: `types` is not the id of a node.
for (const router of [nodeTypesRouter, nodeListRouter, oneNodeRouter]) nodesRouter.route('/', router);
