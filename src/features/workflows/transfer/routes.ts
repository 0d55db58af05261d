import { endpoint } from '../../../http/endpoint.ts';
import { once } from '../../../http/idempotency.ts';
import { body, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { WorkflowParams } from '../workflows/schemas.ts';
import { exportWorkflow } from './export.ts';
import { importWorkflow, showImported } from './import.ts';
import { WorkflowDocument, WorkflowImport, WorkflowImported } from './schemas.ts';

export const importRouter = createRouter();

const TAG = 'Workflows';

importRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/workflows/import',
    operationId: 'importWorkflow',
    summary: 'Import a workflow',
    description:
      'From what was exported here, from a definition as the editors of this API write it, or from what n8n exports. It ' +
      'becomes a private draft, with what is to be done before it runs.',
    tag: TAG,
    access: 'workflows:write',
    idempotent: true,
    request: { body: body(WorkflowImport) },
    responses: { 201: json('The new workflow, and what is wrong with it.', WorkflowImported) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const imported = await once(c, { perform: (ctx) => importWorkflow(ctx, input), replay: showImported });
    return c.json(imported, 201);
  },
);

export const exportRouter = createRouter();

exportRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/workflows/{workflow_id}/export',
    operationId: 'exportWorkflow',
    summary: 'Export a workflow',
    description:
      'As a document to import elsewhere, without ids of people. What looks like a secret in it has become a reference to ' +
      'a variable.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: WorkflowParams },
    responses: { 200: json('The document.', WorkflowDocument) },
  }),
  async (c) => c.json(await exportWorkflow(c.var.ctx, c.req.valid('param').workflow_id), 200),
);
