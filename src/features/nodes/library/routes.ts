import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { describeNodeType, describeNodeTypes } from './describe.ts';
import { NodeTypeInfo, NodeTypeParams } from './schemas.ts';

export const nodeTypesRouter = createRouter();

const TAG = 'Nodes';
const BASE = '/api/v1/node-types';

nodeTypesRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listNodeTypes',
    summary: 'List what workflows are made of',
    description: 'Every kind of node, with its configuration, its ports and an example.',
    tag: TAG,
    access: 'public',
    responses: { 200: json('Kinds of nodes.', z.array(NodeTypeInfo)) },
  }),
  (c) => c.json(describeNodeTypes(), 200),
);

nodeTypesRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/{node_type}`,
    operationId: 'getNodeType',
    summary: 'Read about a kind of node',
    tag: TAG,
    access: 'public',
    etag: true,
    request: { params: NodeTypeParams },
    responses: { 200: json('The kind of node.', NodeTypeInfo) },
    errors: ['not_found'],
  }),
  (c) => c.json(describeNodeType(c.req.valid('param').node_type), 200),
);
