import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../../src/http/errors/catalog.ts';
import { api } from '../../helpers/api.ts';
import { DOCUMENT, OPERATIONS } from '../../helpers/document.ts';
import { apiWith } from '../../helpers/environment.ts';

const PATHS = OPERATIONS.filter(({ method }) => method === 'GET').map(({ path }) => path);

describe('what this host is', () => {
  test('GET / points to paths that exist', async () => {
    const { body } = await api.get('/');
    expect(body).toMatchObject({ message: 'SynapScale API', environment: 'test', api_prefix: '/api/v1' });
    for (const name of ['docs', 'redoc', 'health']) expect(PATHS).toContain(body[name]);
    expect(body.features).toEqual(DOCUMENT.tags.map(({ name }) => name));
  });

  test('GET /info tells the limits that hold', async () => {
    const { body } = await apiWith({ CORS_ORIGINS: 'https://a.test, https://b.test' }).get('/info');
    expect(body.api).toMatchObject({ environment: 'test', debug: false });
    expect(body.configuration).toMatchObject({ cors_origins: 2, max_upload_size: 1048576, allowed_extensions: [] });
    expect(body.security).toMatchObject({ authentication: ['bearer', 'basic'], access_token_seconds: 1800 });
    expect(body.security.rate_limits).toEqual({ general: 100, credentials: 5, llm: 20, upload: 10, hooks: 600 });
    for (const path of Object.values(body.endpoints)) expect(PATHS).toContain(path);
  });

  test('the sections of version 1 are described', async () => {
    const { body } = await api.get('/api/v1/health');
    for (const path of Object.values<string>(body.endpoints)) {
      expect(OPERATIONS.some((operation) => operation.path.startsWith(path))).toBe(true);
    }
  });
});

describe('the document', () => {
  test('is served as it was built', async () => {
    const { status, body, headers } = await api.get('/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(DOCUMENT);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('is not sent again to a client that has it', async () => {
    const { headers } = await api.get('/openapi.json');
    const etag = headers.get('etag')!;
    const again = await api.get('/openapi.json', { headers: { 'If-None-Match': etag } });
    expect(again).toMatchObject({ status: 304, body: null });
    expect(again.headers.get('etag')).toBe(etag);
    expect(await api.get('/openapi.json', { headers: { 'If-None-Match': '"other"' } })).toMatchObject({ status: 200 });
  });

  test('is 503 where the deployment lacks it', async () => {
    const ASSETS = { fetch: async () => new Response('gone', { status: 404 }) };
    const { status, body } = await apiWith({ ASSETS }).get('/openapi.json');
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'service_unavailable' });
  });
});

describe('problem types', () => {
  test.each(Object.entries(ERRORS))('%s is explained in both languages', async (code, { status, title, detail }) => {
    const english = await api.get(`/problems/${code}`);
    expect(english.body).toMatchObject({ code, status, type: `/problems/${code}`, title: title.en, detail: detail.en });
    const headers = { 'Accept-Language': 'pt-BR' };
    const portuguese = await api.get(`/problems/${code}`, { headers });
    expect(portuguese.body).toMatchObject({ title: title.pt, detail: detail.pt });
    expect(portuguese.body.texts).toEqual(english.body.texts);
  });

  test('the type of a problem leads to what it means', async () => {
    const { body: problem } = await api.get('/nowhere');
    const { body } = await api.get(problem.type);
    expect(body).toMatchObject({ code: problem.code, status: problem.status, title: problem.title });
  });

  test.each(['nothing', 'constructor', '__proto__'])('%s is unknown', async (code) => {
    expect(await api.get(`/problems/${code}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});
