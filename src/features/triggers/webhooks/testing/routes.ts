import { endpoint } from '../../../../http/endpoint.ts';
import { message } from '../../../../http/messages.ts';
import { json, optionalBody } from '../../../../http/respond.ts';
import { createRouter } from '../../../../http/router.ts';
import { Message } from '../../../../http/schemas.ts';
import { WebhookParams } from '../schemas.ts';
import { TestSession, TestSessionRequest, WebhookSample, WebhookSampleResult } from './schemas.ts';
import { closeTestSession, openTestSession, trySample } from './service.ts';

export const testingRouter = createRouter();

const TAG = 'Triggers';
const ONE = '/api/v1/webhook-triggers/{webhook_id}';

testingRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/test-session`,
    operationId: 'openTestSession',
    summary: 'Open the test address of a webhook',
    description:
      'For some minutes. Calls of it are looked at as real ones would be, are answered with what was found, and stand ' +
      'among the calls as `test`, in full. They count for nothing.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'webhook',
    request: { params: WebhookParams, body: optionalBody(TestSessionRequest) },
    responses: { 200: json('It is open.', TestSession) },
  }),
  async (c) => {
    const input = c.req.valid('json') ?? { minutes: 15, run: false };
    return c.json(await openTestSession(c.var.ctx, c.req.valid('param').webhook_id, input), 200);
  },
);

testingRouter.openapi(
  endpoint({
    method: 'delete',
    path: `${ONE}/test-session`,
    operationId: 'closeTestSession',
    summary: 'Close the test address of a webhook',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'webhook',
    request: { params: WebhookParams },
    responses: { 200: json('It is closed.', Message) },
  }),
  async (c) => {
    await closeTestSession(c.var.ctx, c.req.valid('param').webhook_id);
    return c.json(message(c, { en: 'Test session closed.', pt: 'Sessão de teste encerrada.' }), 200);
  },
);

testingRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/test`,
    operationId: 'tryWebhook',
    summary: 'Try out a webhook with a sample',
    description:
      'Signs a body as a sender would, looks at it as at a call of theirs, and tells what that would start. On request ' +
      'the latest version runs, with `metadata.test`.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'webhook',
    request: { params: WebhookParams, body: optionalBody(WebhookSample) },
    responses: { 200: json('What was sent, and what was found.', WebhookSampleResult) },
    errors: ['workflow_not_runnable', 'limit_reached', 'queue_full'],
  }),
  async (c) => {
    const input = c.req.valid('json') ?? { run: false };
    return c.json(await trySample(c.var.ctx, c.req.valid('param').webhook_id, input), 200);
  },
);
