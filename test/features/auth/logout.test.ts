import { beforeEach, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';

let user: User;
beforeEach(async () => {
  user = await createUser();
});

const refresh = (refreshToken: string) => api.post('/api/v1/auth/refresh', { refresh_token: refreshToken });

async function logInAgain() {
  const { body } = await api.post('/api/v1/auth/login', { email: user.email, password: user.password });
  return { refreshToken: body.refresh_token as string, ...api.as({ accessToken: body.access_token }) };
}

test.each([
  ['without a body', () => undefined],
  ['with an empty body', () => ({})],
  ['with the refresh token', () => ({ refresh_token: user.refreshToken })],
  ['with null', () => ({ refresh_token: null })],
  ['with a refresh token that is none', () => ({ refresh_token: 'nonsense' })],
])('logging out %s ends the session, its access token at once', async (_, body) => {
  const other = await logInAgain();
  expect(await user.post('/api/v1/auth/logout', body())).toMatchObject({
    status: 200,
    body: { message: 'Logged out.' },
  });
  expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  expect(await refresh(user.refreshToken)).toMatchObject({ status: 401 });
  expect(await other.get('/api/v1/auth/me')).toMatchObject({ status: 200 });
});

test('logging out again answers the same', async () => {
  await user.post('/api/v1/auth/logout');
  expect(await user.post('/api/v1/auth/logout/', undefined, { headers: { 'Accept-Language': 'pt' } })).toMatchObject({
    status: 200,
    body: { message: 'Logout realizado com sucesso' },
  });
});

test('a refresh token of another session ends that one too', async () => {
  const other = await logInAgain();
  await user.post('/api/v1/auth/logout', { refresh_token: other.refreshToken });
  expect(await other.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
});

test('with Basic there is no session to end, but one can be named', async () => {
  const basic = api.as({ email: user.email, password: user.password });
  expect(await basic.post('/api/v1/auth/logout')).toMatchObject({ status: 200 });
  expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 200 });
  expect(await basic.post('/api/v1/auth/logout', { refresh_token: user.refreshToken })).toMatchObject({ status: 200 });
  expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
});

test('nobody logs out', async () => {
  expect(await api.post('/api/v1/auth/logout')).toMatchObject({ status: 401 });
  expect(await api.post('/api/v1/auth/logout-all')).toMatchObject({ status: 401 });
});

test('logging out everywhere ends every session, and nobody else’s', async () => {
  const [other, stranger] = await Promise.all([logInAgain(), createUser()]);
  expect(await user.post('/api/v1/auth/logout-all')).toMatchObject({ status: 200 });
  expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
  expect(await other.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
  expect(await refresh(other.refreshToken)).toMatchObject({ status: 401 });
  expect(await stranger.get('/api/v1/auth/me')).toMatchObject({ status: 200 });
});
