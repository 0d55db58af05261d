import { beforeEach, describe, expect, test } from 'vitest';
import { sweepOutbox } from '../../../src/features/mail/index.ts';
import { createUser, randomIdentity, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { inboxOf, mailedToken } from '../../helpers/mail.ts';

const NEW_PASSWORD = 'Brand.New.Password.1';
const PT = { headers: { 'Accept-Language': 'pt-BR' } };
const INVALID = { status: 400, body: { code: 'invalid_mail_token' } };

const verify = (token: unknown) => api.post('/api/v1/auth/verify-email', { token });
const forgot = (email: string, options = {}) => api.post('/api/v1/auth/forgot-password', { email }, options);
const reset = (token: string, new_password = NEW_PASSWORD) =>
  api.post('/api/v1/auth/reset-password', { token, new_password });
const logIn = (email: string, password: string) => api.post('/api/v1/auth/login', { email, password });

const tokensOf = (userId: string, purpose: string) =>
  sql`select id from mail_tokens where user_id = ${userId} and purpose = ${purpose}`;

let user: User;
beforeEach(async () => {
  user = await createUser({ verified: false });
});

describe('confirming an address', () => {
  test('takes the token from the mail, once', async () => {
    const token = await mailedToken(user.email, 'verify-email');
    expect(await verify(token)).toMatchObject({ status: 200, body: { message: 'E-mail address confirmed.' } });
    expect(await user.get('/api/v1/auth/me')).toMatchObject({ body: { is_verified: true } });
    expect(await verify(token)).toMatchObject(INVALID);
  });

  test('works for one of many who try the same token', async () => {
    const token = await mailedToken(user.email, 'verify-email');
    const answers = await Promise.all(Array.from({ length: 10 }, () => verify(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
  });

  test('refuses what has expired, what is for something else, and what is nothing', async () => {
    const token = await mailedToken(user.email, 'verify-email');
    expect(await reset(token)).toMatchObject(INVALID);
    await sql`update mail_tokens set expires_at = now() where user_id = ${user.id}`;
    expect(await verify(token)).toMatchObject(INVALID);
    expect(await verify('nonsense')).toMatchObject(INVALID);
    expect(await verify(null)).toMatchObject({ status: 422 });
    const pt = await api.post('/api/v1/auth/verify-email', { token: 'nonsense' }, PT);
    expect(pt.body.detail).toBe('O token é inválido, expirou ou já foi usado.');
  });

  test('sends another mail on request, whose token works beside the first', async () => {
    const first = await mailedToken(user.email, 'verify-email');
    const { status, body } = await user.post('/api/v1/auth/resend-verification');
    expect(status).toBe(200);
    const mails = await eventually(async () => {
      const inbox = await inboxOf(user.email);
      return inbox.length === 2 && inbox;
    });
    expect(mails.every(({ subject }) => subject === 'Confirm your e-mail address')).toBe(true);
    const second = await mailedToken(user.email, 'verify-email');
    expect(second).not.toBe(first);
    expect(await verify(second)).toMatchObject({ status: 200 });

    const again = await user.post('/api/v1/auth/resend-verification');
    expect(again).toMatchObject({ status: 200, body });
    expect(await tokensOf(user.id, 'verify_email')).toHaveLength(2);
    expect(await api.post('/api/v1/auth/resend-verification')).toMatchObject({ status: 401 });
  });

  test('sends three mails and then no more for a while, without saying so', async () => {
    for (let i = 0; i < 5; i++)
      expect(await user.post('/api/v1/auth/resend-verification')).toMatchObject({ status: 200 });
    expect(await tokensOf(user.id, 'verify_email')).toHaveLength(1 + 3);
  });
});

describe('a forgotten password', () => {
  test('is replaced with the token from the mail; all sessions end, and the address counts as confirmed', async () => {
    expect(await forgot(user.email.toUpperCase())).toMatchObject({ status: 200 });
    const token = await mailedToken(user.email, 'reset-password');
    expect(await reset(token)).toMatchObject({ status: 200, body: { message: 'Password reset.' } });
    expect(await user.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
    expect(await api.post('/api/v1/auth/refresh', { refresh_token: user.refreshToken })).toMatchObject({ status: 401 });
    expect(await logIn(user.email, user.password)).toMatchObject({ status: 401 });
    expect(await logIn(user.email, NEW_PASSWORD)).toMatchObject({ status: 200, body: { user: { is_verified: true } } });
    const notice = await eventually(async () =>
      (await inboxOf(user.email)).find(({ subject }) => subject === 'Your password was changed'),
    );
    expect(notice.text).toContain(user.username);
  });

  test('lets in again who was kept out by guesses', async () => {
    await forgot(user.email);
    const token = await mailedToken(user.email, 'reset-password');
    for (let i = 0; i < 5; i++) await logIn(user.email, 'Wrong.Password.1');
    await reset(token);
    expect(await logIn(user.email, NEW_PASSWORD)).toMatchObject({ status: 200 });
  });

  test('is replaced by one of many who try the same token, and told of once', async () => {
    await forgot(user.email);
    const token = await mailedToken(user.email, 'reset-password');
    const answers = await Promise.all(Array.from({ length: 5 }, (_, n) => reset(token, `${NEW_PASSWORD}${n}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400]);
    expect(await reset(token)).toMatchObject(INVALID);
    const notices = await sql`select id from mail_outbox where user_id = ${user.id} and template = 'password_changed'`;
    expect(notices).toHaveLength(1);
  });

  test('ends every other token of its kind', async () => {
    await forgot(user.email);
    const first = await mailedToken(user.email, 'reset-password');
    await forgot(user.email);
    await eventually(async () => (await inboxOf(user.email)).length === 3);
    const second = await mailedToken(user.email, 'reset-password');
    expect(second).not.toBe(first);
    expect(await reset(second)).toMatchObject({ status: 200 });
    expect(await reset(first)).toMatchObject(INVALID);
  });

  test('needs a strong successor and a token that still holds', async () => {
    await forgot(user.email);
    const token = await mailedToken(user.email, 'reset-password');
    expect(await reset(token, 'weak')).toMatchObject({ status: 422 });
    await sql`update mail_tokens set expires_at = now() where user_id = ${user.id}`;
    expect(await reset(token)).toMatchObject(INVALID);
    expect(await reset('nonsense')).toMatchObject(INVALID);
    expect(await verify(token)).toMatchObject(INVALID);
  });

  test('is asked for in the same words, statements and headers whether or not there is an account', async () => {
    const { email: stranger } = randomIdentity();
    const known = await forgot(user.email);
    const unknown = await forgot(stranger);
    expect(unknown.body).toEqual(known.body);
    for (const { headers } of [known, unknown]) expect(headers.get('server-timing')).toContain('desc="1"');
    const names = ({ headers }: { headers: Headers }) => [...headers.keys()].toSorted();
    expect(names(unknown)).toEqual(names(known));
    expect(await sql`select id from mail_outbox where recipient = ${stranger}`).toEqual([]);
    expect((await forgot(stranger, PT)).body.message).toContain('Se o email estiver cadastrado');
    expect(await forgot('nonsense')).toMatchObject({ status: 422 });
  });

  test('sends three mails and then no more for a while, without saying so', async () => {
    for (let i = 0; i < 5; i++) expect(await forgot(user.email)).toMatchObject({ status: 200 });
    expect(await tokensOf(user.id, 'reset_password')).toHaveLength(3);
  });

  test('is not replaced for a disabled account', async () => {
    await forgot(user.email);
    const token = await mailedToken(user.email, 'reset-password');
    await sql`update users set is_active = false where id = ${user.id}`;
    expect(await reset(token)).toMatchObject(INVALID);
    await forgot(user.email);
    expect(await tokensOf(user.id, 'reset_password')).toHaveLength(1);
  });
});

test('no row holds a token that could be used, before or after its mail was sent', async () => {
  const verification = await mailedToken(user.email, 'verify-email');
  await forgot(user.email);
  await sql`update mail_outbox set next_attempt_at = now() + interval '1 day' where user_id = ${user.id} and status = 'queued'`;
  const before = await rowsOf(user.id);
  await sql`update mail_outbox set status = 'queued', next_attempt_at = now() where user_id = ${user.id} and template = 'reset_password'`;
  await sweepOutbox(createTestCtx());
  const resetting = await mailedToken(user.email, 'reset-password');
  const after = await eventually(async () => {
    const rows = await rowsOf(user.id);
    return !rows.some((row) => row.includes('"queued"')) && rows;
  });
  expect(before.length).toBeGreaterThanOrEqual(6);
  expect(after.length).toBe(before.length);
  for (const token of [verification, resetting, user.refreshToken, user.accessToken]) {
    for (const row of [...before, ...after]) expect(row).not.toContain(token);
  }
});

/** All rows of an account that could hold a secret, as text. */
async function rowsOf(userId: string): Promise<string[]> {
  const rows = await sql`
    select row_to_json(t)::text as row from mail_tokens t where user_id = ${userId}
    union all select row_to_json(o)::text from mail_outbox o where user_id = ${userId}
    union all select row_to_json(s)::text from sessions s where user_id = ${userId}
    union all select row_to_json(u)::text from users u where id = ${userId}`;
  return rows.map(({ row }) => row as string);
}
