import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { createGuardedFetch } from '../../../src/platform/fetch/guarded-fetch.ts';
import type { FetchInit } from '../../../src/platform/fetch/request.ts';
import { atHost, openRemote } from '../../helpers/remote.ts';
import { eventually } from '../../helpers/eventually.ts';

const nobody = { resolve: async () => [] };

/** The server of the test is the operator's own here. */
const guardedFetch = createGuardedFetch({ resolver: nobody, allowPrivate: [env.REMOTE_SERVER, 'localhost'] });

const MIB = 1024 * 1024;

describe('a host of the operator', () => {
  test('is reached although it is private, by this name and port alone', async () => {
    const remote = openRemote();
    expect((await guardedFetch(remote.url('echo'))).status).toBe(200);
    expect((await guardedFetch(atHost(remote.url('echo'), `localhost:${remote.port}`))).status).toBe(200);
    for (const host of [
      `127.0.0.2:${remote.port}`,
      '127.0.0.1:1234',
      `[::1]:${remote.port}`,
      `localhost.:${remote.port}`,
    ]) {
      await expect(guardedFetch(atHost(remote.url('echo'), host))).rejects.toMatchObject({
        code: 'address_not_allowed',
      });
    }
    expect((await remote.stats()).hits).toBe(2);
  });

  test('leads nowhere else by redirects: each is followed here, and checked', async () => {
    const [remote, secret] = [openRemote(), openRemote()];
    for (const status of [301, 302, 303, 307, 308]) {
      const hidden = atHost(secret.url('echo'), `127.0.0.2:${secret.port}`);
      const answer = guardedFetch(remote.url('redirect', { to: hidden, status }));
      await expect(answer).rejects.toMatchObject({ code: 'address_not_allowed' });
    }
    expect((await secret.stats()).hits).toBe(0);
    const answer = await guardedFetch(remote.url('redirect', { to: secret.url('echo') }));
    expect(answer).toMatchObject({ status: 200, redirects: 1, url: secret.url('echo') });
    expect((await secret.stats()).hits).toBe(1);
  });

  test('gets what the caller gave, and nothing of the platform', async () => {
    const answer = await guardedFetch(openRemote().url('echo'), {
      method: 'post',
      headers: {
        'X-Api-Key': 'mine',
        Host: 'metadata.google.internal',
        'Content-Length': '3',
        'Transfer-Encoding': 'chunked',
        Connection: 'upgrade',
        Upgrade: 'websocket',
        'Accept-Encoding': 'zstd',
        'CF-Connecting-IP': '127.0.0.1',
        'X-Forwarded-For': '127.0.0.1',
        'Proxy-Authorization': 'Basic eDp5',
      },
      body: 'é',
    });
    const { method, headers, body } = JSON.parse(await answer.text());
    expect({ method, body }).toEqual({ method: 'POST', body: 'é' });
    expect(headers).toMatchObject({ 'x-api-key': 'mine', host: env.REMOTE_SERVER, 'content-length': '2' });
    const allowed = [
      'accept-encoding',
      'cache-control',
      // Whose Worker it is, which Cloudflare says to everybody.
      'cf-worker',
      'content-length',
      'content-type',
      'host',
      'pragma',
      'user-agent',
      'x-api-key',
    ];
    expect(Object.keys(headers).filter((name) => !allowed.includes(name))).toEqual([]);
    expect(headers['accept-encoding'] ?? '').not.toContain('zstd');
    const all = JSON.stringify(headers);
    for (const secret of [env.AUTH_SECRET, env.MAIL_API_KEY, env.DATABASE_URL]) expect(all).not.toContain(secret);
  });
});

describe('a request', () => {
  const { url } = openRemote();

  test.each<[string, FetchInit]>([
    ['a line break in a value', { headers: { 'X-A': 'a\r\nX-B: b' } }],
    ['half a line break in a value', { headers: { 'X-A': 'a\nb' } }],
    ['a line break in a name', { headers: { 'X-A\r\nX-B': 'b' } }],
    ['a space in a name', { headers: { 'X A': 'b' } }],
    ['no name', { headers: { '': 'b' } }],
    ['a control character', { headers: { 'X-A': 'a\u0001' } }],
    ['headers without end', { headers: { 'X-A': 'a'.repeat(40_000) } }],
    ['the method of proxies', { method: 'CONNECT' }],
    ['a method that echoes headers', { method: 'TRACE' }],
    ['a request in its method', { method: 'GET / HTTP/1.1\r\nX: y' }],
    ['a body where none belongs', { body: 'a GET has none' }],
  ])('with %s is not valid', async (_, init) => {
    await expect(guardedFetch(url('echo'), init)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  test('is bounded by the bytes of its body', async () => {
    const send = (body: string) => guardedFetch(url('echo'), { method: 'POST', body }, { requestBytes: 10 });
    expect((await send('é'.repeat(5))).status).toBe(200);
    await expect(send('é'.repeat(6))).rejects.toMatchObject({ code: 'payload_too_large' });
  });
});

describe('an answer', () => {
  test.each(['204', '205', '304', '404', '503', '599'])('of status %s is given as it is', async (code) => {
    const answer = await guardedFetch(openRemote().url('status', { code }));
    expect(answer.status).toBe(Number(code));
    expect(await answer.text()).toBe('');
  });

  test('to HEAD has no body, whatever length it tells of', async () => {
    const answer = await guardedFetch(
      openRemote().url('bytes', { n: 2 * MIB }),
      { method: 'HEAD' },
      { responseBytes: MIB },
    );
    expect(answer.headers.get('content-length')).toBe(String(2 * MIB));
    expect((await answer.bytes()).byteLength).toBe(0);
  });

  test('may be as large as the limit, and not a byte larger', async () => {
    const { url } = openRemote();
    const get = (n: number, more = {}) => guardedFetch(url('bytes', { n, ...more }), {}, { responseBytes: MIB });
    expect((await (await get(MIB)).bytes()).byteLength).toBe(MIB);
    expect((await (await get(MIB, { chunked: 1 })).bytes()).byteLength).toBe(MIB);
    await expect(get(MIB + 1)).rejects.toMatchObject({ code: 'remote_answer_too_large' });
    const chunked = await get(MIB + 1, { chunked: 1 });
    await expect(chunked.bytes()).rejects.toMatchObject({ code: 'remote_answer_too_large' });
  });

  test.each(['endless', 'bomb?n=50000000', 'bomb?n=50000000&encoding=br'])(
    '%s is cut off, and its connection closed',
    async (behaviour) => {
      const remote = openRemote();
      const [name, query] = behaviour.split('?');
      const options = Object.fromEntries(new URLSearchParams(query));
      const answer = await guardedFetch(remote.url(name!, options), {}, { responseBytes: MIB });
      await expect(answer.text()).rejects.toMatchObject({ code: 'remote_answer_too_large' });
      await eventually(async () => (await remote.stats()).open === 0);
    },
  );

  test('that was compressed comes decompressed, and says so', async () => {
    const answer = await guardedFetch(openRemote().url('bomb', { n: 1000 }));
    expect((await answer.bytes()).byteLength).toBe(1000);
    expect(answer.headers.has('content-encoding')).toBe(false);
  });

  test.each(['silent', 'drip'])('that is %s ends at the time limit, and its connection closes', async (behaviour) => {
    const remote = openRemote();
    const startedAt = Date.now();
    const read = async () => (await guardedFetch(remote.url(behaviour), {}, { timeMs: 300 })).text();
    await expect(read()).rejects.toMatchObject({ code: 'remote_timeout', options: { params: { limit: 0.3 } } });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await eventually(async () => (await remote.stats()).open === 0);
  });

  test('that is not read does not keep its connection', async () => {
    const remote = openRemote();
    await guardedFetch(remote.url('endless'), {}, { timeMs: 300 });
    await eventually(async () => (await remote.stats()).open === 0);
    const answer = await guardedFetch(remote.url('endless'));
    await answer.body!.cancel();
    await eventually(async () => (await remote.stats()).open === 0);
  });

  test('that breaks off, or a port where nobody listens, is the other side’s failure', async () => {
    const answer = await guardedFetch(openRemote().url('broken'));
    await expect(answer.text()).rejects.toMatchObject({ code: 'remote_unavailable' });
    await expect(guardedFetch('http://localhost:1025/')).rejects.toMatchObject({ code: 'remote_unavailable' });
  });

  test('is not waited for when the caller has gone', async () => {
    const gone = new AbortController();
    const remote = openRemote();
    const answer = guardedFetch(remote.url('silent'), { signal: gone.signal });
    setTimeout(() => gone.abort(new Error('gone')), 100);
    await expect(answer).rejects.toThrow('gone');
    await eventually(async () => (await remote.stats()).open === 0);
    await expect(guardedFetch(remote.url('echo'), { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow(
      'gone',
    );
  });

  test('is not waited for while its name is looked up for ever', async () => {
    const slow = createGuardedFetch({ resolver: { resolve: () => new Promise(() => {}) } });
    await expect(slow('http://a.example.com/', {}, { timeMs: 100 })).rejects.toMatchObject({ code: 'remote_timeout' });
  });
});
