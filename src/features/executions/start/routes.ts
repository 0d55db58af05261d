import type { Context } from 'hono';
import type { Text } from '../../../core/locale.ts';
import type { AppEnv } from '../../../http/app-env.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { SECOND } from '../../../core/time.ts';
import { requireExecution } from '../read/service.ts';
import { Execution, ExecutionWorkflowParams } from '../schemas.ts';
import { preferenceApplied, readWait } from './prefer.ts';
import {
  CreateExecutionQuery,
  ExecutionCreate,
  PreferenceHeader,
  PreferHeader,
  WorkflowExecution,
  WorkflowExecutionRequest,
} from './schemas.ts';
import { awaitEnd, createExecution, executeWorkflow, type Progress } from './service.ts';

export const startRouter = createRouter();

const TAG = 'Executions';

const BOUNDS =
  'An execution runs up to 16 nodes at once and 20,000 in all, each item of a loop counted by itself; a loop takes 10,000 ' +
  'items, what a node or an execution puts out 10 MB, and its log 10,000 lines. Past that it fails and says so; of the log ' +
  'the rest is left out.';

const REFUSALS = ['workflow_not_runnable', 'limit_reached', 'queue_full'] as const;

startRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/workflows/{workflow_id}/execute',
    operationId: 'executeWorkflow',
    summary: 'Run a workflow',
    description:
      'Answers at once; with `Prefer: wait=30` once it has ended, if that is within so many seconds. A public workflow ' +
      'of somebody else’s runs in your workspace, as you can read it: without what looks like a secret. It reads no ' +
      'variable of yours but those that you grant by name, and mails nobody but you. A definition that cannot run is ' +
      `refused, with each fault, the node and the field in \`errors\`.\n\n${BOUNDS}`,
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'workflow',
    idempotent: true,
    request: {
      params: ExecutionWorkflowParams,
      headers: PreferHeader,
      body: optionalBody(WorkflowExecutionRequest),
    },
    responses: {
      200: { ...json('The execution, as far as it has come.', WorkflowExecution), headers: PreferenceHeader },
    },
    errors: [...REFUSALS],
  }),
  async (c) => {
    const input = c.req.valid('json') ?? {};
    const { workflow_id: workflowId } = c.req.valid('param');
    const seconds = readWait(c.req.header('prefer'));
    const progress = await once(c, {
      perform: (ctx) => executeWorkflow(ctx, workflowId, input, seconds * SECOND),
      replay: (ctx, id) => awaitEnd(ctx, id, seconds * SECOND),
    });
    return c.json(presentProgress(c, progress), 200, preferenceApplied(seconds));
  },
);

startRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/executions',
    operationId: 'createExecution',
    summary: 'Start an execution, or prepare one',
    description:
      'As `POST /api/v1/workflows/{workflow_id}/execute`, with more to choose. A definition that cannot run is refused, ' +
      'with each fault, the node and the field in `errors`.',
    tag: TAG,
    access: 'workflows:execute',
    idempotent: true,
    request: { query: CreateExecutionQuery, body: body(ExecutionCreate) },
    responses: { 201: json('The execution.', Execution) },
    errors: [...REFUSALS],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const { start_immediately: startsNow } = c.req.valid('query');
    const perform = (ctx: typeof c.var.ctx) => createExecution(ctx, input, startsNow);
    return c.json(await once(c, { perform, replay: requireExecution }), 201);
  },
);

const MESSAGES: Record<Execution['status'], Text> = {
  pending: { en: 'The execution has been started.', pt: 'Execução iniciada' },
  running: { en: 'The execution is running.', pt: 'Execução em andamento' },
  paused: { en: 'The execution is paused.', pt: 'Execução pausada' },
  completed: { en: 'The execution is completed.', pt: 'Execução concluída' },
  failed: { en: 'The execution has failed.', pt: 'Execução falhou' },
  cancelled: { en: 'The execution was cancelled.', pt: 'Execução cancelada' },
  timeout: { en: 'The execution took too long.', pt: 'Execução excedeu o tempo limite' },
};

export const presentProgress = (c: Context<AppEnv>, { id, status, output, error, error_details }: Progress) => ({
  execution_id: id,
  status,
  ...message(c, MESSAGES[status]),
  outputs: output,
  error,
  error_details,
});
