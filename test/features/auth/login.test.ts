import { beforeAll, describe, expect, test } from 'vitest';
import { createSuperuser, createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';

const PATH = '/api/v1/auth/login';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

describe('a login', () => {
  test.each([
    ['JSON with email', () => ({ email: user.email, password: user.password })],
    ['JSON with username', () => ({ username: user.username, password: user.password })],
    ['JSON with the address as username', () => ({ username: user.email, password: user.password })],
    ['JSON in other case', () => ({ email: user.email.toUpperCase(), password: user.password })],
    [
      'urlencoded with what OAuth clients add',
      () =>
        new URLSearchParams({
          grant_type: 'password',
          username: user.email,
          password: user.password,
          scope: '',
          client_id: '',
        }),
    ],
    ['urlencoded with the user name', () => new URLSearchParams({ username: user.username, password: user.password })],
    ['multipart', () => form({ username: user.email, password: user.password })],
  ])('takes %s', async (_, body) => {
    const answer = await api.post(PATH, body());
    expect(answer.status).toBe(200);
    expect(await api.as({ accessToken: answer.body.access_token }).get('/api/v1/auth/me')).toMatchObject({
      status: 200,
      body: { id: user.id },
    });
  });

  test('answers clients of both generations', async () => {
    const { body, headers } = await api.post(`${PATH}/`, { email: user.email, password: user.password });
    const { status, message, data, request_id, timestamp, ...top } = body;
    expect(top).toEqual(data);
    expect({ status, message, request_id }).toEqual({
      status: 'success',
      message: 'Logged in.',
      request_id: headers.get('x-request-id'),
    });
    expect(Date.parse(timestamp)).toBeGreaterThan(Date.now() - 60_000);
    expect(top).toMatchObject({ token_type: 'bearer', expires_in: 1800, user: { id: user.id, role: 'user' } });
    expect(Object.keys(top.user)).toHaveLength(15);
    const claims = JSON.parse(Buffer.from(top.access_token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ sub: user.email, user_id: user.id, type: 'access' });
    expect(claims.exp - claims.iat).toBe(1800);
  });

  test('is written down, without changing the account', async () => {
    const [before] = await sql`select updated_at from users where id = ${user.id}`;
    await sql`update users set last_login_at = null where id = ${user.id}`;
    await api.post(PATH, { email: user.email, password: user.password });
    const [after] = await sql`select updated_at, last_login_at is not null as seen from users where id = ${user.id}`;
    expect(after).toEqual({ ...before, seen: true });
  });

  test('shows administrators as such', async () => {
    const admin = await createSuperuser();
    const { body } = await api.post(PATH, { email: admin.email, password: admin.password });
    expect(body.user).toMatchObject({ role: 'admin', is_superuser: true });
  });

  test('costs two round trips', async () => {
    const { headers } = await api.post(PATH, { email: user.email, password: user.password });
    expect(headers.get('server-timing')).toContain('desc="2"');
  });
});

describe('refuses', () => {
  test('a wrong password and an unknown account alike, in the language of the request', async () => {
    const wrong = await api.post(PATH, { email: user.email, password: 'Wrong.Password.1' });
    const unknown = await api.post(PATH, { email: `nobody-${user.email}`, password: 'Wrong.Password.1' });
    for (const { status, body, headers } of [wrong, unknown]) {
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: 'invalid_credentials', detail: 'E-mail or password is incorrect.' });
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(headers.get('server-timing')).toContain('desc="1"');
    }
    const pt = await api.post(PATH, { email: user.email, password: 'x' }, { headers: { 'Accept-Language': 'pt-BR' } });
    expect(pt.body.detail).toBe('Email ou senha incorretos');
  });

  test('somebody disabled, but only after the right password', async () => {
    const disabled = await createUser();
    await sql`update users set is_active = false where id = ${disabled.id}`;
    const right = await api.post(PATH, { email: disabled.email, password: disabled.password });
    expect(right).toMatchObject({ status: 401, body: { code: 'account_disabled' } });
    const wrong = await api.post(PATH, { email: disabled.email, password: 'Wrong.Password.1' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  });

  test.each([
    ['no password', { email: 'a@example.test' }, 'password'],
    ['neither name', { password: 'x' }, 'username'],
    ['an empty name', { username: '  ', password: 'x' }, 'username'],
    ['a number for a name', { username: 7, password: 'x' }, 'username'],
    ['an endless password', { username: 'a', password: 'x'.repeat(1001) }, 'password'],
    ['an endless name', { username: 'a'.repeat(300), password: 'x' }, 'username'],
  ])('%s', async (_, body, field) => {
    const answer = await api.post(PATH, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ loc }: { loc: string[] }) => loc[1])).toContain(field);
  });

  test('forms with a field missing, with a file for a password, and broken ones', async () => {
    expect(await api.post(PATH, new URLSearchParams({ username: user.email }))).toMatchObject({ status: 422 });
    const file = form({ username: user.email });
    file.set('password', new File([user.password], 'password.txt'));
    expect(await api.post(PATH, file)).toMatchObject({ status: 422 });
    const broken = { headers: { 'Content-Type': 'multipart/form-data; boundary=x' } };
    expect(await api.post(PATH, 'not multipart', broken)).toMatchObject({ status: 400 });
  });
});

describe('by HTTP Basic', () => {
  const DOCS_LOGIN = '/api/v1/auth/docs-login';

  test('gives the same tokens', async () => {
    const { status, body } = await api.as({ email: user.email, password: user.password }).post(DOCS_LOGIN);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'success', expires_in: 1800, data: { user: { id: user.id } } });
    expect(await api.as({ accessToken: body.access_token }).get('/api/v1/auth/me')).toMatchObject({ status: 200 });
    expect(await api.post('/api/v1/auth/refresh', { refresh_token: body.refresh_token })).toMatchObject({
      status: 200,
    });
  });

  test('a token does not open another session', async () => {
    expect(await user.post(DOCS_LOGIN)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await api.post(DOCS_LOGIN)).toMatchObject({ status: 401 });
    const wrong = api.as({ email: user.email, password: 'Wrong.Password.1' });
    expect(await wrong.post(DOCS_LOGIN)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  });
});
