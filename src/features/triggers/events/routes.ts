import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import { TriggerWorkflowParams } from '../schemas.ts';
import {
  EventTrigger,
  EventTriggerCreate,
  EventTriggerParams,
  EventTriggerUpdate,
  ListEventTriggersQuery,
} from './schemas.ts';
import * as service from './service.ts';

export const eventTriggersRouter = createRouter();

const TAG = 'Triggers';
const ALL = '/api/v1/workflows/{workflow_id}/event-triggers';
const ONE = '/api/v1/event-triggers/{event_trigger_id}';

eventTriggersRouter.openapi(
  endpoint({
    method: 'get',
    path: ALL,
    operationId: 'listEventTriggers',
    summary: 'List the event triggers of a workflow',
    description: 'Newest first.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: TriggerWorkflowParams, query: ListEventTriggersQuery },
    responses: { 200: jsonList('Event triggers.', z.array(EventTrigger)) },
  }),
  async (c) => {
    const { workflow_id: workflowId } = c.req.valid('param');
    const { items, nextCursor } = await service.listEventTriggers(c.var.ctx, workflowId, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

eventTriggersRouter.openapi(
  endpoint({
    method: 'post',
    path: ALL,
    operationId: 'createEventTrigger',
    summary: 'Run a workflow whenever something happens',
    description:
      'From then on each event of the workspace that it is for, and that its filter lets through, starts the workflow ' +
      'once, with the rights of whoever made or last changed the trigger. The workflow is given `type`, `timestamp` and ' +
      '`data`, as integrations send them. It starts at most 60 a minute, and of events that executions caused one in ' +
      'another at most 8; others are noted as refused.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    idempotent: true,
    request: { params: TriggerWorkflowParams, body: body(EventTriggerCreate) },
    responses: { 201: json('The new event trigger.', EventTrigger) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const { workflow_id: workflowId } = c.req.valid('param');
    const perform = (ctx: typeof c.var.ctx) => service.createEventTrigger(ctx, workflowId, input);
    return c.json(await once(c, { perform, replay: service.findMade }), 201);
  },
);

eventTriggersRouter.openapi(
  endpoint({
    method: 'get',
    path: ONE,
    operationId: 'getEventTrigger',
    summary: 'Show an event trigger',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'event_trigger',
    etag: true,
    request: { params: EventTriggerParams },
    responses: { 200: json('The event trigger.', EventTrigger) },
  }),
  async (c) => {
    const trigger = await service.getEventTrigger(c.var.ctx, c.req.valid('param').event_trigger_id);
    return c.json(trigger, 200, { ETag: versionTag(trigger.version) });
  },
);

eventTriggersRouter.openapi(
  endpoint({
    method: 'patch',
    path: ONE,
    operationId: 'updateEventTrigger',
    summary: 'Change an event trigger',
    description:
      'Only what is given changes. Whoever changes it answers for what it starts from then on; variables that somebody ' +
      'else has granted are to be granted anew.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'event_trigger',
    ifMatch: true,
    request: { params: EventTriggerParams, body: body(EventTriggerUpdate) },
    responses: { 200: json('The event trigger as it is now.', EventTrigger) },
  }),
  async (c) => {
    const versions = matchingVersions(c.req.header('if-match'));
    const { event_trigger_id: id } = c.req.valid('param');
    const trigger = await service.updateEventTrigger(c.var.ctx, id, c.req.valid('json'), versions);
    return c.json(trigger, 200, { ETag: versionTag(trigger.version) });
  },
);

eventTriggersRouter.openapi(
  endpoint({
    method: 'delete',
    path: ONE,
    operationId: 'deleteEventTrigger',
    summary: 'Delete an event trigger',
    description: 'With the list of its events. What it has started goes on.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'event_trigger',
    request: { params: EventTriggerParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    await service.deleteEventTrigger(c.var.ctx, c.req.valid('param').event_trigger_id);
    return c.json(message(c, { en: 'Event trigger deleted.', pt: 'Gatilho de evento removido.' }), 200);
  },
);
