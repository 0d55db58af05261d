import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../../http/endpoint.ts';
import { jsonList, nextCursorHeader } from '../../../../http/respond.ts';
import { createRouter } from '../../../../http/router.ts';
import { EventTriggerParams } from '../schemas.ts';
import { EventFiring, ListFiringsQuery } from './schemas.ts';
import { listFirings } from './service.ts';

export const firingsRouter = createRouter();

firingsRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/event-triggers/{event_trigger_id}/firings',
    operationId: 'listEventFirings',
    summary: 'List the events that a trigger was for',
    description: 'Newest first, of the last 30 days, with what became of each.',
    tag: 'Triggers',
    access: 'workflows:read',
    workspaceOf: 'event_trigger',
    request: { params: EventTriggerParams, query: ListFiringsQuery },
    responses: { 200: jsonList('Events.', z.array(EventFiring)) },
  }),
  async (c) => {
    const { event_trigger_id: id } = c.req.valid('param');
    const { items, nextCursor } = await listFirings(c.var.ctx, id, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);
