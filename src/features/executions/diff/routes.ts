import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { ExecutionParams } from '../schemas.ts';
import { DiffQuery, ExecutionDiff } from './schemas.ts';
import { diffExecution } from './service.ts';

export const diffRouter = createRouter();

diffRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions/{execution_id}/diff',
    operationId: 'diffExecution',
    summary: 'Compare an execution with another one',
    description:
      'By default with the one that it goes on from or repeats: how they ended, what they gave, and node by node. In which ' +
      'order things happened, how long they took and what they cost makes no difference. Both have to have ended.',
    tag: 'Executions',
    access: 'executions:read',
    workspaceOf: 'execution',
    request: { params: ExecutionParams, query: DiffQuery },
    responses: { 200: json('The differences.', ExecutionDiff) },
    errors: ['execution_not_suitable'],
  }),
  async (c) => {
    const { against } = c.req.valid('query');
    return c.json(await diffExecution(c.var.ctx, c.req.valid('param').execution_id, against), 200);
  },
);
