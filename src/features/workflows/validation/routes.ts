import { endpoint } from '../../../http/endpoint.ts';
import { body, json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { WorkflowParams } from '../workflows/schemas.ts';
import { DefinitionCheck, DefinitionValidation, VariablesGiven } from './schemas.ts';
import { checkDefinition, checkWorkflow } from './service.ts';

export const validationRouter = createRouter();

const TAG = 'Workflows';

validationRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/workflows/validate',
    operationId: 'validateDefinition',
    summary: 'Tell what is wrong with a definition',
    description:
      'Before it is saved: each fault names node and field. Variables count that the request gives, and your own of the ' +
      'workspace.',
    tag: TAG,
    access: 'workflows:read',
    request: { body: body(DefinitionCheck) },
    responses: { 200: json('Its faults, if there are any.', DefinitionValidation) },
  }),
  async (c) => c.json(await checkDefinition(c.var.ctx, c.req.valid('json')), 200),
);

export const workflowValidationRouter = createRouter();

workflowValidationRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/workflows/{workflow_id}/validate',
    operationId: 'validateWorkflowDefinition',
    summary: 'Tell what is wrong with a workflow',
    description:
      'As it is now: what would keep it from running. Variables count that the request gives, and your own unless the ' +
      'workflow is one of others.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: WorkflowParams, body: optionalBody(VariablesGiven) },
    responses: { 200: json('Its faults, if there are any.', DefinitionValidation) },
  }),
  async (c) => {
    const given = c.req.valid('json') ?? {};
    return c.json(await checkWorkflow(c.var.ctx, c.req.valid('param').workflow_id, given), 200);
  },
);
