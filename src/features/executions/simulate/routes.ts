import { endpoint } from '../../../http/endpoint.ts';
import { json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { ExecutionWorkflowParams } from '../schemas.ts';
import { Simulation, SimulationRequest } from './schemas.ts';
import { simulateWorkflow } from './service.ts';

export const simulateRouter = createRouter();

simulateRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/workflows/{workflow_id}/simulate',
    operationId: 'simulateWorkflow',
    summary: 'Foresee what an execution would take',
    description:
      'Whether it would run, what is missing, how long it will take and what it will cost, by earlier executions in this ' +
      'workspace, and whether budgets and limits bear that. Nothing is spent, nobody is called and nothing is kept. A loop ' +
      'whose items nobody can tell is taken to have 10, and 100 at the most.',
    tag: 'Executions',
    access: 'workflows:execute',
    workspaceOf: 'workflow',
    request: { params: ExecutionWorkflowParams, body: optionalBody(SimulationRequest) },
    responses: { 200: json('What would come of it.', Simulation) },
  }),
  async (c) => {
    const { workflow_id: id } = c.req.valid('param');
    return c.json(await simulateWorkflow(c.var.ctx, id, c.req.valid('json') ?? {}), 200);
  },
);
