import { createRouter } from '../../http/router.ts';
import { oneWorkflowRouter, workflowListRouter } from './workflows/routes.ts';

export { readDefinition, type DefinitionNode, type Edge, type ReadDefinition } from './definition/read-definition.ts';
export { selectRunnable, type RunnableRow } from './runnable-queries.ts';

export const workflowsRouter = createRouter();

// Fixed paths first: `tags` is not the id of a workflow.
for (const router of [workflowListRouter, oneWorkflowRouter]) workflowsRouter.route('/', router);
