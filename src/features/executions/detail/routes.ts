import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppEnv } from '../../../http/app-env.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { ExecutionParams } from '../schemas.ts';
import { getLogs } from './logs.ts';
import { getMetrics } from './metrics.ts';
import { listNodes } from './nodes.ts';
import { readNodeData, readOutput, type Json } from './output.ts';
import {
  ExecutionLogs,
  ExecutionMetrics,
  ExecutionValue,
  ListLogsQuery,
  ListNodesQuery,
  MetricsQuery,
  NodeExecution,
  NodeExecutionParams,
} from './schemas.ts';

export const detailRouter = createRouter();

const TAG = 'Executions';
const ONE = '/api/v1/executions/{execution_id}';

detailRouter.openapi(
  endpoint({
    method: 'get',
    path: `${ONE}/nodes`,
    operationId: 'listExecutionNodes',
    summary: 'List what became of the nodes of an execution',
    description:
      'In the order in which they began, each item of a loop by itself. Values longer than 16 KiB are to be had at ' +
      '`input_url` and `output_url`.',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    request: { params: ExecutionParams, query: ListNodesQuery },
    responses: { 200: jsonList('Runs of nodes.', z.array(NodeExecution)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listNodes(c.var.ctx, c.req.valid('param').execution_id, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

detailRouter.openapi(
  endpoint({
    method: 'get',
    path: `${ONE}/logs`,
    operationId: 'listExecutionLogs',
    summary: 'Read the log of an execution',
    description: 'Line by line, oldest first, and as texts for clients that read those. Secrets are not in it.',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    request: { params: ExecutionParams, query: ListLogsQuery },
    responses: { 200: json('The log.', ExecutionLogs) },
  }),
  async (c) => c.json(await getLogs(c.var.ctx, c.req.valid('param').execution_id, c.req.valid('query')), 200),
);

detailRouter.openapi(
  endpoint({
    method: 'get',
    path: `${ONE}/metrics`,
    operationId: 'getExecutionMetrics',
    summary: 'Read what an execution and its nodes took',
    description: 'Time, bytes, attempts and cost; none before it has begun.',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    request: { params: ExecutionParams, query: MetricsQuery },
    responses: { 200: json('The metrics.', ExecutionMetrics) },
  }),
  async (c) => c.json(await getMetrics(c.var.ctx, c.req.valid('param').execution_id, c.req.valid('query')), 200),
);

const WHOLE = json('The value, whatever its length.', ExecutionValue);

/** JSON that is there already, as text or stream. */
const answer = (c: Context<AppEnv>, value: Json) => c.body(value, 200, { 'Content-Type': 'application/json' }) as never;

detailRouter.openapi(
  endpoint({
    method: 'get',
    path: `${ONE}/output`,
    operationId: 'getExecutionOutput',
    summary: 'Read what came of an execution, whole',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    request: { params: ExecutionParams },
    responses: { 200: WHOLE },
    errors: ['service_unavailable'],
  }),
  async (c) => answer(c, await readOutput(c.var.ctx, c.req.valid('param').execution_id)),
);

for (const [part, operationId, summary] of [
  ['input', 'getNodeInput', 'Read what a node was given, whole'],
  ['output', 'getNodeOutput', 'Read what came of a node, whole'],
] as const) {
  detailRouter.openapi(
    endpoint({
      method: 'get',
      path: `${ONE}/nodes/{node_execution_id}/${part}`,
      operationId,
      summary,
      tag: TAG,
      access: 'executions:read',
      workspaceOf: 'execution',
      request: { params: NodeExecutionParams },
      responses: { 200: WHOLE },
      errors: ['service_unavailable'],
    }),
    async (c) => {
      const { execution_id: executionId, node_execution_id: id } = c.req.valid('param');
      return answer(c, await readNodeData(c.var.ctx, executionId, id, part));
    },
  );
}
