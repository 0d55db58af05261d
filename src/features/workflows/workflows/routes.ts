import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { RatingBody, RatingQuery, readRating } from '../../../http/rating.ts';
import { body, json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import {
  ListWorkflowsQuery,
  UsedWord,
  WordsQuery,
  Workflow,
  WorkflowCreate,
  WorkflowPage,
  WorkflowParams,
  WorkflowRating,
  WorkflowUpdate,
} from './schemas.ts';
import { createWorkflow, duplicateWorkflow, showCreated } from './service/create.ts';
import { deleteWorkflow } from './service/delete.ts';
import { rateWorkflow } from './service/rate.ts';
import { getWorkflow, listCategories, listTags, listWorkflows } from './service/read.ts';
import { updateWorkflow } from './service/update.ts';

export const workflowListRouter = createRouter();

const TAG = 'Workflows';
const BASE = '/api/v1/workflows';
const ONE = `${BASE}/{workflow_id}` as const;

workflowListRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listWorkflows',
    summary: 'List workflows',
    description:
      'Those of the workspace, or with `is_public=true` the public ones of all, newest first. A page ends before 8 MB of ' +
      'definitions, however few they are; the cursor reads on.',
    tag: TAG,
    access: 'workflows:read',
    request: { query: ListWorkflowsQuery },
    responses: { 200: json('Workflows.', WorkflowPage) },
  }),
  async (c) => c.json(await listWorkflows(c.var.ctx, c.req.valid('query')), 200),
);

workflowListRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'createWorkflow',
    summary: 'Make a workflow',
    tag: TAG,
    access: 'workflows:write',
    idempotent: true,
    request: { body: body(WorkflowCreate) },
    responses: { 200: json('The new workflow.', Workflow) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const created = await once(c, { perform: (ctx) => createWorkflow(ctx, input), replay: showCreated });
    return c.json(created, 200);
  },
);

for (const [path, operationId, summary, description, list] of [
  ['tags', 'listWorkflowTags', 'List the tags of workflows', 'The 500 that are used most.', listTags],
  [
    'categories',
    'listWorkflowCategories',
    'List the categories of workflows',
    'The 500 that are used most.',
    listCategories,
  ],
] as const) {
  workflowListRouter.openapi(
    endpoint({
      method: 'get',
      path: `${BASE}/${path}`,
      operationId,
      summary,
      description,
      tag: TAG,
      access: 'workflows:read',
      request: { query: WordsQuery },
      responses: { 200: json('The most used first.', z.array(UsedWord)) },
    }),
    async (c) => c.json(await list(c.var.ctx, c.req.valid('query')), 200),
  );
}

export const oneWorkflowRouter = createRouter();

/** What is counted of other things, and all but the definition, is no part of the version that a client changes. */
const tagOf = (shown: Workflow) =>
  versionTag(
    shown.version_number,
    Date.parse(shown.updated_at),
    shown.execution_count,
    shown.downloads_count,
    shown.rating_count,
    String(shown.rating_average),
  );

oneWorkflowRouter.openapi(
  endpoint({
    method: 'get',
    path: ONE,
    operationId: 'getWorkflow',
    summary: 'Read a workflow',
    description:
      'One of a workspace that you are a member of, or a public one; of the latter without what looks like a secret in ' +
      'its definition.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    etag: true,
    request: { params: WorkflowParams },
    responses: { 200: json('The workflow.', Workflow) },
  }),
  async (c) => {
    const workflow = await getWorkflow(c.var.ctx, c.req.valid('param').workflow_id);
    return c.json(workflow, 200, { ETag: tagOf(workflow) });
  },
);

/** Older clients change a part by PUT. */
for (const [method, operationId] of [
  ['put', 'updateWorkflow'],
  ['patch', 'patchWorkflow'],
] as const) {
  oneWorkflowRouter.openapi(
    endpoint({
      method,
      path: ONE,
      operationId,
      summary: 'Change a workflow',
      description:
        'Only what is given changes, by PATCH and by PUT alike. Another definition makes another version; executions that ' +
        'have begun go on with theirs. With `If-Match` it is 412 if somebody else has changed the definition.',
      tag: TAG,
      access: 'workflows:write',
      workspaceOf: 'workflow',
      ifMatch: true,
      request: { params: WorkflowParams, body: body(WorkflowUpdate) },
      responses: { 200: json('The workflow as it is now.', Workflow) },
      errors: ['limit_reached'],
    }),
    async (c) => {
      const versions = matchingVersions(c.req.header('if-match'));
      const id = c.req.valid('param').workflow_id;
      const workflow = await updateWorkflow(c.var.ctx, id, c.req.valid('json'), versions);
      return c.json(workflow, 200, { ETag: tagOf(workflow) });
    },
  );
}

oneWorkflowRouter.openapi(
  endpoint({
    method: 'delete',
    path: ONE,
    operationId: 'deleteWorkflow',
    summary: 'Delete a workflow',
    description: 'For good, with its versions and executions, of which those that run are ended.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    ifMatch: true,
    request: { params: WorkflowParams },
    responses: { 200: json('It is gone.', Message) },
    errors: ['workflow_of_project'],
  }),
  async (c) => {
    const versions = matchingVersions(c.req.header('if-match'));
    await deleteWorkflow(c.var.ctx, c.req.valid('param').workflow_id, versions);
    return c.json(message(c, { en: 'Workflow deleted.', pt: 'Workflow removido com sucesso' }), 200);
  },
);

oneWorkflowRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/duplicate`,
    operationId: 'duplicateWorkflow',
    summary: 'Copy a workflow',
    description:
      'Into the workspace that it belongs to; a public one of others into your own. The copy is a private draft.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    idempotent: true,
    request: { params: WorkflowParams },
    responses: { 200: json('The copy.', Workflow) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const { workflow_id: id } = c.req.valid('param');
    const copy = await once(c, { perform: (ctx) => duplicateWorkflow(ctx, id), replay: showCreated });
    return c.json(copy, 200);
  },
);

oneWorkflowRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/rate`,
    operationId: 'rateWorkflow',
    summary: 'Rate a public workflow of others',
    description: 'Each once: another rating of yours takes the place of the former.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: WorkflowParams, query: RatingQuery, body: optionalBody(RatingBody) },
    responses: { 200: json('The workflow with its ratings.', WorkflowRating) },
    errors: ['workflow_is_own'],
  }),
  async (c) => {
    const { workflow_id: id } = c.req.valid('param');
    const rating = readRating(c.req.valid('query'), c.req.valid('json'));
    return c.json(await rateWorkflow(c.var.ctx, id, rating), 200);
  },
);
