import { z } from '@hono/zod-openapi';
import type { Ctx } from '../../context.ts';
import { endpoint } from '../../http/endpoint.ts';
import { once } from '../../http/idempotency.ts';
import { body, json, jsonList, nextCursorHeader } from '../../http/respond.ts';
import { createRouter } from '../../http/router.ts';
import {
  CallContent,
  ConversationTurn,
  TurnsQuery,
  UsageLog,
  UsageLogCreate,
  UsageLogParams,
  UsageLogQuery,
} from './schemas.ts';
import { findUsageLog, getContent, listTurns, listUsageLogs, noteExternalCall } from './service.ts';

export const usageRouter = createRouter();

usageRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/usage-log',
    operationId: 'listUsageLogs',
    summary: 'List calls to models with their tokens and cost',
    description: 'Newest first. Members see their own calls, admins and owners all calls of the workspace.',
    tag: 'Usage',
    access: 'usage:read',
    request: { query: UsageLogQuery },
    responses: { 200: jsonList('Usage lines.', z.array(UsageLog)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listUsageLogs(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

usageRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/usage-log/turns',
    operationId: 'listConversationTurns',
    summary: 'List what each model did in a conversation',
    description:
      'Calls with this `conversation_id`, added up by member and model; those that began last first. Members see their ' +
      'own, admins and owners those of the workspace.',
    tag: 'Usage',
    access: 'usage:read',
    request: { query: TurnsQuery },
    responses: { 200: jsonList('Turns.', z.array(ConversationTurn)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listTurns(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

usageRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/usage-log',
    operationId: 'createUsageLog',
    summary: 'Note a call that was made elsewhere',
    description:
      'With a key of your own, past this gateway: it is counted at the prices of the catalogue, and nothing is billed. ' +
      'Calls of the gateway note themselves.',
    tag: 'Usage',
    access: 'usage:write',
    idempotent: true,
    request: { body: body(UsageLogCreate) },
    responses: { 200: json('The usage line.', UsageLog) },
    errors: ['model_not_found'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const perform = (ctx: Ctx) => noteExternalCall(ctx, input);
    return c.json(await once(c, { perform, replay: findUsageLog }), 200);
  },
);

usageRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/usage-log/{usage_log_id}/content',
    operationId: 'getCallContent',
    summary: 'Read what was asked and answered in a call',
    description:
      'Kept only where the workspace wants it: see `PUT /api/v1/llm/settings`. Members see that of their own calls, admins ' +
      'and owners that of all calls of the workspace.',
    tag: 'Usage',
    access: 'usage:read',
    etag: true,
    request: { params: UsageLogParams },
    responses: { 200: json('What was kept.', CallContent) },
  }),
  async (c) => c.json(await getContent(c.var.ctx, c.req.valid('param').usage_log_id), 200),
);
