import type { Context } from 'hono';
import type { z } from '@hono/zod-openapi';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import type { AppEnv } from '../../../http/app-env.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { once } from '../../../http/idempotency.ts';
import { body, json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { ExecutionParams } from '../schemas.ts';
import { preferenceApplied, readWait } from '../start/prefer.ts';
import { presentProgress } from '../start/routes.ts';
import { PreferenceHeader, PreferHeader } from '../start/schemas.ts';
import { ForkRequest, ResumeRequest, RestartedExecution } from './schemas.ts';
import { describeRestarted, forkExecution, resumeExecution, type Restarted } from './service.ts';

export const restartRouter = createRouter();

const TAG = 'Executions';
const ONE = '/api/v1/executions/{execution_id}';
export const RESTART_ERRORS = [
  'execution_not_suitable',
  'workflow_not_runnable',
  'limit_reached',
  'queue_full',
] as const;

const DONE = { ...json('The new execution, as far as it has come.', RestartedExecution), headers: PreferenceHeader };

restartRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/fork`,
    operationId: 'forkExecution',
    summary: 'Run an execution again from a node',
    description:
      'A new execution, which runs the nodes that are named with everything that follows them, and takes over what all ' +
      'others gave, so that no call is paid twice. Inputs and configurations may be edited for it. Nothing of the former ' +
      'execution changes; it has to have ended.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'execution',
    idempotent: true,
    request: { params: ExecutionParams, headers: PreferHeader, body: body(ForkRequest) },
    responses: { 200: DONE },
    errors: [...RESTART_ERRORS],
  }),
  async (c) => {
    const { execution_id: id } = c.req.valid('param');
    return c.json(await answer(c, (ctx) => forkExecution(ctx, id, c.req.valid('json'))), 200, preferenceOf(c));
  },
);

restartRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/resume-from`,
    operationId: 'resumeExecution',
    summary: 'Go on with an execution that failed, as a new one',
    description:
      'As `POST /api/v1/executions/{execution_id}/fork`, for one that failed, was cancelled or took too long: what had ' +
      'not come to its end runs, by the version that runs now, in which its fault may be mended.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'execution',
    idempotent: true,
    request: { params: ExecutionParams, headers: PreferHeader, body: optionalBody(ResumeRequest) },
    responses: { 200: DONE },
    errors: [...RESTART_ERRORS],
  }),
  async (c) => {
    const { execution_id: id } = c.req.valid('param');
    const input = c.req.valid('json') ?? {};
    return c.json(await answer(c, (ctx) => resumeExecution(ctx, id, input)), 200, preferenceOf(c));
  },
);

const secondsOf = (c: Context<AppEnv>) => readWait(c.req.header('prefer'));

const preferenceOf = (c: Context<AppEnv>) => preferenceApplied(secondsOf(c));

async function answer(
  c: Context<AppEnv>,
  begin: (ctx: Ctx) => Promise<string>,
): Promise<z.infer<typeof RestartedExecution>> {
  const show = (ctx: Ctx, id: string) => describeRestarted(ctx, id, secondsOf(c) * SECOND);
  const restarted = await once(c, { perform: async (ctx) => show(ctx, await begin(ctx)), replay: show });
  return presentRestarted(c, restarted);
}

const presentRestarted = (c: Context<AppEnv>, { progress, parentId, version, reruns, reused }: Restarted) => ({
  ...presentProgress(c, progress),
  parent_execution_id: parentId,
  workflow_version: version,
  reruns: reruns.map(({ node, reason }) => ({ node_id: node, reason })),
  reused,
});
