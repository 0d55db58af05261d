import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import { TriggerWorkflowParams } from '../schemas.ts';
import {
  ListWebhooksQuery,
  Webhook,
  WebhookCreate,
  WebhookParams,
  WebhookRotation,
  WebhookUpdate,
  WebhookWithSecret,
} from './schemas.ts';
import { createWebhook, deleteWebhook, findMade, getWebhook, listWebhooks } from './service.ts';
import { rotateWebhookSecret, updateWebhook } from './update.ts';

export const webhooksRouter = createRouter();

const TAG = 'Triggers';
const ALL = '/api/v1/workflows/{workflow_id}/webhooks';
const ONE = '/api/v1/webhook-triggers/{webhook_id}';

webhooksRouter.openapi(
  endpoint({
    method: 'get',
    path: ALL,
    operationId: 'listWebhooks',
    summary: 'List the webhooks of a workflow',
    description: 'Newest first.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: TriggerWorkflowParams, query: ListWebhooksQuery },
    responses: { 200: jsonList('Webhooks.', z.array(Webhook)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listWebhooks(c.var.ctx, c.req.valid('param').workflow_id, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

webhooksRouter.openapi(
  endpoint({
    method: 'post',
    path: ALL,
    operationId: 'createWebhook',
    summary: 'Give a workflow an address to be called at',
    description:
      'Calls of it start the workflow with the rights of whoever made or last changed it. Its secret is shown this once.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    idempotent: true,
    request: { params: TriggerWorkflowParams, body: body(WebhookCreate) },
    responses: { 201: json('The new webhook.', WebhookWithSecret) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const { workflow_id: workflowId } = c.req.valid('param');
    const made = await once(c, { perform: (ctx) => createWebhook(ctx, workflowId, input), replay: findMade });
    return c.json(made, 201);
  },
);

webhooksRouter.openapi(
  endpoint({
    method: 'get',
    path: ONE,
    operationId: 'getWebhook',
    summary: 'Show a webhook',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'webhook',
    etag: true,
    request: { params: WebhookParams },
    responses: { 200: json('The webhook.', Webhook) },
  }),
  async (c) => {
    const webhook = await getWebhook(c.var.ctx, c.req.valid('param').webhook_id);
    const beside = [webhook.path === null ? 'r' : 'x', Date.parse(webhook.test_until ?? '1970-01-01')];
    return c.json(webhook, 200, { ETag: versionTag(webhook.version, ...beside) });
  },
);

webhooksRouter.openapi(
  endpoint({
    method: 'patch',
    path: ONE,
    operationId: 'updateWebhook',
    summary: 'Change a webhook',
    description:
      'Only what is given changes. Whoever changes it answers for what it starts from then on; variables that somebody ' +
      'else has granted are to be granted anew.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'webhook',
    ifMatch: true,
    request: { params: WebhookParams, body: body(WebhookUpdate) },
    responses: { 200: json('The webhook as it is now.', WebhookWithSecret) },
  }),
  async (c) => {
    const versions = matchingVersions(c.req.header('if-match'));
    const webhook = await updateWebhook(c.var.ctx, c.req.valid('param').webhook_id, c.req.valid('json'), versions);
    return c.json(webhook, 200, { ETag: versionTag(webhook.version) });
  },
);

webhooksRouter.openapi(
  endpoint({
    method: 'delete',
    path: ONE,
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'With the list of its calls. What it has started goes on.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'webhook',
    request: { params: WebhookParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    await deleteWebhook(c.var.ctx, c.req.valid('param').webhook_id);
    return c.json(message(c, { en: 'Webhook deleted.', pt: 'Webhook removido.' }), 200);
  },
);

webhooksRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/rotate-secret`,
    operationId: 'rotateWebhookSecret',
    summary: 'Give a webhook another secret',
    description: 'The new one is shown this once. The former one is good for a while, so that senders can change over.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'webhook',
    request: { params: WebhookParams, body: optionalBody(WebhookRotation) },
    responses: { 200: json('The webhook, and its new secret.', WebhookWithSecret) },
  }),
  async (c) => {
    const input = c.req.valid('json') ?? { grace_seconds: 24 * 60 * 60 };
    return c.json(await rotateWebhookSecret(c.var.ctx, c.req.valid('param').webhook_id, input), 200);
  },
);
