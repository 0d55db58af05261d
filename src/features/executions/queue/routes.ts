import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { QueueQuery, QueueStatus } from './schemas.ts';
import { getQueueStatus } from './service.ts';

export const queueRouter = createRouter();

queueRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions/queue/status',
    operationId: 'getQueueStatus',
    summary: 'See what waits in a workspace, and why',
    tag: 'Executions',
    access: 'executions:read',
    request: { query: QueueQuery },
    responses: { 200: json('The queue.', QueueStatus) },
  }),
  async (c) => c.json(await getQueueStatus(c.var.ctx, c.req.valid('query').limit), 200),
);
