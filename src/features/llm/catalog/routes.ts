import { z } from '@hono/zod-openapi';
import type { Ctx } from '../../../context.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag, weakTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import {
  CatalogChange,
  CatalogEntry,
  CatalogNotice,
  CatalogPage,
  CatalogQuery,
  CatalogRefreshed,
  ChangesQuery,
  ModelCreate,
  ModelParams,
  ModelUpdate,
  SignatureHeaders,
} from './schemas.ts';
import * as service from './service.ts';
import { receiveNotice } from './webhook.ts';

export const catalogRouter = createRouter();

const TAG = 'LLM';
const BASE = '/api/v1/llm/catalog';

/** Where the catalogue was before the two interfaces to models became one. */
const FORMER = '/api/v1/llms';

/** What is measured of a model changes without its version. */
function tagOf({ version, error_rate: rate, response_time_avg_ms, first_token_avg_ms }: CatalogEntry): string {
  const measured = rate === null ? [] : [rate, response_time_avg_ms, first_token_avg_ms ?? ''];
  return versionTag(version, ...measured);
}

catalogRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listCatalog',
    summary: 'Read the catalogue of models',
    description: 'By provider and name. A change shows at once where it was made, and elsewhere within 90 seconds.',
    tag: TAG,
    access: 'signature',
    etag: true,
    request: { query: CatalogQuery },
    responses: { 200: json('A page of it.', CatalogPage) },
    deprecatedPaths: [{ path: FORMER, operationId: 'listCatalogLegacy' }],
  }),
  async (c) => {
    const { catalog, ...page } = await service.listCatalog(c.var.ctx, c.req.valid('query'));
    // Whichever tier answers, it is the same catalogue.
    return c.json({ ...page, catalog }, 200, { ETag: weakTag({ ...page, version: catalog.version }) });
  },
);

catalogRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/changes`,
    operationId: 'listCatalogChanges',
    summary: 'Follow what changes in the catalogue',
    description: 'Every change, whoever made it. Pass the highest id that you have as `after` to get what came since.',
    tag: TAG,
    access: 'identity',
    request: { query: ChangesQuery },
    responses: { 200: jsonList('Changes.', z.array(CatalogChange)) },
  }),
  async (c) => {
    const { items, nextCursor } = await service.listChanges(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

catalogRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/refresh`,
    operationId: 'refreshCatalog',
    summary: 'Have the catalogue read anew',
    description: 'After a change past this API, such as by `npm run models:load`.',
    tag: TAG,
    access: 'superuser',
    responses: { 200: json('It will be read anew.', Message) },
  }),
  async (c) => {
    await service.refreshCatalog(c.var.ctx);
    return c.json(message(c, { en: 'Catalogue refreshed.', pt: 'Catálogo atualizado.' }), 200);
  },
);

catalogRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/webhook`,
    operationId: 'receiveCatalogNotice',
    summary: 'Take word that the catalogue was changed elsewhere',
    description:
      'A message after Standard Webhooks, signed with CATALOG_WEBHOOK_SECRET: copies from before the change are not ' +
      'served as fresh any more. `npm run models:load -- --notify URL` sends one.',
    tag: TAG,
    access: 'public',
    request: { headers: SignatureHeaders, body: body(CatalogNotice) },
    responses: { 200: json('It will be read anew.', CatalogRefreshed) },
    errors: ['webhook_not_configured', 'invalid_signature', 'database_unavailable'],
  }),
  async (c) => {
    // The bytes as they came, which are what was signed.
    const version = await receiveNotice(c.var.ctx, c.req.valid('header'), await c.req.text());
    return c.json({ ...message(c, { en: 'Catalogue refreshed.', pt: 'Catálogo atualizado.' }), version }, 200);
  },
);

catalogRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/{llm_id}`,
    operationId: 'getModel',
    summary: 'Read a model of the catalogue',
    tag: TAG,
    access: 'signature',
    etag: true,
    request: { params: ModelParams },
    responses: { 200: json('The model.', CatalogEntry) },
    deprecatedPaths: [{ path: `${FORMER}/{llm_id}`, operationId: 'getModelLegacy' }],
  }),
  async (c) => {
    const model = await service.getModel(c.var.ctx, c.req.valid('param').llm_id);
    return c.json(model, 200, { ETag: tagOf(model) });
  },
);

catalogRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'createModel',
    summary: 'Add a model to the catalogue',
    tag: TAG,
    access: 'superuser',
    idempotent: true,
    request: { body: body(ModelCreate) },
    responses: { 200: json('The new model.', CatalogEntry) },
    errors: ['already_exists'],
    deprecatedPaths: [{ path: FORMER, operationId: 'createModelLegacy' }],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const perform = (ctx: Ctx) => service.createModel(ctx, input);
    return c.json(await once(c, { perform, replay: service.findCreatedModel }), 200);
  },
);

/** Older clients change a part by PUT. */
for (const [method, operationId] of [
  ['patch', 'updateModel'],
  ['put', 'replaceModel'],
] as const) {
  catalogRouter.openapi(
    endpoint({
      method,
      path: `${BASE}/{llm_id}`,
      operationId,
      summary: 'Change a model of the catalogue',
      description: 'Only what is given changes, by PATCH and by PUT alike. Calls that have begun keep their price.',
      tag: TAG,
      access: 'superuser',
      ifMatch: true,
      request: { params: ModelParams, body: body(ModelUpdate) },
      responses: { 200: json('The model as it is now.', CatalogEntry) },
      errors: ['already_exists'],
      deprecatedPaths: [{ path: `${FORMER}/{llm_id}`, operationId: `${operationId}Legacy` }],
    }),
    async (c) => {
      const versions = matchingVersions(c.req.header('if-match'));
      const { llm_id: id } = c.req.valid('param');
      const model = await service.updateModel(c.var.ctx, id, c.req.valid('json'), versions);
      return c.json(model, 200, { ETag: tagOf(model) });
    },
  );
}

catalogRouter.openapi(
  endpoint({
    method: 'delete',
    path: `${BASE}/{llm_id}`,
    operationId: 'deactivateModel',
    summary: 'Take a model out of use',
    description: 'It stays in the catalogue, inactive, so that what it was used for remains explained.',
    tag: TAG,
    access: 'superuser',
    request: { params: ModelParams },
    responses: { 200: json('It is out of use.', Message) },
    deprecatedPaths: [{ path: `${FORMER}/{llm_id}`, operationId: 'deactivateModelLegacy' }],
  }),
  async (c) => {
    await service.deactivateModel(c.var.ctx, c.req.valid('param').llm_id);
    return c.json(message(c, { en: 'Model deactivated.', pt: 'Modelo desativado com sucesso' }), 200);
  },
);
