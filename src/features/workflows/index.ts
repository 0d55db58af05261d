import { createRouter } from '../../http/router.ts';
import { deploymentsRouter } from './deployments/routes.ts';
import { exportRouter, importRouter } from './transfer/routes.ts';
import { validationRouter, workflowValidationRouter } from './validation/routes.ts';
import { workflowVersionsRouter } from './versions/routes.ts';
import { oneWorkflowRouter, workflowListRouter } from './workflows/routes.ts';

export type { Fault } from './definition/fault.ts';
export { readDefinition, type DefinitionNode, type Edge, type ReadDefinition } from './definition/read-definition.ts';
export { requireRunnable } from './definition/require-runnable.ts';
export { withConfigs } from './definition/with-configs.ts';
export { configWithoutSecrets, withoutSecrets } from './definition/without-secrets.ts';
export { validateDefinition, type Validation } from './definition/validate-definition.ts';
export { holdWorkflow, placeOf } from './guards.ts';
export { selectRunnable, STAGES, type Stage } from './runnable-queries.ts';
export { DefinitionCheck, DefinitionValidation } from './validation/schemas.ts';
export { checkWorkflow, presentFault } from './validation/service.ts';
export { purgeWorkflowVersions } from './versions/service.ts';

export const workflowsRouter = createRouter();

// Fixed paths first: `tags` is not the id of a workflow.
for (const router of [
  workflowListRouter,
  validationRouter,
  importRouter,
  oneWorkflowRouter,
  workflowValidationRouter,
  workflowVersionsRouter,
  deploymentsRouter,
  exportRouter,
]) {
  workflowsRouter.route('/', router);
}
