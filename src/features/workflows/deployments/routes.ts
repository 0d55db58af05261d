import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { json, jsonList, nextCursorHeader, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { WorkflowParams } from '../workflows/schemas.ts';
import { publish, rollBack, unpublish } from './deploy.ts';
import { getLive, listDeployments, showDeployment } from './read.ts';
import { Deployment, DeploymentCreate, ListDeploymentsQuery, Live, Rollback } from './schemas.ts';

export const deploymentsRouter = createRouter();

const TAG = 'Workflows';
const ONE = '/api/v1/workflows/{workflow_id}';
const BASE = `${ONE}/deployments` as const;
const LIVE = `${ONE}/deployment` as const;

/** By the last deployment; the present version goes on beside it. */
const tagOf = (live: Live) =>
  versionTag(live.number, live.draft_version, live.draft_ahead, String(live.publish_requires_replay));

deploymentsRouter.openapi(
  endpoint({
    method: 'get',
    path: LIVE,
    operationId: 'getWorkflowDeployment',
    summary: 'Read what of a workflow runs',
    description:
      'The version that runs where none is named: by requests, by triggers, inside other workflows, and for everybody ' +
      'where it is public. It is the published one, or the present one as long as nothing is published.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    etag: true,
    request: { params: WorkflowParams },
    responses: { 200: json('What runs.', Live) },
  }),
  async (c) => {
    const live = await getLive(c.var.ctx, c.req.valid('param').workflow_id);
    return c.json(live, 200, { ETag: tagOf(live) });
  },
);

deploymentsRouter.openapi(
  endpoint({
    method: 'delete',
    path: LIVE,
    operationId: 'unpublishWorkflow',
    summary: 'Take the published version back',
    description:
      'Nothing is published any more, so that the present version runs again, as it did before the first deployment. ' +
      'Executions that have begun go on with theirs.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    ifMatch: true,
    request: { params: WorkflowParams },
    responses: { 200: json('What runs now.', Live) },
  }),
  async (c) => {
    const numbers = matchingVersions(c.req.header('if-match'));
    const live = await unpublish(c.var.ctx, c.req.valid('param').workflow_id, numbers);
    return c.json(live, 200, { ETag: tagOf(live) });
  },
);

deploymentsRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listWorkflowDeployments',
    summary: 'List the deployments of a workflow',
    description: 'What was published and gone back to, by whom and why, the last first. Nothing of it is ever changed.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: WorkflowParams, query: ListDeploymentsQuery },
    responses: { 200: jsonList('Deployments.', z.array(Deployment)) },
  }),
  async (c) => {
    const { workflow_id: id } = c.req.valid('param');
    const { items, nextCursor } = await listDeployments(c.var.ctx, id, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

deploymentsRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'publishWorkflow',
    summary: 'Publish a version of a workflow',
    description:
      'It runs from then on wherever no version is named, whatever is changed afterwards. Executions that have begun go on ' +
      'with theirs. A definition that cannot run is refused. Where the workflow requires a replay, one of this version ' +
      'must have passed; the differences of one that has not are accepted by `replay_id` with `accept_differences`. To ' +
      'publish what runs already changes nothing. With `If-Match`, the ETag of `GET …/deployment`, it is 412 if somebody ' +
      'else has deployed meanwhile.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    idempotent: true,
    ifMatch: true,
    request: { params: WorkflowParams, body: optionalBody(DeploymentCreate) },
    responses: { 201: json('The deployment.', Deployment) },
    errors: ['replay_required'],
  }),
  async (c) => {
    const { workflow_id: id } = c.req.valid('param');
    const input = c.req.valid('json') ?? { accept_differences: false };
    const numbers = matchingVersions(c.req.header('if-match'));
    const deployed = await once(c, {
      perform: (ctx) => publish(ctx, id, input, numbers),
      replay: (ctx, deploymentId) => showDeployment(ctx, id, deploymentId),
    });
    return c.json(deployed, 201, { ETag: versionTag(deployed.number) });
  },
);

deploymentsRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/rollback`,
    operationId: 'rollBackWorkflow',
    summary: 'Go back to a version of a workflow that was published before',
    description:
      'At once and without a replay: what was published has passed before. The present version and its history stay as ' +
      'they are.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    idempotent: true,
    ifMatch: true,
    request: { params: WorkflowParams, body: optionalBody(Rollback) },
    responses: { 201: json('The deployment.', Deployment) },
    errors: ['nothing_to_roll_back'],
  }),
  async (c) => {
    const { workflow_id: id } = c.req.valid('param');
    const input = c.req.valid('json') ?? {};
    const numbers = matchingVersions(c.req.header('if-match'));
    const deployed = await once(c, {
      perform: (ctx) => rollBack(ctx, id, input, numbers),
      replay: (ctx, deploymentId) => showDeployment(ctx, id, deploymentId),
    });
    return c.json(deployed, 201, { ETag: versionTag(deployed.number) });
  },
);
