import { endpoint } from '../../../http/endpoint.ts';
import { json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { GivenVariables, ValidateWorkflowQuery, WorkflowValidation } from './schemas.ts';
import { validateWorkflow } from './service.ts';

export const validationRouter = createRouter();

validationRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/executions/validate-workflow',
    operationId: 'validateWorkflow',
    summary: 'Tell whether a workflow would run',
    description:
      'With the variables of the body and your own of the workspace. `POST /api/v1/workflows/{workflow_id}/validate` ' +
      'tells the same fault by fault.',
    tag: 'Executions',
    access: 'workflows:read',
    request: { query: ValidateWorkflowQuery, body: optionalBody(GivenVariables) },
    responses: { 200: json('What was found.', WorkflowValidation) },
  }),
  async (c) => {
    const { workflow_id: workflowId } = c.req.valid('query');
    return c.json(await validateWorkflow(c.var.ctx, workflowId, c.req.valid('json') ?? {}), 200);
  },
);
