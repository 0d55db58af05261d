import type { Ctx } from '../../../context.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { RatingBody, RatingQuery, readRating } from '../../../http/rating.ts';
import { body, json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import * as schemas from './schemas.ts';
import * as service from './service.ts';

export const nodeListRouter = createRouter();
export const oneNodeRouter = createRouter();

const TAG = 'Nodes';
const BASE = '/api/v1/nodes';
const ONE = `${BASE}/{node_id}` as const;

nodeListRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listNodes',
    summary: 'List reusable nodes',
    description: 'Those of the workspace, or with `is_public=true` the public ones of all, newest first.',
    tag: TAG,
    access: 'nodes:read',
    request: { query: schemas.ListNodesQuery },
    responses: { 200: json('Nodes.', schemas.NodePage) },
  }),
  async (c) => c.json(await service.listNodes(c.var.ctx, c.req.valid('query')), 200),
);

nodeListRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'createNode',
    summary: 'Make a reusable node',
    description: 'Workflows use it by a node of type `node` that has its id as `node_id`.',
    tag: TAG,
    access: 'nodes:write',
    idempotent: true,
    request: { body: body(schemas.NodeCreate) },
    responses: { 200: json('The new node.', schemas.Node) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const perform = (ctx: Ctx) => service.createNode(ctx, input);
    return c.json((await once(c, { perform, replay: service.findNode })).node, 200);
  },
);

nodeListRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/categories`,
    operationId: 'listNodeCategories',
    summary: 'List the categories of public nodes',
    description: 'The first 500 of the alphabet.',
    tag: TAG,
    access: 'public',
    responses: { 200: json('What public nodes are filed under.', schemas.Names) },
  }),
  async (c) => c.json(await service.listCategories(c.var.ctx), 200),
);

nodeListRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/types`,
    operationId: 'listNodeKinds',
    summary: 'List the kinds of reusable nodes',
    description: 'What a reusable node may say that it is. What workflows run is told by `/node-types`.',
    tag: TAG,
    access: 'public',
    responses: { 200: json('Kinds.', schemas.Names) },
  }),
  async (c) => c.json(service.listKinds(), 200),
);

/** What is counted of other things is no part of the version that a client changes. */
const tagOf = ({ node, version }: service.Versioned) =>
  versionTag(version, node.downloads_count, node.usage_count, node.rating_count, String(node.rating_average));

oneNodeRouter.openapi(
  endpoint({
    method: 'get',
    path: ONE,
    operationId: 'getNode',
    summary: 'Read a reusable node',
    description: 'One of a workspace that you are a member of, or a public one.',
    tag: TAG,
    access: 'nodes:read',
    workspaceOf: 'node',
    etag: true,
    request: { params: schemas.NodeParams },
    responses: { 200: json('The node.', schemas.Node) },
  }),
  async (c) => {
    const found = await service.getNode(c.var.ctx, c.req.valid('param').node_id);
    return c.json(found.node, 200, { ETag: tagOf(found) });
  },
);

/** Older clients change a part by PUT. */
for (const [method, operationId] of [
  ['put', 'updateNode'],
  ['patch', 'patchNode'],
] as const) {
  oneNodeRouter.openapi(
    endpoint({
      method,
      path: ONE,
      operationId,
      summary: 'Change a reusable node',
      description: 'Only what is given changes, by PATCH and by PUT alike. Executions run it as it is then.',
      tag: TAG,
      access: 'nodes:write',
      workspaceOf: 'node',
      ifMatch: true,
      request: { params: schemas.NodeParams, body: body(schemas.NodeUpdate) },
      responses: { 200: json('The node as it is now.', schemas.Node) },
    }),
    async (c) => {
      const versions = matchingVersions(c.req.header('if-match'));
      const { node_id: id } = c.req.valid('param');
      const changed = await service.updateNode(c.var.ctx, id, c.req.valid('json'), versions);
      return c.json(changed.node, 200, { ETag: tagOf(changed) });
    },
  );
}

oneNodeRouter.openapi(
  endpoint({
    method: 'delete',
    path: ONE,
    operationId: 'deleteNode',
    summary: 'Delete a reusable node',
    description: 'Workflows that use it fail where they come to it.',
    tag: TAG,
    access: 'nodes:write',
    workspaceOf: 'node',
    ifMatch: true,
    request: { params: schemas.NodeParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    const versions = matchingVersions(c.req.header('if-match'));
    await service.deleteNode(c.var.ctx, c.req.valid('param').node_id, versions);
    return c.json(message(c, { en: 'Node deleted.', pt: 'Node removido com sucesso' }), 200);
  },
);

oneNodeRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/rate`,
    operationId: 'rateNode',
    summary: 'Rate a public node',
    description: 'Each once: another rating of yours takes the place of the former.',
    tag: TAG,
    access: 'nodes:read',
    workspaceOf: 'node',
    request: { params: schemas.NodeParams, query: RatingQuery, body: optionalBody(RatingBody) },
    responses: { 200: json('The node with its ratings.', schemas.NodeRating) },
  }),
  async (c) => {
    const { node_id: id } = c.req.valid('param');
    const rating = readRating(c.req.valid('query'), c.req.valid('json'));
    return c.json(await service.rateNode(c.var.ctx, id, rating), 200);
  },
);

oneNodeRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/download`,
    operationId: 'downloadNode',
    summary: 'Count that a public node is taken',
    tag: TAG,
    access: 'nodes:read',
    workspaceOf: 'node',
    idempotent: true,
    request: { params: schemas.NodeParams },
    responses: { 200: json('Its downloads.', schemas.NodeDownload) },
  }),
  async (c) => {
    const { node_id: id } = c.req.valid('param');
    const perform = (ctx: Ctx) => service.downloadNode(ctx, id);
    const { name, downloadsCount } = await once(c, { perform, replay: service.showDownload });
    const { message: text } = message(c, { en: 'Download counted.', pt: 'Download registrado' });
    return c.json({ message: text, node_id: id.toLowerCase(), node_name: name, downloads_count: downloadsCount }, 200);
  },
);
