import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Env } from '../../../src/env.ts';
import { createRefreshToken, readRefreshToken } from '../../../src/features/auth/tokens/refresh-token.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';

const refresh = (refreshToken: unknown, headers = {}) =>
  api.post('/api/v1/auth/refresh', { refresh_token: refreshToken }, { headers });

const REFUSED = { status: 401, body: { code: 'invalid_refresh_token' } };

let user: User;
let sessionId: string;
beforeEach(async () => {
  user = await createUser();
  sessionId = readRefreshToken(env as unknown as Env, user.refreshToken)!.sessionId;
});

const pass = (seconds: number) =>
  sql`update sessions set rotated_at = rotated_at - make_interval(secs => ${seconds}) where id = ${sessionId}`;

describe('a refresh token', () => {
  test('gives a successor and a new access token, in one round trip', async () => {
    const { status, body, headers } = await refresh(user.refreshToken);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 1800, user: { id: user.id }, status: 'success' });
    expect(body.data.refresh_token).toBe(body.refresh_token);
    expect(body.refresh_token).not.toBe(user.refreshToken);
    expect(headers.get('server-timing')).toContain('desc="1"');
    expect(await api.as({ accessToken: body.access_token }).get('/api/v1/auth/me')).toMatchObject({ status: 200 });
    expect(await refresh(body.refresh_token)).toMatchObject({ status: 200 });
  });

  test('answers the same successor for 30 seconds, and ends the session after that', async () => {
    const { body: first } = await refresh(user.refreshToken);
    await pass(29);
    const { body: again } = await refresh(user.refreshToken);
    expect(again.refresh_token).toBe(first.refresh_token);
    await pass(2);
    expect(await refresh(user.refreshToken)).toMatchObject(REFUSED);
    expect(await refresh(first.refresh_token)).toMatchObject(REFUSED);
    expect(await api.as({ accessToken: first.access_token }).get('/api/v1/auth/me')).toMatchObject({ status: 401 });
    expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
  });

  test('older than the one before ends the session at once', async () => {
    const { body: second } = await refresh(user.refreshToken);
    const { body: third } = await refresh(second.refresh_token);
    expect(await refresh(user.refreshToken)).toMatchObject(REFUSED);
    expect(await refresh(third.refresh_token)).toMatchObject(REFUSED);
  });

  test('in many requests at once rotates once, and all get the same', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(user.refreshToken)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.refresh_token}`)).size).toBe(1);
    expect(await sql`select generation from sessions where id = ${sessionId}`).toEqual([{ generation: 1 }]);
  });

  test('lives for seven days from each refresh, and ninety in all', async () => {
    await sql`update sessions set expires_at = now() + interval '1 hour' where id = ${sessionId}`;
    const { body } = await refresh(user.refreshToken);
    const [{ days }] = (await sql`
      select round(extract(epoch from expires_at - now()) / 86400, 2)::float as days
      from sessions where id = ${sessionId}`) as [{ days: number }];
    expect(days).toBe(7);
    await sql`update sessions set created_at = now() - interval '89 days' where id = ${sessionId}`;
    const { body: last } = await refresh(body.refresh_token);
    const [{ hours }] = (await sql`
      select round(extract(epoch from expires_at - now()) / 3600)::int as hours
      from sessions where id = ${sessionId}`) as [{ hours: number }];
    expect(hours).toBe(24);
    await sql`update sessions set expires_at = now() where id = ${sessionId}`;
    expect(await refresh(last.refresh_token)).toMatchObject(REFUSED);
  });

  test('of a disabled account says so, and is not spent', async () => {
    await sql`update users set is_active = false where id = ${user.id}`;
    expect(await refresh(user.refreshToken)).toMatchObject({ status: 401, body: { code: 'account_disabled' } });
    await sql`update users set is_active = true where id = ${user.id}`;
    expect(await refresh(user.refreshToken)).toMatchObject({ status: 200 });
  });
});

describe('is not', () => {
  test.each([
    ['text', () => 'nonsense'],
    ['an access token', () => user.accessToken],
    ['a token with a bit changed', () => user.refreshToken.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))],
    ['a token of the next generation, not signed', () => forge(1)],
    [
      'a token of a session that never was',
      () => createRefreshToken(env as unknown as Env, { sessionId: crypto.randomUUID(), generation: 0 }),
    ],
  ])('%s', async (_, token) => {
    expect(await refresh(token())).toMatchObject(REFUSED);
    // Whoever made it up has not ended the session.
    expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 200 });
  });

  function forge(generation: number): string {
    const bytes = Buffer.from(user.refreshToken, 'base64url');
    bytes.writeUInt32BE(generation, 16);
    return bytes.toString('base64url');
  }

  test('an access token', async () => {
    const { body } = await refresh(user.refreshToken);
    expect(await api.as({ accessToken: body.refresh_token }).get('/api/v1/auth/me')).toMatchObject({ status: 401 });
  });

  test('anything but a text', async () => {
    for (const token of [null, 7, {}, '']) expect(await refresh(token)).toMatchObject({ status: 422 });
    expect(await refresh('x', { 'Accept-Language': 'pt' })).toMatchObject({
      body: { detail: 'Refresh token inválido ou expirado' },
    });
  });
});
