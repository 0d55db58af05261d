import type { Context } from 'hono';
import type { AppEnv } from '../../../http/app-env.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { detailOf } from '../../../http/errors/problem.ts';
import { message } from '../../../http/messages.ts';
import { body, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import { ExecutionParams } from '../schemas.ts';
import { ExecutionBatch, ExecutionBatchResult, ExecutionControl, ExecutionControlled } from './schemas.ts';
import { controlExecution, controlExecutions, deleteExecution, type Outcome } from './service.ts';

export const controlRouter = createRouter();

const TAG = 'Executions';
const ONE = '/api/v1/executions/{execution_id}';

controlRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/executions/batch',
    operationId: 'controlExecutions',
    summary: 'Control or delete several executions',
    description:
      'Each by itself: one that cannot be done keeps none of the others, and the answer is 200 all the same.',
    tag: TAG,
    access: 'workflows:execute',
    request: { body: body(ExecutionBatch) },
    responses: { 200: json('What became of each.', ExecutionBatchResult) },
  }),
  async (c) => {
    const input = c.req.valid('json');
    return c.json(toResult(c, input.action, await controlExecutions(c.var.ctx, input)), 200);
  },
);

controlRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/control`,
    operationId: 'controlExecution',
    summary: 'Start, pause, resume, cancel or retry an execution',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'execution',
    request: { params: ExecutionParams, body: body(ExecutionControl) },
    responses: { 200: json('It is done.', ExecutionControlled) },
    errors: ['action_not_possible', 'retries_used_up', 'service_unavailable'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const { execution_id: id } = c.req.valid('param');
    const status = await controlExecution(c.var.ctx, id, input);
    const done = message(c, { en: 'Done.', pt: 'Ação executada com sucesso' });
    return c.json(
      { success: true as const, action: input.action, execution_id: id.toLowerCase(), status, ...done },
      200,
    );
  },
);

controlRouter.openapi(
  endpoint({
    method: 'delete',
    path: ONE,
    operationId: 'deleteExecution',
    summary: 'Delete an execution',
    description:
      'One that has ended, with its nodes, log and values. It goes on counting in the month in which it was made.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'execution',
    request: { params: ExecutionParams },
    responses: { 200: json('It is deleted.', Message) },
    errors: ['execution_open', 'service_unavailable'],
  }),
  async (c) => {
    await deleteExecution(c.var.ctx, c.req.valid('param').execution_id);
    return c.json(message(c, { en: 'Execution deleted.', pt: 'Execução excluída com sucesso' }), 200);
  },
);

function toResult(c: Context<AppEnv>, action: ExecutionBatch['action'], outcomes: Outcome[]): ExecutionBatchResult {
  const failed = outcomes.filter(({ error }) => error !== null).length;
  return {
    action,
    total: outcomes.length,
    successful: outcomes.length - failed,
    failed,
    results: outcomes.map(({ executionId, error }) => ({
      execution_id: executionId,
      success: error === null,
      error: error && detailOf(error, c.var.locale),
      code: error?.code ?? null,
    })),
  };
}
