import { beforeEach, describe, expect, test } from 'vitest';
import { accountSlot } from '../../../src/features/auth/throttle/rules.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { api, type Client } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';

const ME = '/api/v1/auth/me';
const { env } = createTestCtx();

let user: User;
let basic: Client;
beforeEach(async () => {
  user = await createUser();
  basic = api.as({ email: user.email, password: user.password });
});

const roundTrips = ({ headers }: { headers: Headers }) =>
  Number(/db;dur=\d+;desc="(\d+)"/.exec(headers.get('server-timing')!)![1]);

describe('HTTP Basic', () => {
  test('checks the password once, then costs what a token does', async () => {
    const first = await basic.get(ME);
    expect(first).toMatchObject({ status: 200, body: { id: user.id } });
    expect(roundTrips(first)).toBeGreaterThan(1);
    for (let i = 0; i < 3; i++) expect(roundTrips(await basic.get(ME))).toBe(1);
  });

  test('takes the user name, and passwords with colons and beyond ASCII', async () => {
    expect(await api.as({ email: user.username.toUpperCase(), password: user.password }).get(ME)).toMatchObject({
      status: 200,
    });
    const password = 'Olá:Senha:1!ção';
    await user.post('/api/v1/auth/change-password', { current_password: user.password, new_password: password });
    expect(await api.as({ email: user.email, password }).get(ME)).toMatchObject({ status: 200 });
  });

  test('checks the password once for requests that come together, however many', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => basic.get(ME)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter((answer) => roundTrips(answer) > 2)).toHaveLength(1);
  });

  test('refuses what is wrong, every time, and counts it as a guess', async () => {
    const wrong = api.as({ email: user.email, password: 'Wrong.Password.1' });
    for (let guess = 1; guess <= 5; guess++) {
      expect(await wrong.get(ME)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    }
    const attempts = await sql`select attempts from login_attempts where key = ${accountSlot(env, user.email).key}`;
    expect(attempts).toEqual([{ attempts: 5 }]);
  });

  test('forgets the former password when it changes, here and in other isolates', async () => {
    await basic.get(ME);
    const change = { current_password: user.password, new_password: 'Another.Password.2' };
    expect(await user.post('/api/v1/auth/change-password', change)).toMatchObject({ status: 200 });
    expect(await basic.get(ME)).toMatchObject({ status: 401 });

    const renewed = api.as({ email: user.email, password: 'Another.Password.2' });
    expect(await renewed.get(ME)).toMatchObject({ status: 200 });
    // As another isolate sees it: the row changes, and nobody here is told.
    await sql`update users set password_hash = 'changed elsewhere' where id = ${user.id}`;
    expect(await renewed.get(ME)).toMatchObject({ status: 401 });
  });

  test('notices at once that an account is disabled or gone', async () => {
    await basic.get(ME);
    await sql`update users set is_active = false where id = ${user.id}`;
    expect(await basic.get(ME)).toMatchObject({ status: 401, body: { code: 'account_disabled' } });
    await sql`delete from workspaces where owner_id = ${user.id}`;
    await sql`delete from users where id = ${user.id}`;
    expect(await basic.get(ME)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  });
});

describe('an Authorization header', () => {
  test.each([
    ['without a colon', 'nocolon'],
    ['with an empty name', ':password'],
    ['with NUL in the name', 'a\0b:password'],
    ['with NUL in the password', 'ab:pass\0word'],
    ['that is too long', `a:${'x'.repeat(2000)}`],
  ])('%s is no credential at all', async (_, text) => {
    const Authorization = `Basic ${Buffer.from(text).toString('base64')}`;
    expect(await api.get(ME, { headers: { Authorization } })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
  });

  test.each(['Basic', 'Basic %%%', 'Bearer', 'Bearer  ', 'Digest x', ''])(
    '"%s" is none either',
    async (Authorization) => {
      expect(await api.get(ME, { headers: { Authorization } })).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      });
    },
  );
});
