import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { once } from '../../../http/idempotency.ts';
import { json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { RESTART_ERRORS } from '../restart/routes.ts';
import { ExecutionParams } from '../schemas.ts';
import { preferenceApplied, readWait } from '../start/prefer.ts';
import { presentProgress } from '../start/routes.ts';
import { PreferenceHeader, PreferHeader } from '../start/schemas.ts';
import { ReplayedExecution, ReplayRequest } from './schemas.ts';
import { describeReplayed, replayExecution } from './service.ts';

export const replayRouter = createRouter();

replayRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/executions/{execution_id}/replay',
    operationId: 'replayExecution',
    summary: 'Repeat an execution from its record, by another version',
    description:
      'What nodes compute is computed anew, at the recorded time and with the recorded chance; what models, servers and ' +
      'people gave is taken from the record, failures too, and nothing is called, sent, waited for or spent. A node that ' +
      'the record does not know fails as `not_recorded`, unless `outputs` says what it gives. One that was cancelled or took ' +
      'too long is not repeated, since its record ends in the middle. ' +
      '`GET /api/v1/executions/{execution_id}/diff` of the new execution tells in what it differs: by the same version, in ' +
      'nothing.',
    tag: 'Executions',
    access: 'workflows:execute',
    workspaceOf: 'execution',
    idempotent: true,
    request: { params: ExecutionParams, headers: PreferHeader, body: optionalBody(ReplayRequest) },
    responses: {
      200: { ...json('The replay, as far as it has come.', ReplayedExecution), headers: PreferenceHeader },
    },
    errors: [...RESTART_ERRORS],
  }),
  async (c) => {
    const { execution_id: sourceId } = c.req.valid('param');
    const input = c.req.valid('json') ?? {};
    const seconds = readWait(c.req.header('prefer'));
    const show = (ctx: Ctx, id: string) => describeReplayed(ctx, id, seconds * SECOND);
    const replayed = await once(c, {
      perform: async (ctx) => show(ctx, await replayExecution(ctx, sourceId, input)),
      replay: show,
    });
    const { progress, sourceId: source, version, verdict } = replayed;
    return c.json(
      {
        ...presentProgress(c, progress),
        source_execution_id: source,
        workflow_version: version,
        is_equal: verdict?.isEqual ?? null,
        differences: verdict?.differences ?? null,
        diff_url: `/api/v1/executions/${progress.id}/diff`,
      },
      200,
      preferenceApplied(seconds),
    );
  },
);
