import { z } from '@hono/zod-openapi';
import type { Ctx } from '../../../context.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import {
  Endpoint,
  EndpointCreate,
  EndpointParams,
  EndpointTest,
  EndpointUpdate,
  ListEndpointsQuery,
} from './schemas.ts';
import * as service from './service.ts';
import { testEndpoint } from './test-endpoint.ts';
import { updateEndpoint } from './update.ts';

export const endpointsRouter = createRouter();

const TAG = 'LLM';
const BASE = '/api/v1/llm/endpoints';

endpointsRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listEndpoints',
    summary: 'List the endpoints of a workspace',
    description: 'OpenAI-compatible endpoints that the workspace has added for itself. Newest first.',
    tag: TAG,
    access: 'endpoints:read',
    request: { query: ListEndpointsQuery },
    responses: { 200: jsonList('Endpoints.', z.array(Endpoint)) },
  }),
  async (c) => {
    const { items, nextCursor } = await service.listEndpoints(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

endpointsRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'createEndpoint',
    summary: 'Add an endpoint of your own',
    description:
      'Any server of the public internet that speaks the protocol of OpenAI. Calls of this workspace reach it by its ' +
      'name as their provider. They are logged with what you say that its models cost; nothing is billed for them, and ' +
      'no budget counts them.',
    tag: TAG,
    access: 'endpoints:write',
    idempotent: true,
    request: { body: body(EndpointCreate) },
    responses: { 201: json('The new endpoint.', Endpoint) },
    errors: ['address_not_allowed', 'already_exists', 'limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const perform = (ctx: Ctx) => service.createEndpoint(ctx, input);
    return c.json(await once(c, { perform, replay: service.findEndpoint }), 201);
  },
);

endpointsRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/{endpoint_id}`,
    operationId: 'getEndpoint',
    summary: 'Read an endpoint',
    tag: TAG,
    access: 'endpoints:read',
    etag: true,
    request: { params: EndpointParams },
    responses: { 200: json('The endpoint.', Endpoint) },
  }),
  async (c) => {
    const found = await service.getEndpoint(c.var.ctx, c.req.valid('param').endpoint_id);
    return c.json(found, 200, { ETag: versionTag(found.version) });
  },
);

endpointsRouter.openapi(
  endpoint({
    method: 'patch',
    path: `${BASE}/{endpoint_id}`,
    operationId: 'updateEndpoint',
    summary: 'Change an endpoint',
    description: 'Only what is given changes. Calls that have begun keep their address and their prices.',
    tag: TAG,
    access: 'endpoints:write',
    ifMatch: true,
    request: { params: EndpointParams, body: body(EndpointUpdate) },
    responses: { 200: json('The endpoint as it is now.', Endpoint) },
    errors: ['address_not_allowed', 'already_exists'],
  }),
  async (c) => {
    const versions = matchingVersions(c.req.header('if-match'));
    const { endpoint_id: id } = c.req.valid('param');
    const changed = await updateEndpoint(c.var.ctx, id, c.req.valid('json'), versions);
    return c.json(changed, 200, { ETag: versionTag(changed.version) });
  },
);

endpointsRouter.openapi(
  endpoint({
    method: 'delete',
    path: `${BASE}/{endpoint_id}`,
    operationId: 'deleteEndpoint',
    summary: 'Take an endpoint away',
    description: 'What was logged of its calls stays.',
    tag: TAG,
    access: 'endpoints:write',
    request: { params: EndpointParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    await service.deleteEndpoint(c.var.ctx, c.req.valid('param').endpoint_id);
    return c.json(message(c, { en: 'Endpoint deleted.', pt: 'Endpoint removido.' }), 200);
  },
);

endpointsRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/{endpoint_id}/test`,
    operationId: 'testEndpoint',
    summary: 'See whether an endpoint answers',
    description: 'Asks it for its list of models, with the key that is stored.',
    tag: TAG,
    access: 'endpoints:write',
    rateLimit: 'llm',
    request: { params: EndpointParams },
    responses: { 200: json('What came of it.', EndpointTest) },
    errors: ['secret_unreadable'],
  }),
  async (c) => c.json(await testEndpoint(c.var.ctx, c.req.valid('param').endpoint_id), 200),
);
