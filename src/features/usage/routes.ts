import { z } from '@hono/zod-openapi';
import { endpoint } from '../../http/endpoint.ts';
import { jsonList, nextCursorHeader } from '../../http/respond.ts';
import { createRouter } from '../../http/router.ts';
import { UsageLog, UsageLogQuery } from './schemas.ts';
import { listUsageLogs } from './service.ts';

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
