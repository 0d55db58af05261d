import { describe, expect, test } from 'vitest';
import { createUser } from '../helpers/actors.ts';
import { api } from '../helpers/api.ts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

describe('the request id', () => {
  test('is the client’s, in the header and in problems', async () => {
    const { headers, body } = await api.get('/nowhere', { headers: { 'X-Request-ID': 'trace:abc_1.2-3' } });
    expect(headers.get('x-request-id')).toBe('trace:abc_1.2-3');
    expect(body.request_id).toBe('trace:abc_1.2-3');
  });

  test('is made where there is none', async () => {
    const [first, second] = await Promise.all([api.get('/'), api.get('/')]);
    expect(first.headers.get('x-request-id')).toMatch(UUID);
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  });

  test.each(['', 'x'.repeat(129), 'with space', '<script>', 'ü', 'a"b'])('is made instead of %j', async (id) => {
    const { headers } = await api.get('/', { headers: { 'X-Request-ID': id } });
    expect(headers.get('x-request-id')).toMatch(UUID);
  });
});

describe('the timing', () => {
  const timingOf = (headers: Headers) => headers.get('server-timing')!;

  test('tells the time in all and at the database', async () => {
    const user = await createUser();
    const { headers } = await user.get('/api/v1/auth/me');
    expect(timingOf(headers)).toMatch(/^total;dur=\d+, db;dur=\d+;desc="1"$/);
    expect(headers.get('x-process-time')).toMatch(/^\d+\.\d{3}$/);
  });

  test('counts no round trip where none was needed', async () => {
    for (const path of ['/info', '/nowhere', '/api/v1/auth/me']) {
      const { headers } = await api.get(path);
      expect(timingOf(headers)).toContain('desc="0"');
    }
  });

  test('one round trip decides who a caller is and what he may do', async () => {
    const user = await createUser();
    const [me, list] = [await user.get('/api/v1/auth/me'), await user.get('/api/v1/auth/test-token')];
    for (const { headers } of [me, list]) expect(timingOf(headers)).toContain('desc="1"');
  });
});

describe('HEAD', () => {
  test('answers as GET does, without a body', async () => {
    const [get, head] = [await api.get('/info'), await api.request('HEAD', '/info')];
    expect(head).toMatchObject({ status: get.status, body: null });
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
  });
});
