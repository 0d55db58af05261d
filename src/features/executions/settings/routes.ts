import { endpoint } from '../../../http/endpoint.ts';
import { body, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { WorkspaceParams } from '../../../http/schemas.ts';
import { ExecutionSettings, ExecutionSettingsUpdate } from './schemas.ts';
import * as service from './service.ts';

export const executionSettingsRouter = createRouter();

const TAG = 'Executions';
const PATH = '/api/v1/workspaces/{workspace_id}/execution-settings';

executionSettingsRouter.openapi(
  endpoint({
    method: 'get',
    path: PATH,
    operationId: 'getExecutionSettings',
    summary: 'Read how a workspace treats its executions',
    tag: TAG,
    access: 'executions:read',
    etag: true,
    request: { params: WorkspaceParams },
    responses: { 200: json('The settings.', ExecutionSettings) },
  }),
  async (c) => c.json(await service.getSettings(c.var.ctx), 200),
);

executionSettingsRouter.openapi(
  endpoint({
    method: 'put',
    path: PATH,
    operationId: 'updateExecutionSettings',
    summary: 'Set how a workspace treats its executions',
    tag: TAG,
    access: 'executions:configure',
    request: { params: WorkspaceParams, body: body(ExecutionSettingsUpdate) },
    responses: { 200: json('The settings as they are now.', ExecutionSettings) },
  }),
  async (c) => c.json(await service.updateSettings(c.var.ctx, c.req.valid('json')), 200),
);
