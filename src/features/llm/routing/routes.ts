import { z } from '@hono/zod-openapi';
import type { Ctx } from '../../../context.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import * as schemas from './schemas.ts';
import * as service from './service.ts';

export const routingRouter = createRouter();

const TAG = 'LLM';
const BASE = '/api/v1/llm/routes';

routingRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listRoutes',
    summary: 'List the routes of a workspace',
    description: 'Newest first.',
    tag: TAG,
    access: 'routes:read',
    request: { query: schemas.ListRoutesQuery },
    responses: { 200: jsonList('Routes.', z.array(schemas.Route)) },
  }),
  async (c) => {
    const { items, nextCursor } = await service.listRoutes(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

routingRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'createRoute',
    summary: 'Spread calls over several models',
    description:
      'Requests name it as their `route`. It fits each request to every model that it has, leaves out those that cannot ' +
      'take it, orders the others by its strategy, and goes on to the next one where one fails.',
    tag: TAG,
    access: 'routes:write',
    idempotent: true,
    request: { body: body(schemas.RouteCreate) },
    responses: { 201: json('The new route.', schemas.Route) },
    errors: ['already_exists', 'limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const perform = (ctx: Ctx) => service.createRoute(ctx, input);
    return c.json(await once(c, { perform, replay: service.findRoute }), 201);
  },
);

routingRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/dry-run`,
    operationId: 'tryRoute',
    summary: 'See what a route would call',
    description: 'At which price, and why the others would not be called. Nobody is asked, and nothing is spent.',
    tag: TAG,
    access: 'llm:invoke',
    request: { body: body(schemas.DryRun) },
    responses: { 200: json('What it decides.', schemas.Decision) },
  }),
  async (c) => c.json(await service.tryRoute(c.var.ctx, c.req.valid('json')), 200),
);

routingRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/decisions/{decision_id}`,
    operationId: 'getRouteDecision',
    summary: 'Read why a route called whom it did',
    description: 'Kept for 30 days. Members see decisions of their own, admins and owners all.',
    tag: TAG,
    access: 'usage:read',
    etag: true,
    request: { params: schemas.DecisionParams },
    responses: { 200: json('The decision.', schemas.Decision) },
  }),
  async (c) => c.json(await service.getDecision(c.var.ctx, c.req.valid('param').decision_id), 200),
);

routingRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/decisions/{decision_id}/replay`,
    operationId: 'replayRouteDecision',
    summary: 'Decide again by the same facts',
    description: 'Prices, health, circuits and the draw of then give the same order again. Nobody is asked.',
    tag: TAG,
    access: 'usage:read',
    request: { params: schemas.DecisionParams },
    responses: { 200: json('What it decides.', schemas.Replay) },
  }),
  async (c) => c.json(await service.replayDecision(c.var.ctx, c.req.valid('param').decision_id), 200),
);

routingRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/{route_id}`,
    operationId: 'getRoute',
    summary: 'Read a route',
    tag: TAG,
    access: 'routes:read',
    etag: true,
    request: { params: schemas.RouteParams },
    responses: { 200: json('The route.', schemas.Route) },
  }),
  async (c) => {
    const route = await service.getRoute(c.var.ctx, c.req.valid('param').route_id);
    return c.json(route, 200, { ETag: versionTag(route.version) });
  },
);

routingRouter.openapi(
  endpoint({
    method: 'patch',
    path: `${BASE}/{route_id}`,
    operationId: 'updateRoute',
    summary: 'Change a route',
    description: 'Only what is given changes. Calls that have begun go on as they were.',
    tag: TAG,
    access: 'routes:write',
    ifMatch: true,
    request: { params: schemas.RouteParams, body: body(schemas.RouteUpdate) },
    responses: { 200: json('The route as it is now.', schemas.Route) },
    errors: ['already_exists'],
  }),
  async (c) => {
    const versions = matchingVersions(c.req.header('if-match'));
    const { route_id: id } = c.req.valid('param');
    const route = await service.updateRoute(c.var.ctx, id, c.req.valid('json'), versions);
    return c.json(route, 200, { ETag: versionTag(route.version) });
  },
);

routingRouter.openapi(
  endpoint({
    method: 'delete',
    path: `${BASE}/{route_id}`,
    operationId: 'deleteRoute',
    summary: 'Take a route away',
    tag: TAG,
    access: 'routes:write',
    request: { params: schemas.RouteParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    await service.deleteRoute(c.var.ctx, c.req.valid('param').route_id);
    return c.json(message(c, { en: 'Route deleted.', pt: 'Rota removida.' }), 200);
  },
);

routingRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/{route_id}/comparison`,
    operationId: 'compareRoute',
    summary: 'Compare a route with its shadow',
    description:
      'What both sides took and cost over the requests that both were asked, and how much their answers have in common.',
    tag: TAG,
    access: 'usage:read_all',
    request: { params: schemas.RouteParams, query: schemas.ComparisonQuery },
    responses: { 200: json('Both sides.', schemas.Comparison) },
  }),
  async (c) => {
    const { route_id: id } = c.req.valid('param');
    return c.json(await service.compareRoute(c.var.ctx, id, c.req.valid('query').days), 200);
  },
);
