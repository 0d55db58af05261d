import { z } from '@hono/zod-openapi';
import { endpoint } from '../../http/endpoint.ts';
import { json } from '../../http/respond.ts';
import { createRouter } from '../../http/router.ts';
import { fetchDocsFile, fetchDocsPage, fetchDocument } from './document.ts';
import { presentInfo, presentProblemType, presentRoot } from './present.ts';
import { FRESH_SECONDS } from './shared-results.ts';
import {
  ApiHealth,
  ApiInfo,
  ApiRoot,
  DetailedHealth,
  DocsFileParams,
  DocumentHeaders,
  Health,
  IfNoneMatch,
  LocationHeader,
  OpenApiDocument,
  ProblemParams,
  ProblemType,
  ServiceHealth,
  ServiceParams,
} from './schemas.ts';
import { describeApiHealth, describeDetailedHealth, describeHealth, describeServiceHealth } from './service.ts';

export const systemRouter = createRouter();

const TAG = 'System';

const CACHED = { description: 'The client has it already.', headers: DocumentHeaders };

const text = (description: string, ...types: string[]) => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, { schema: z.string() }])),
});

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/',
    operationId: 'getRoot',
    summary: 'See what this host is',
    tag: TAG,
    access: 'public',
    responses: { 200: json('The name of the API and where to go on.', ApiRoot) },
  }),
  (c) => c.json(presentRoot(c.var.ctx.env, new Date()), 200),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/info',
    operationId: 'getInfo',
    summary: 'See limits and settings',
    tag: TAG,
    access: 'public',
    responses: { 200: json('What is configured.', ApiInfo) },
  }),
  (c) => c.json(presentInfo(c.var.ctx.env, new Date()), 200),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/health',
    operationId: 'getApiHealth',
    summary: 'See whether version 1 works',
    tag: TAG,
    access: 'public',
    responses: { 200: json('Whether it works, and where its sections begin.', ApiHealth) },
  }),
  async (c) => c.json(await describeApiHealth(c.var.ctx), 200),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/health',
    operationId: 'getHealth',
    summary: 'See whether everything works',
    description:
      'Asks every service, at most once in ten seconds. Always 200: whether it works is said by `status`, which is ' +
      '`unhealthy` when the database is away. For a status code that says it, ask for one service.',
    tag: TAG,
    access: 'public',
    responses: { 200: json('How everything is.', Health) },
  }),
  async (c) => c.json(await describeHealth(c.var.ctx), 200),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/health/detailed',
    operationId: 'getDetailedHealth',
    summary: 'See how each service answered',
    tag: TAG,
    access: 'signature',
    responses: { 200: json('How each service answered, and what is configured.', DetailedHealth) },
  }),
  async (c) => c.json(await describeDetailedHealth(c.var.ctx), 200),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/health/{service}',
    operationId: 'getServiceHealth',
    summary: 'See whether one service works',
    description: 'Asks the service, at most once in ten seconds and for two seconds.',
    tag: TAG,
    access: 'public',
    request: { params: ServiceParams },
    responses: {
      200: json('It works at least in part, or this deployment does without it.', ServiceHealth),
      503: json('It does not work.', ServiceHealth),
    },
  }),
  async (c) => {
    const health = await describeServiceHealth(c.var.ctx, c.req.valid('param').service);
    if (health.status !== 'unhealthy') return c.json(health, 200);
    return c.json(health, 503, { 'Retry-After': String(FRESH_SECONDS) });
  },
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/problems/{code}',
    operationId: 'getProblemType',
    summary: 'See what a kind of problem means',
    description: 'The `type` of every problem points here.',
    tag: TAG,
    access: 'public',
    request: { params: ProblemParams },
    responses: { 200: json('What it means.', ProblemType) },
  }),
  (c) => c.json(presentProblemType(c.req.valid('param').code, c.var.locale), 200),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getDocument',
    summary: 'Read this document',
    tag: TAG,
    access: 'public',
    request: { headers: IfNoneMatch },
    responses: {
      200: { ...json('The OpenAPI document of the API.', OpenApiDocument), headers: DocumentHeaders },
      304: CACHED,
    },
    errors: ['service_unavailable'],
  }),
  (c) => fetchDocument(c.var.ctx.env.ASSETS, c.req.valid('header')['if-none-match']),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/docs',
    operationId: 'showDocs',
    summary: 'Browse this document and try its operations',
    description: 'A page for people. Whoever logs in through it calls the API with the token that it got.',
    tag: TAG,
    access: 'public',
    request: { headers: IfNoneMatch },
    responses: { 200: { ...text('The page.', 'text/html'), headers: DocumentHeaders }, 304: CACHED },
    errors: ['service_unavailable'],
  }),
  (c) => fetchDocsPage(c.var.ctx.env.ASSETS, c.req.valid('header')['if-none-match']),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/docs/{file}',
    operationId: 'getDocsFile',
    summary: 'Load a part of the page',
    tag: TAG,
    access: 'public',
    request: { params: DocsFileParams, headers: IfNoneMatch },
    responses: {
      200: { ...text('The file.', 'text/javascript', 'text/css', 'text/plain'), headers: DocumentHeaders },
      304: CACHED,
    },
  }),
  (c) => fetchDocsFile(c.var.ctx.env.ASSETS, c.req.valid('param').file, c.req.valid('header')['if-none-match']),
);

systemRouter.openapi(
  endpoint({
    method: 'get',
    path: '/redoc',
    operationId: 'redirectToDocs',
    summary: 'Find the page where it was before',
    tag: TAG,
    access: 'public',
    responses: { 308: { description: 'It is at `/docs`.', headers: LocationHeader } },
  }),
  (c) => c.redirect('/docs', 308),
);
