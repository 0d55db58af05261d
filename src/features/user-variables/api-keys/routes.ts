import { z } from '@hono/zod-openapi';
import { endpoint } from '../../../http/endpoint.ts';
import { message } from '../../../http/messages.ts';
import { body, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { saveApiKey } from './save-api-key.ts';
import { ApiKey, ApiKeyDone, ApiKeyProvider, ApiKeyTest, ApiKeyUpsert, ProviderParams } from './schemas.ts';
import { deleteApiKey, listApiKeyProviders, listApiKeys } from './service.ts';
import { testApiKey } from './test-api-key.ts';

export const apiKeysRouter = createRouter();

const TAG = 'Variables';
const BASE = '/api/v1/user-variables/api-keys';

apiKeysRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listApiKeys',
    summary: 'List your keys of model providers',
    description: 'At most one for each provider, in this workspace. Keys are masked.',
    tag: TAG,
    access: 'variables:read',
    responses: { 200: json('Keys.', z.array(ApiKey)) },
  }),
  async (c) => c.json(await listApiKeys(c.var.ctx), 200),
);

apiKeysRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/providers`,
    operationId: 'listApiKeyProviders',
    summary: 'List the providers whose keys can be stored',
    tag: TAG,
    access: 'public',
    responses: { 200: json('Providers.', z.array(ApiKeyProvider)) },
  }),
  async (c) => c.json(await listApiKeyProviders(c.var.ctx), 200),
);

apiKeysRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/{provider}`,
    operationId: 'saveApiKey',
    summary: 'Store your key of a provider, or replace it',
    description: 'Doing it again with the same key changes nothing.',
    tag: TAG,
    access: 'variables:write',
    request: { params: ProviderParams, body: body(ApiKeyUpsert) },
    responses: { 200: json('It is stored.', ApiKeyDone) },
    errors: ['provider_not_found', 'already_exists', 'limit_reached'],
  }),
  async (c) => {
    const provider = await saveApiKey(c.var.ctx, c.req.valid('param').provider, c.req.valid('json'));
    const text = { en: `API key for ${provider} saved.`, pt: `API key para ${provider} salva com sucesso` };
    return c.json({ ...message(c, text), provider, status: 'success' as const }, 200);
  },
);

apiKeysRouter.openapi(
  endpoint({
    method: 'delete',
    path: `${BASE}/{provider}`,
    operationId: 'deleteApiKey',
    summary: 'Delete your key of a provider',
    tag: TAG,
    access: 'variables:write',
    request: { params: ProviderParams },
    responses: { 200: json('It is gone.', ApiKeyDone) },
    errors: ['provider_not_found'],
  }),
  async (c) => {
    const provider = await deleteApiKey(c.var.ctx, c.req.valid('param').provider);
    const text = { en: `API key for ${provider} deleted.`, pt: `API key para ${provider} removida com sucesso` };
    return c.json({ ...message(c, text), provider, status: 'success' as const }, 200);
  },
);

apiKeysRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/{provider}/test`,
    operationId: 'testApiKey',
    summary: 'See whether your key of a provider works',
    description: "Asks the provider's own address for its list of models, which costs nothing.",
    tag: TAG,
    access: 'variables:write',
    rateLimit: 'llm',
    request: { params: ProviderParams },
    responses: { 200: json('What the provider made of it.', ApiKeyTest) },
    errors: ['provider_not_found', 'provider_not_configured', 'secret_unreadable'],
  }),
  async (c) => c.json(await testApiKey(c.var.ctx, c.req.valid('param').provider), 200),
);
