import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { api, type ApiAnswer, type Client } from '../helpers/api.ts';
import { OPERATIONS } from '../helpers/document.ts';
import { apiWith } from '../helpers/environment.ts';

describe('security headers', () => {
  test.each(['/', '/nowhere', '/api/v1/auth/me', '/openapi.json'])('stand on %s', async (path) => {
    const { headers } = await api.get(path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    });
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('other origins', () => {
  const APP = 'https://app.example.test';
  const listed = apiWith({ CORS_ORIGINS: ` ${APP} , https://other.example.test` });

  const from = (client: Client, origin: string) => client.get('/info', { headers: { Origin: origin } });

  const preflight = (client: Client, origin: string, method = 'POST', headers = 'authorization, content-type') =>
    client.request('OPTIONS', '/api/v1/auth/login', undefined, {
      headers: { Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers },
    });

  const allowedOrigin = ({ headers }: ApiAnswer) => headers.get('access-control-allow-origin');

  test('that are listed may read', async () => {
    const answer = await from(listed, APP);
    expect(allowedOrigin(answer)).toBe(APP);
    expect(answer.headers.get('vary')).toContain('Origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('that are listed may ask beforehand', async () => {
    const answer = await preflight(listed, APP);
    expect(answer.status).toBe(204);
    expect(allowedOrigin(answer)).toBe(APP);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET,POST,PUT,PATCH,DELETE');
    expect(answer.headers.get('access-control-max-age')).toBe('86400');
  });

  test.each([
    'https://evil.test',
    'https://app.example.test.evil.test',
    'http://app.example.test',
    'https://APP.example.test',
    'null',
    '*',
  ])('such as %s are refused', async (origin) => {
    expect(allowedOrigin(await from(listed, origin))).toBeNull();
    expect(allowedOrigin(await preflight(listed, origin))).toBeNull();
  });

  test('are all refused where none is listed, and all let in by *', async () => {
    expect(allowedOrigin(await from(apiWith({ CORS_ORIGINS: '' }), APP))).toBeNull();
    expect(allowedOrigin(await from(apiWith({ CORS_ORIGINS: '*' }), APP))).toBe(APP);
  });

  test('may read problems too', async () => {
    const answer = await listed.get('/nowhere', { headers: { Origin: APP } });
    expect(allowedOrigin(answer)).toBe(APP);
  });

  test('may send what OpenAI’s client sends by itself', async () => {
    const sent: string[] = [];
    const client = new OpenAI({
      apiKey: 'none',
      dangerouslyAllowBrowser: true,
      fetch: async (_, init) => {
        sent.push(...new Headers(init?.headers as HeadersInit).keys());
        return Response.json({ choices: [] });
      },
    });
    await client.chat.completions.create({ model: 'none', messages: [], stream: false });
    const { headers } = await preflight(listed, APP);
    const allowed = headers.get('access-control-allow-headers')!.toLowerCase().split(/, ?/);
    expect(sent).toContain('x-stainless-lang');
    // The former needs no leave; the latter it does not send from a browser.
    const free = ['accept', 'user-agent'];
    expect(sent.filter((name) => !free.includes(name) && !allowed.includes(name))).toEqual([]);
  });

  test('may send and read every header that is described', async () => {
    const listOf = (headers: Headers, name: string) => headers.get(name)!.toLowerCase().split(/, ?/);
    // A webhook comes from a server, signed with a secret that no page has.
    const sent = OPERATIONS.flatMap(({ parameters }) =>
      parameters.filter((parameter) => parameter.in === 'header' && !parameter.name.startsWith('webhook-')),
    );
    const allowed = listOf((await preflight(listed, APP)).headers, 'access-control-allow-headers');
    expect(sent.map(({ name }) => name.toLowerCase()).filter((name) => !allowed.includes(name))).toEqual([]);

    // Browsers show the first by themselves; the others are for proxies and for the protocol.
    const needless = ['cache-control', 'x-accel-buffering', 'upgrade'];
    const readable = [...listOf((await from(listed, APP)).headers, 'access-control-expose-headers'), ...needless];
    const answers = OPERATIONS.flatMap(({ responses }) => Object.values(responses));
    const read = new Set(answers.flatMap(({ headers = {} }) => Object.keys(headers).map((name) => name.toLowerCase())));
    expect([...read].filter((name) => !readable.includes(name))).toEqual([]);
  });
});
