import { endpoint } from '../../../http/endpoint.ts';
import { body, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { LlmSettings, LlmSettingsUpdate } from './schemas.ts';
import * as service from './service.ts';

export const settingsRouter = createRouter();

const TAG = 'LLM';
const PATH = '/api/v1/llm/settings';

settingsRouter.openapi(
  endpoint({
    method: 'get',
    path: PATH,
    operationId: 'getLlmSettings',
    summary: 'Read how a workspace treats its calls to models',
    tag: TAG,
    access: 'usage:read',
    etag: true,
    responses: { 200: json('The settings.', LlmSettings) },
  }),
  async (c) => c.json(await service.getSettings(c.var.ctx), 200),
);

settingsRouter.openapi(
  endpoint({
    method: 'put',
    path: PATH,
    operationId: 'updateLlmSettings',
    summary: 'Set how a workspace treats its calls to models',
    description:
      'Prompts and answers are kept only where `keep_content_days` is more than 0, and of calls that end from then on. ' +
      'With less than before, what was kept for longer is gone at once.',
    tag: TAG,
    access: 'llm:configure',
    request: { body: body(LlmSettingsUpdate) },
    responses: { 200: json('The settings as they are now.', LlmSettings) },
  }),
  async (c) => c.json(await service.updateSettings(c.var.ctx, c.req.valid('json')), 200),
);
