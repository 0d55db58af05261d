import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Execution, ExecutionParams, ExecutionWorkflowParams } from '../schemas.ts';
import {
  ExecutionPage,
  ExecutionStats,
  ExecutionStatsQuery,
  ListExecutionsQuery,
  WorkflowExecutionsQuery,
} from './schemas.ts';
import { getExecution, listExecutions, listWorkflowExecutions } from './service.ts';
import { getStats } from './stats.ts';

export const readRouter = createRouter();

const TAG = 'Executions';

readRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions',
    operationId: 'listExecutions',
    summary: 'List the executions of a workspace',
    description:
      'Newest first, unless asked otherwise; with what their runner knows of them now. Of values longer than 4 KiB only ' +
      'the name is listed, in `omitted`.',
    tag: TAG,
    access: 'executions:read',
    request: { query: ListExecutionsQuery },
    responses: { 200: jsonList('Executions.', z.array(Execution)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listExecutions(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

readRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions/stats',
    operationId: 'getExecutionStats',
    summary: 'Count the executions of a workspace',
    description: 'Those of the last 90 days, or since then; of very many the latest 100,000.',
    tag: TAG,
    access: 'executions:read',
    request: { query: ExecutionStatsQuery },
    responses: { 200: json('The figures.', ExecutionStats) },
  }),
  async (c) => c.json(await getStats(c.var.ctx, c.req.valid('query')), 200),
);

readRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/workflows/{workflow_id}/executions',
    operationId: 'listWorkflowExecutions',
    summary: 'List the executions of a workflow',
    description: 'Newest first, and only those of your own workspace, also where the workflow is public.',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'workflow',
    request: { params: ExecutionWorkflowParams, query: WorkflowExecutionsQuery },
    responses: { 200: json('A page of executions.', ExecutionPage) },
  }),
  async (c) => {
    const { workflow_id: workflowId } = c.req.valid('param');
    return c.json(await listWorkflowExecutions(c.var.ctx, workflowId, c.req.valid('query')), 200);
  },
);

readRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions/{execution_id}',
    operationId: 'getExecution',
    summary: 'Read an execution',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    etag: true,
    request: { params: ExecutionParams },
    responses: { 200: json('The execution.', Execution) },
  }),
  async (c) => c.json(await getExecution(c.var.ctx, c.req.valid('param').execution_id), 200),
);
