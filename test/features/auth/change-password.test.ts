import { beforeEach, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { eventually } from '../../helpers/eventually.ts';
import { sql } from '../../helpers/database.ts';
import { inboxOf, mailedToken } from '../../helpers/mail.ts';

const PATH = '/api/v1/auth/change-password';
const NEW_PASSWORD = 'Brand.New.Password.1';

let user: User;
beforeEach(async () => {
  user = await createUser();
});

const logIn = (password: string) => api.post('/api/v1/auth/login', { email: user.email, password });
const fields = (current_password = user.password, new_password = NEW_PASSWORD) => ({ current_password, new_password });

test.each<[string, () => unknown]>([
  ['JSON', () => fields()],
  ['urlencoded', () => new URLSearchParams(fields())],
  [
    'multipart',
    () => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields())) form.set(name, value);
      return form;
    },
  ],
])('by %s: the new password holds, other sessions end, and a mail tells of it', async (_, body) => {
  const { body: other } = await logIn(user.password);
  expect(await user.post(PATH, body())).toMatchObject({ status: 200, body: { message: 'Password changed.' } });
  expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 200 });
  expect(await api.post('/api/v1/auth/refresh', { refresh_token: user.refreshToken })).toMatchObject({ status: 200 });
  expect(await api.as({ accessToken: other.access_token }).get('/api/v1/auth/me')).toMatchObject({ status: 401 });
  expect(await logIn(user.password)).toMatchObject({ status: 401 });
  expect(await logIn(NEW_PASSWORD)).toMatchObject({ status: 200 });
  await eventually(async () =>
    (await inboxOf(user.email)).some(({ subject }) => subject === 'Your password was changed'),
  );
});

test('a wrong current password changes nothing', async () => {
  const { body: other } = await logIn(user.password);
  const pt = { headers: { 'Accept-Language': 'pt' } };
  expect(await user.post(PATH, fields('Wrong.Password.1'), pt)).toMatchObject({
    status: 400,
    body: { code: 'wrong_password', detail: 'Senha atual incorreta' },
  });
  expect(await api.as({ accessToken: other.access_token }).get('/api/v1/auth/me')).toMatchObject({ status: 200 });
  expect(await logIn(user.password)).toMatchObject({ status: 200 });
  expect(await sql`select id from mail_outbox where user_id = ${user.id} and template = 'password_changed'`).toEqual(
    [],
  );
});

test('the new one must be strong', async () => {
  const { status, body } = await user.post(PATH, fields(user.password, 'alllowercase'));
  expect(status).toBe(422);
  expect(body.errors.every(({ loc }: { loc: string[] }) => loc[1] === 'new_password')).toBe(true);
  expect(await user.post(PATH, new URLSearchParams({ current_password: user.password }))).toMatchObject({
    status: 422,
  });
});

test('of several changes at once one wins', async () => {
  const answers = await Promise.all(
    [1, 2, 3].map((n) => user.post(PATH, fields(user.password, `${NEW_PASSWORD}${n}`))),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400]);
  expect(
    await sql`select id from mail_outbox where user_id = ${user.id} and template = 'password_changed'`,
  ).toHaveLength(1);
});

test('links to reset the former one end', async () => {
  await api.post('/api/v1/auth/forgot-password', { email: user.email });
  const token = await mailedToken(user.email, 'reset-password');
  await user.post(PATH, fields());
  const reset = await api.post('/api/v1/auth/reset-password', { token, new_password: 'Thief.Password.1' });
  expect(reset).toMatchObject({ status: 400, body: { code: 'invalid_mail_token' } });
});

test('with Basic all sessions end', async () => {
  const basic = api.as({ email: user.email, password: user.password });
  expect(await basic.post(PATH, fields())).toMatchObject({ status: 200 });
  expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
});

test('nobody changes a password', async () => {
  expect(await api.post(PATH, fields())).toMatchObject({ status: 401 });
});
