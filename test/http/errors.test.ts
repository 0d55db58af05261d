import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { BODY_LIMIT_BYTES } from '../../src/http/middleware/limits.ts';
import { createUser } from '../helpers/actors.ts';
import { api } from '../helpers/api.ts';
import { apiWith, AWAY } from '../helpers/environment.ts';
import { captureLogs } from '../helpers/logs.ts';

const REGISTER = '/api/v1/auth/register';

afterEach(() => vi.restoreAllMocks());

describe('a problem', () => {
  test('has what RFC 9457 names and what older clients read', async () => {
    const before = Date.now();
    const { status, body, headers } = await api.get('/nowhere/at/all?token=secret');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toEqual({
      type: '/problems/not_found',
      title: 'Not found',
      status: 404,
      detail: 'There is no such path.',
      instance: '/nowhere/at/all',
      code: 'not_found',
      error_id: expect.stringMatching(/^[\da-f-]{36}$/),
      request_id: headers.get('x-request-id'),
      timestamp: expect.stringMatching(/Z$/),
      errors: [],
      message: 'There is no such path.',
      error: 'Not found',
    });
    expect(Date.parse(body.timestamp)).toBeGreaterThanOrEqual(before);
  });

  test.each([
    ['pt-BR', 'Não encontrado'],
    ['pt', 'Não encontrado'],
    ['fr, pt-PT;q=0.8, en;q=0.5', 'Não encontrado'],
    ['en, pt;q=0.9', 'Not found'],
    ['pt;q=0', 'Not found'],
    ['fr', 'Not found'],
    ['', 'Not found'],
    ['\u00e9;;q=x,,', 'Not found'],
  ])('in the language of %j', async (language, title) => {
    const { body } = await api.get('/nowhere', { headers: { 'Accept-Language': language } });
    expect(body).toMatchObject({ title, error: title });
  });

  test('names each field at fault, and never repeats what it held', async () => {
    const { status, body } = await api.post(REGISTER, { email: 'no-address', username: 'u', password: 'hunter2' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'validation_failed', detail: expect.any(String) });
    const email = body.errors.find((field: { pointer: string }) => field.pointer === '/email');
    expect(email).toMatchObject({ loc: ['body', 'email'], msg: expect.any(String), type: expect.any(String) });
    expect(body.errors.map((field: { pointer: string }) => field.pointer)).toContain('/full_name');
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });
});

describe('requests that nothing serves', () => {
  test('another method is 405, with those that are served', async () => {
    const { status, headers, body } = await api.post('/health', {});
    expect({ status, code: body.code }).toEqual({ status: 405, code: 'method_not_allowed' });
    expect(headers.get('allow')).toBe('GET, HEAD');
  });

  test.each([
    '/API/V1/health',
    '/api/v1',
    '/api/v1/health/x/y',
    'https://api.example.test//health',
    '/health%2Fdatabase',
    '/.env',
    '/%ff',
  ])('%s is 404', async (path) => {
    expect(await api.get(path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('another media type is 415', async () => {
    const headers = { 'Content-Type': 'text/plain' };
    const answer = await api.post(REGISTER, '{}', { headers });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])(
    '%s is JSON',
    async (type) => {
      expect(await api.post(REGISTER, '{}', { headers: { 'Content-Type': type } })).toMatchObject({ status: 422 });
    },
  );
});

describe('a body', () => {
  const padded = (bytes: number) => {
    const text = JSON.stringify({ email: 'x', padding: '' });
    return text.replace('""', `"${'x'.repeat(bytes - text.length)}"`);
  };
  const headers = { 'Content-Type': 'application/json' };

  test('of exactly the limit is read, one byte more is 413', async () => {
    expect(await api.post(REGISTER, padded(BODY_LIMIT_BYTES), { headers })).toMatchObject({ status: 422 });
    const refused = await api.post(REGISTER, padded(BODY_LIMIT_BYTES + 1), { headers });
    expect(refused).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
    expect(refused.body.detail).toContain(String(BODY_LIMIT_BYTES));
  });

  test('whose length nobody tells is counted as it comes', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(64 * 1024))),
    });
    expect(await api.post(REGISTER, endless, { headers })).toMatchObject({ status: 413 });
  });

  test('is refused before anything else is decided', async () => {
    expect(await api.post('/nowhere', 'x'.repeat(BODY_LIMIT_BYTES + 1), { headers })).toMatchObject({ status: 413 });
  });
});

describe('what is not the client’s fault', () => {
  test('an unexpected error is a fixed text, and an id that finds the log entry', async () => {
    const logs = captureLogs();
    const app = createApp();
    app.get('/boom', () => {
      throw new Error('secret detail: postgres://user:password@host/db');
    });
    const response = await app.fetch(
      new Request('https://api.example.test/boom'),
      { ...env },
      createExecutionContext(),
    );
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toMatch(/secret|postgres|at .*\.ts/);
    const problem = JSON.parse(text);
    expect(problem).toMatchObject({ code: 'internal_error', title: 'Internal error' });
    const [entry] = logs.events('request_error');
    expect(entry).toMatchObject({ error_id: problem.error_id, request_id: problem.request_id, code: 'internal_error' });
    expect(JSON.stringify(entry)).toContain('secret detail');
  });

  test('the database being away is 503, and when to try again', async () => {
    const user = await createUser();
    const away = apiWith({ DATABASE_URL: AWAY });
    const anonymous = await away.post('/api/v1/auth/login', { username: 'a@example.test', password: 'b' });
    for (const answer of [anonymous, await away.as(user).get('/api/v1/auth/me')]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(JSON.stringify(answer.body)).not.toMatch(/db\.invalid|secret-of-the-database/);
    }
  });

  test('missing configuration is 503 everywhere; the log names what is missing and no value', async () => {
    const logs = captureLogs();
    const client = apiWith({ AUTH_SECRET: 'short-secret', DATABASE_URL: 'mysql://secret' });
    for (const path of ['/', '/health', '/nowhere', '/api/v1/auth/me']) {
      const { status, body } = await client.get(path);
      expect({ path, status, code: body.code }).toEqual({ path, status: 503, code: 'misconfigured' });
    }
    expect(logs.text()).toContain('AUTH_SECRET');
    expect(logs.text()).toContain('DATABASE_URL');
    expect(logs.text()).not.toMatch(/short-secret|mysql/);
  });
});
