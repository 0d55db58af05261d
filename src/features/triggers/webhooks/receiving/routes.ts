import type { Context } from 'hono';
import type { AppEnv } from '../../../../http/app-env.ts';
import { endpoint } from '../../../../http/endpoint.ts';
import { json, rawBody } from '../../../../http/respond.ts';
import { createRouter } from '../../../../http/router.ts';
import { HookTest } from '../testing/schemas.ts';
import { receiveTest } from '../testing/service.ts';
import type { Call } from './read-call.ts';
import { receiveCall } from './receive.ts';
import { ExecutionIdHeader, HookAccepted, HookParams, HookResult } from './schemas.ts';

export const receivingRouter = createRouter();

const TAG = 'Triggers';
const PATH = '/api/v1/hooks/{hook_id}';

const DESCRIPTION =
  'For those who were given the address. The body is JSON, a form, or text, of at most a megabyte; what is signed are ' +
  'its bytes. The same message counts once: a repetition is answered with the execution that the first one started. ' +
  'The workflow is given `method`, `headers`, `query`, `body` and `webhook`.';

const SAYS = {
  tag: TAG,
  access: 'public',
  rateLimit: 'hooks',
  responses: {
    200: { ...json('What came of it, where the webhook answers with that.', HookResult), headers: ExecutionIdHeader },
    202: { ...json('It was taken.', HookAccepted), headers: ExecutionIdHeader },
  },
} as const;

const ERRORS = [
  'method_not_allowed',
  'secret_unreadable',
  'webhook_not_authentic',
  'webhook_stale',
  'workflow_not_runnable',
  'limit_reached',
  'queue_full',
  'webhook_run_failed',
  'service_unavailable',
  'database_unavailable',
] as const;

const BODY = rawBody('What the sender has to say.');

/** The same by each method that senders use. */
const CALLS = [
  {
    method: 'post',
    operationId: 'callWebhook',
    summary: 'Call a webhook',
    request: { params: HookParams, body: BODY },
  },
  {
    method: 'put',
    operationId: 'putWebhook',
    summary: 'Call a webhook by PUT',
    request: { params: HookParams, body: BODY },
  },
  { method: 'get', operationId: 'visitWebhook', summary: 'Call a webhook by GET', request: { params: HookParams } },
] as const;

for (const call of CALLS) {
  receivingRouter.openapi(
    endpoint({ ...SAYS, ...call, path: PATH, description: DESCRIPTION, errors: [...ERRORS] }),
    (c) => answer(c, c.req.valid('param').hook_id),
  );
}

receivingRouter.openapi(
  endpoint({
    method: 'post',
    path: `${PATH}/test`,
    operationId: 'callWebhookTest',
    summary: 'Try out a call of a webhook',
    description:
      'Only while a test session is open. The call is looked at as a real one would be, and it is said what is wrong ' +
      'with it; it counts for nothing.',
    tag: TAG,
    access: 'public',
    rateLimit: 'hooks',
    request: { params: HookParams, body: BODY },
    responses: { 200: json('What was found.', HookTest) },
    errors: ['secret_unreadable', 'workflow_not_runnable', 'limit_reached', 'queue_full', 'database_unavailable'],
  }),
  async (c) => c.json(await receiveTest(c.var.ctx, c.req.valid('param').hook_id, await readCall(c)), 200),
);

/** The bytes as they came, which are what was signed. */
const readCall = async (c: Context<AppEnv>): Promise<Call> => ({
  method: c.req.method,
  url: new URL(c.req.url),
  headers: c.req.raw.headers,
  bytes: new Uint8Array(await c.req.arrayBuffer()),
  receivedAt: new Date(),
});

async function answer(c: Context<AppEnv>, hookId: string) {
  const received = await receiveCall(c.var.ctx, hookId, await readCall(c));
  if (received.kind === 'challenge') return c.json({ challenge: received.challenge }, 200);
  const { executionId } = received;
  c.header('X-Execution-Id', executionId);
  if (received.kind === 'result') return c.json((received.output ?? null) as never, 200);
  return c.json({ execution_id: executionId, repeated: received.isRepeated }, 202);
}
