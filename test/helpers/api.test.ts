import { exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { api, createClient } from './api.ts';

/** The Worker's own answer with one thing changed: what a fault in the Worker would look like. */
function withFault(change: (answer: Response, body: string) => Response) {
  return createClient(async (request) => {
    const answer = await exports.default.fetch(request);
    return change(answer, await answer.clone().text());
  });
}

const withBody = (change: (body: any) => unknown) =>
  withFault((answer, body) => new Response(JSON.stringify(change(JSON.parse(body))), answer));

const withHeader = (name: string, value: string | null) =>
  withFault((answer, body) => {
    const headers = new Headers(answer.headers);
    if (value === null) headers.delete(name);
    else headers.set(name, value);
    // Bytes, because a text gives itself a content type.
    return new Response(new TextEncoder().encode(body), { status: answer.status, headers });
  });

describe('the client passes what the document describes', () => {
  test.each(['/', '/info', '/health', '/health/', '/openapi.json', '/problems/not_found', '/nowhere'])(
    'GET %s',
    async (path) => {
      await expect(api.get(path)).resolves.toBeTruthy();
      await expect(withFault((answer, body) => new Response(body, answer)).get(path)).resolves.toBeTruthy();
    },
  );

  test('HEAD and preflights have no body', async () => {
    expect(await api.request('HEAD', '/health')).toMatchObject({ status: 200, body: null });
    const headers = { Origin: 'https://app.example.test', 'Access-Control-Request-Method': 'GET' };
    expect(await api.request('OPTIONS', '/health', undefined, { headers })).toMatchObject({ status: 204 });
  });
});

describe('the client refuses', () => {
  test.each([
    ['a status that is not described', withFault((_, body) => new Response(body, { status: 201 })), /answered 201/],
    ['another content type', withHeader('content-type', 'text/html'), /content-type: is text\/html/],
    ['no content type', withHeader('content-type', null), /content-type: is null/],
    ['a body that is not JSON', withFault((answer) => new Response('{', answer)), /is not JSON/],
    ['a missing header', withHeader('x-request-id', null), /header x-request-id: is missing/],
    ['a header that is not described', withHeader('x-surprise', '1'), /header x-surprise: is not described/],
    ['a missing field', withBody(({ status: _, ...rest }) => rest), /required property "status"/],
    ['a field of another type', withBody((body) => ({ ...body, timestamp: 'now' })), /#\/timestamp/],
    ['a value outside its list', withBody((body) => ({ ...body, status: 'splendid' })), /#\/status/],
    ['a field that is not described', withBody((body) => ({ ...body, surprise: 1 })), /"surprise"/],
    [
      'a field below that is not described',
      withBody((body) => ({ ...body, services: { ...body.services, surprise: 'healthy' } })),
      /"surprise"/,
    ],
    ['an array instead of an object', withBody((body) => [body]), /type "array"/],
  ])('%s', async (_, client, fault) => {
    await expect(client.get('/health')).rejects.toThrow(fault);
  });

  test.each([
    ['a code that the operation does not have', (body: any) => ({ ...body, code: 'forbidden' }), /code: forbidden/],
    ['a status other than the answer’s', (body: any) => ({ ...body, status: 400 }), /status: is 400/],
    ['a message other than the detail', (body: any) => ({ ...body, message: '' }), /message/],
    ['an empty placeholder', (body: any) => ({ ...body, detail: 'No {x}.', message: 'No {x}.' }), /placeholder/],
    ['a missing field', ({ error_id: _, ...body }: any) => body, /error_id/],
  ])('a problem with %s', async (_, change, fault) => {
    const client = withBody(change);
    await expect(client.get('/health/nothing')).rejects.toThrow(fault);
    await expect(client.get('/nowhere')).rejects.toThrow(fault);
  });

  test.each([
    ['a code that the answer does not have', { code: 'forbidden' }, /code: forbidden/],
    ['a type of another status', { type: 'server_error' }, /type: is server_error/],
    ['an empty placeholder', { message: 'No {x}.' }, /placeholder/],
    ['a missing field', { param: undefined }, /param/],
  ])("an error in OpenAI's form with %s", async (_, change, fault) => {
    const client = withBody(({ error }: any) => ({ error: { ...error, ...change } }));
    await expect(client.get('/v1/models')).rejects.toThrow(fault);
    await expect(client.get('/v1/nowhere')).rejects.toThrow(fault);
  });

  test('a problem where clients of OpenAI call', async () => {
    const problem = await exports.default.fetch('https://api.example.test/nowhere');
    await expect(createClient(async () => problem).get('/v1/nowhere')).rejects.toThrow(/content-type/);
  });

  test('a path that nobody describes but that answers', async () => {
    const client = createClient(async () => Response.json({ hello: 'world' }));
    await expect(client.get('/hidden')).rejects.toThrow(/GET \/hidden answered 200/);
  });

  test('a 404 of a router for a path that is described', async () => {
    const notFound = await exports.default.fetch('https://api.example.test/nowhere');
    await expect(createClient(async () => notFound).get('/health')).rejects.toThrow(/answered 404/);
  });

  test('a body where none is described', async () => {
    const { headers } = await api.get('/openapi.json');
    const client = createClient(async () => new Response('x', { status: 200, headers }));
    await expect(client.request('HEAD', '/openapi.json')).rejects.toThrow(/1 bytes/);
  });
});

test('requests are sent as they were meant', async () => {
  const seen: Request[] = [];
  const recorder = createClient(async (request) => {
    seen.push(request.clone());
    return exports.default.fetch(request);
  }).with({ 'X-One': '1' });
  await recorder.as({ accessToken: 'abc' }).get('/health', { query: { a: [1, 2].map(String), b: undefined } });
  await recorder.as({ email: 'a@example.test', password: 'b' }).post('/nowhere', { c: 3 });
  await recorder.post('/nowhere', new URLSearchParams({ d: '4' }));
  const [get, json, form] = seen;
  expect(get!.url).toBe('https://api.example.test/health?a=1&a=2');
  expect(get!.headers.get('authorization')).toBe('Bearer abc');
  expect(get!.headers.get('x-one')).toBe('1');
  expect(json!.headers.get('authorization')).toBe(`Basic ${btoa('a@example.test:b')}`);
  expect(json!.headers.get('content-type')).toBe('application/json');
  expect(await json!.json()).toEqual({ c: 3 });
  expect(form!.headers.get('content-type')).toMatch(/^application\/x-www-form-urlencoded/);
  expect(form!.headers.get('authorization')).toBeNull();
});
