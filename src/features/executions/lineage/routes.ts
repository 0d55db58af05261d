import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { ExecutionParams } from '../schemas.ts';
import { ExecutionLineage, LineageQuery } from './schemas.ts';
import { getLineage } from './service.ts';

export const lineageRouter = createRouter();

lineageRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions/{execution_id}/lineage',
    operationId: 'getExecutionLineage',
    summary: 'Read what an execution comes from, and what comes from it',
    description: 'Sub-workflows that it runs, and executions that go on from it, repeat it or were forked off it.',
    tag: 'Executions',
    access: 'executions:read',
    workspaceOf: 'execution',
    request: { params: ExecutionParams, query: LineageQuery },
    responses: { 200: json('Its lineage.', ExecutionLineage) },
  }),
  async (c) => c.json(await getLineage(c.var.ctx, c.req.valid('param').execution_id, c.req.valid('query')), 200),
);
