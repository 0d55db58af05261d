import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../../http/endpoint.ts';
import { json, jsonList, nextCursorHeader } from '../../../../http/respond.ts';
import { createRouter } from '../../../../http/router.ts';
import { WebhookParams } from '../schemas.ts';
import { CallParams, ListCallsQuery, WebhookCall, WebhookCallDetail } from './schemas.ts';
import { getCall, listCalls } from './service.ts';

export const callsRouter = createRouter();

const TAG = 'Triggers';
const CALLS = '/api/v1/webhook-triggers/{webhook_id}/calls';

callsRouter.openapi(
  endpoint({
    method: 'get',
    path: CALLS,
    operationId: 'listWebhookCalls',
    summary: 'List the calls of a webhook',
    description: 'Newest first, of the last 30 days: what came, and what became of it.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'webhook',
    request: { params: WebhookParams, query: ListCallsQuery },
    responses: { 200: jsonList('Calls.', z.array(WebhookCall)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listCalls(c.var.ctx, c.req.valid('param').webhook_id, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

callsRouter.openapi(
  endpoint({
    method: 'get',
    path: `${CALLS}/{call_id}`,
    operationId: 'getWebhookCall',
    summary: 'Show a call of a webhook',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'webhook',
    etag: true,
    request: { params: CallParams },
    responses: { 200: json('The call.', WebhookCallDetail) },
  }),
  async (c) => {
    const { webhook_id: webhookId, call_id: callId } = c.req.valid('param');
    return c.json(await getCall(c.var.ctx, webhookId, callId), 200);
  },
);
