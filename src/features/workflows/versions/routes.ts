import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { WorkflowParams } from '../workflows/schemas.ts';
import { getWorkflow } from '../workflows/service/read.ts';
import {
  ListedVersion,
  ListWorkflowVersionsQuery,
  WorkflowDiff,
  WorkflowDiffQuery,
  WorkflowVersion,
  WorkflowVersionParams,
  WorkflowVersionRestored,
  WorkflowVersionUpdate,
} from './schemas.ts';
import { diffVersion, getVersion, listVersions, noteVersion, restoreVersion } from './service.ts';

export const workflowVersionsRouter = createRouter();

const TAG = 'Workflows';
const BASE = '/api/v1/workflows/{workflow_id}/versions';
const ONE = `${BASE}/{version_number}` as const;

workflowVersionsRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listWorkflowVersions',
    summary: 'List the versions of a workflow',
    description:
      'Every definition that it has had, newest first and without the definitions. The last 100 stay, and older ones as ' +
      'long as an execution refers to them or they have been published.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: WorkflowParams, query: ListWorkflowVersionsQuery },
    responses: { 200: jsonList('Versions.', z.array(ListedVersion)) },
  }),
  async (c) => {
    const { workflow_id: id } = c.req.valid('param');
    const { items, nextCursor } = await listVersions(c.var.ctx, id, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

workflowVersionsRouter.openapi(
  endpoint({
    method: 'get',
    path: ONE,
    operationId: 'getWorkflowVersion',
    summary: 'Read a version of a workflow',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    etag: true,
    request: { params: WorkflowVersionParams },
    responses: { 200: json('The version.', WorkflowVersion) },
  }),
  async (c) => {
    const { workflow_id: id, version_number: version } = c.req.valid('param');
    return c.json(await getVersion(c.var.ctx, id, version), 200);
  },
);

workflowVersionsRouter.openapi(
  endpoint({
    method: 'patch',
    path: ONE,
    operationId: 'noteWorkflowVersion',
    summary: 'Say what a version of a workflow is',
    description: 'A note for people; null takes it away.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    request: { params: WorkflowVersionParams, body: body(WorkflowVersionUpdate) },
    responses: { 200: json('The version.', WorkflowVersion) },
  }),
  async (c) => {
    const { workflow_id: id, version_number: version } = c.req.valid('param');
    return c.json(await noteVersion(c.var.ctx, id, version, c.req.valid('json').note), 200);
  },
);

workflowVersionsRouter.openapi(
  endpoint({
    method: 'get',
    path: `${ONE}/diff`,
    operationId: 'diffWorkflowVersion',
    summary: 'Compare a version of a workflow',
    description: 'What changed from it to the present, or to another version. At most 1,000 differences are shown.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: WorkflowVersionParams, query: WorkflowDiffQuery },
    responses: { 200: json('The differences.', WorkflowDiff) },
  }),
  async (c) => {
    const { workflow_id: id, version_number: version } = c.req.valid('param');
    return c.json(await diffVersion(c.var.ctx, id, version, c.req.valid('query')), 200);
  },
);

workflowVersionsRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/restore`,
    operationId: 'restoreWorkflowVersion',
    summary: 'Restore a version of a workflow',
    description: 'The workflow does again what it did then, as its next version; none is lost.',
    tag: TAG,
    access: 'workflows:write',
    workspaceOf: 'workflow',
    idempotent: true,
    request: { params: WorkflowVersionParams },
    responses: { 200: json('The workflow as it is now.', WorkflowVersionRestored) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const { workflow_id: id, version_number: version } = c.req.valid('param');
    const workflow = await once(c, {
      perform: (ctx) => restoreVersion(ctx, id, version),
      replay: (ctx, restored) => getWorkflow(ctx, restored),
    });
    const done = message(c, { en: 'Version restored.', pt: 'Versão restaurada com sucesso' });
    return c.json({ ...done, workflow }, 200);
  },
);
