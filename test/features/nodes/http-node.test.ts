import { describe, expect, test } from 'vitest';
import { effectOf, findNodeType } from '../../../src/features/nodes/index.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';
import { outputOf, runNode } from '../../helpers/nodes.ts';

const http = findNodeType('http')!;

const open = () => {
  const remote = openRemote();
  return { ...remote, url: (...args: Parameters<typeof remote.url>) => atAllowedHost(remote.url(...args)) };
};

describe('a node that sends a request', () => {
  test('does what its example says', async () => {
    const remote = open();
    const { config, input, output } = http.example;
    const url = remote.url('hook', { codes: 201, text: '{"id":"o-1"}' });
    const scope = { variables: { SHOP_TOKEN: 'tok-of-the-shop' } };
    const got = await outputOf('http', { ...config, url }, input, { scope, key: 'k-1' });
    const { status, body, extracted_value } = output as Record<string, unknown>;
    expect(got).toMatchObject({ status, body, extracted_value, url });
    const [sent] = await remote.received();
    expect(sent).toMatchObject({
      method: 'POST',
      headers: {
        authorization: 'Bearer tok-of-the-shop',
        'idempotency-key': 'k-1',
        'content-type': 'application/json',
      },
      body: '{"customer":17}',
    });
  });

  test.each([
    [
      { method: 'get', params: { a: 'x y', list: [1, 2], none: null } },
      { method: 'GET', body: '' },
    ],
    [{ body: 'plain' }, { method: 'POST', body: 'plain' }],
    [
      { method: 'PUT', dynamic_body: '{ "n": input.n * 2 }' },
      { method: 'PUT', body: '{"n":4}' },
    ],
    [
      { body: { a: 1, b: 'x y' }, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      { body: 'a=1&b=x+y' },
    ],
    [
      { method: 'GET', body: { ignored: true } },
      { method: 'GET', body: '' },
    ],
  ])('%j arrives', async (config, expected) => {
    const remote = open();
    const url = remote.url('hook', { codes: 200, text: '[]' });
    await outputOf('http', { url, ...config }, { n: 2 });
    const [sent] = await remote.received();
    expect(sent).toMatchObject(expected);
    if ('params' in config) expect(sent!.url).toContain('a=x+y&list=1&list=2');
  });

  test.each([
    [{ auth_type: 'basic', username: 'ada', password: 'pass-word' }, 'authorization', 'Basic YWRhOnBhc3Mtd29yZA=='],
    [{ auth_type: 'oauth2', access_token: 'tok-1234' }, 'authorization', 'Bearer tok-1234'],
    [{ auth_type: 'api_key', api_key: 'key-1234' }, 'x-api-key', 'key-1234'],
    [{ auth_type: 'custom', auth_headers: { 'X-Sign': 'sig-1234' } }, 'x-sign', 'sig-1234'],
    [{ auth_type: 'bearer', use_user_variable: true, token_variable: 'TOK' }, 'authorization', 'Bearer tok-of-run'],
  ])('shows who it is by %j, and never tells', async (auth, header, value) => {
    const remote = open();
    const run = { scope: { variables: { TOK: 'tok-of-run' } } };
    const { outcome, logs } = await runNode('http', { url: remote.url('echo'), ...auth }, {}, run);
    const said = JSON.stringify([outcome, logs]);
    // The server says all that it was sent.
    expect((outcome.output as any).body.headers[header]).toMatch(/\*{4}/);
    expect(said).not.toContain(value);
    await runNode('http', { url: remote.url('hook'), ...auth }, {}, run);
    expect((await remote.received())[0]!.headers[header]).toBe(value);
  });

  test('puts a key into the query where that is asked for, and masks it there', async () => {
    const remote = open();
    const config = { auth_type: 'api_key', api_key: 'key-of-query', api_key_name: 'k', api_key_location: 'query' };
    const output = await outputOf('http', { url: remote.url('hook'), ...config });
    expect(output.url).toContain('k=****');
    expect((await remote.received())[0]!.url).toContain('k=key-of-query');
  });

  test('reads JSON, text and bytes', async () => {
    const remote = open();
    expect((await outputOf('http', { url: remote.url('hook', { text: '{"a":[1]}' }) })).body).toEqual({ a: [1] });
    expect((await outputOf('http', { url: remote.url('hook', { text: 'hello' }) })).body).toBe('hello');
    expect((await outputOf('http', { url: remote.url('status', { code: 204 }) })).body).toBeNull();
    const kept = await outputOf('http', { url: remote.url('hook', { text: '{"a":"x\\u0000\\ud800"}' }) });
    expect(kept.body).toEqual({ a: 'x\ufffd\ufffd' });
  });

  test.each([
    [429, 'POST', true],
    [503, 'POST', true],
    [500, 'GET', true],
    [500, 'POST', false],
    [404, 'GET', false],
  ])('fails at %i of a %s; trying again: %j', async (code, method, isRetryable) => {
    const remote = open();
    const url = remote.url('hook', { codes: code, retry: 7, text: 'why not' });
    await expect(outputOf('http', { url, method })).rejects.toMatchObject({
      code: 'http_status',
      isRetryable,
      retryAfterMs: 7_000,
      waitReason: code === 429 ? 'node_rate' : 'retry',
      details: { status: code, body: 'why not' },
    });
  });

  test('takes the statuses that it is told to take', async () => {
    const remote = open();
    const url = remote.url('status', { code: 404 });
    expect(await outputOf('http', { url, validate_status: false })).toMatchObject({ status: 404 });
    expect(await outputOf('http', { url, validate_status: [404] })).toMatchObject({ status: 404 });
    await expect(outputOf('http', { url, validate_status: [200] })).rejects.toMatchObject({ code: 'http_status' });
  });

  test('follows redirects, or not', async () => {
    const remote = open();
    const to = remote.url('hook', { text: 'there' });
    const url = remote.url('redirect', { to });
    expect(await outputOf('http', { url })).toMatchObject({ status: 200, body: 'there', url: to });
    expect(await outputOf('http', { url, follow_redirects: false, validate_status: [302] })).toMatchObject({
      status: 302,
    });
  });

  test('goes nowhere that is private, and takes no more than it can hold', async () => {
    const remote = openRemote();
    for (const url of [remote.url('echo'), 'http://169.254.169.254/latest', 'file:///etc/passwd']) {
      await expect(outputOf('http', { url })).rejects.toMatchObject({
        code: 'address_not_allowed',
        isRetryable: false,
      });
    }
    expect((await remote.stats()).hits).toBe(0);
    const url = open().url('bytes', { n: 11 * 1024 * 1024 });
    await expect(outputOf('http', { url })).rejects.toMatchObject({ code: 'remote_answer_too_large' });
  });

  test('gives up at its time, and when it is told to', async () => {
    const url = open().url('silent');
    const failure = outputOf('http', { url, timeout: 1 });
    await expect(failure).rejects.toMatchObject({ code: 'remote_timeout', isRetryable: true });
    await expect(outputOf('http', { url, timeout: 1, method: 'POST' })).rejects.toMatchObject({ isRetryable: false });
    const gone = new AbortController();
    const left = outputOf('http', { url }, {}, { signal: gone.signal });
    setTimeout(() => gone.abort(new Error('stopped')), 50);
    await expect(left).rejects.toThrow('stopped');
  });

  test.each([
    [{}, 'pure'],
    [{ method: 'HEAD' }, 'pure'],
    [{ method: 'delete' }, 'idempotent'],
    [{ method: 'PUT' }, 'idempotent'],
    [{ method: 'POST' }, 'unsafe'],
    [{ body: {} }, 'unsafe'],
    [{ method: '{{m}}' }, 'unsafe'],
    [{ method: 'POST', idempotency_key: true }, 'idempotent'],
  ])('%j is %s', (config, effect) => {
    expect(effectOf(http, config)).toBe(effect);
  });
});
