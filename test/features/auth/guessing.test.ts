import { beforeEach, describe, expect, test } from 'vitest';
import { forgiveAttempts, reserveAttempt } from '../../../src/features/auth/throttle/queries.ts';
import { accountSlot, addressSlot } from '../../../src/features/auth/throttle/rules.ts';
import { createUser, randomIdentity, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';

const { db, env } = createTestCtx();

let user: User;
beforeEach(async () => {
  user = await createUser();
});

const WRONG = 'Wrong.Password.1';
const guess = (login: string, password = WRONG, headers = {}) =>
  api.post('/api/v1/auth/login', { username: login, password }, { headers });

const counterOf = async (login: string) =>
  (await sql`select attempts from login_attempts where key = ${accountSlot(env, login).key}`)[0]?.attempts ?? 0;

/** As if so many attempts had been made, the last one long enough ago. */
const setCounter = (key: string, attempts: number) => sql`
  insert into login_attempts (key, attempts, next_allowed_at) values (${key}, ${attempts}, now())
  on conflict (key) do update set attempts = excluded.attempts, next_allowed_at = now(), updated_at = now()`;

/** Lengthens a wait, if one was set, so that a slow machine does not sit it out. */
const prolong = (key: string) => sql`
  update login_attempts set next_allowed_at = next_allowed_at + interval '1 minute'
  where key = ${key} and next_allowed_at > to_timestamp(0)`;
const prolongAccount = (login: string) => prolong(accountSlot(env, login).key);

describe('guesses at one account', () => {
  test.each<[string, () => string]>([
    ['that exists, by address', () => user.email],
    ['that exists, by user name', () => user.username],
    ['that does not exist', () => randomIdentity().email],
  ])('%s: five are free, then even the right password has to wait', async (_, name) => {
    const login = name();
    for (let i = 0; i < 5; i++) expect((await guess(login)).status).toBe(401);
    await prolongAccount(login);
    const { status, body, headers } = await guess(login.toUpperCase(), user.password);
    expect(status).toBe(429);
    expect(body).toMatchObject({ code: 'login_throttled', detail: expect.stringMatching(/in \d+ s/) });
    expect(Number(headers.get('retry-after'))).toBeOneOf([60, 61]);
    expect(headers.get('server-timing')).toContain('desc="1"');
    const pt = await guess(login, WRONG, { 'Accept-Language': 'pt' });
    expect(pt.body.title).toBe('Muitas tentativas de login');
  });

  test.each([
    [3, null],
    [4, 1],
    [5, 2],
    [6, 4],
    [8, 16],
    [13, 300],
    [2_000_000, 300],
  ])('after %i attempts the next one sets a wait of %j s', async (attempts, seconds) => {
    const { key } = accountSlot(env, user.email);
    await setCounter(key, attempts);
    expect((await guess(user.email)).status).toBe(401);
    const [row] = await sql`
      select case when next_allowed_at > to_timestamp(0) then round(extract(epoch from next_allowed_at - updated_at))::int end
        as wait from login_attempts where key = ${key}`;
    expect(row!.wait).toBe(seconds);
  });

  test('that are refused do not count, so that waiting helps', async () => {
    await setCounter(accountSlot(env, user.email).key, 9);
    for (let i = 0; i < 5; i++) await guess(user.email);
    expect(await counterOf(user.email)).toBe(10);
  });

  test('in parallel are as many as one after the other', async () => {
    await setCounter(accountSlot(env, user.email).key, 9);
    const answers = await Promise.all(Array.from({ length: 12 }, () => guess(user.email)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(11);

    const slots = [
      { ...accountSlot(env, randomIdentity().email), baseSeconds: 60 },
      addressSlot(env, crypto.randomUUID()),
    ];
    const reservations = await Promise.all(Array.from({ length: 60 }, () => reserveAttempt(db, slots, null)));
    expect(reservations.filter(({ rows }) => rows[0]!.reserved === 2)).toHaveLength(5);
  });

  test('are forgotten after a right one, by either name, and after an hour', async () => {
    for (const name of [user.email, user.username]) for (let i = 0; i < 3; i++) await guess(name);
    expect(await guess(user.email, user.password)).toMatchObject({ status: 200 });
    expect([await counterOf(user.email), await counterOf(user.username)]).toEqual([0, 0]);

    await setCounter(accountSlot(env, user.email).key, 100);
    await sql`update login_attempts set updated_at = now() - interval '61 minutes' where key = ${accountSlot(env, user.email).key}`;
    for (let i = 0; i < 5; i++) expect((await guess(user.email)).status).toBe(401);
    await prolongAccount(user.email);
    expect((await guess(user.email)).status).toBe(429);
  });

  test.each<[string, (password: string) => Promise<{ status: number }>]>([
    ['docs-login', (password) => api.as({ email: user.email, password }).post('/api/v1/auth/docs-login')],
    ['Basic', (password) => api.as({ email: user.email, password }).get('/api/v1/auth/me')],
    [
      'changing the password',
      (current_password) =>
        user.post('/api/v1/auth/change-password', { current_password, new_password: 'New.Password.1' }),
    ],
    ['deleting the account', (password) => user.delete('/api/v1/auth/account', { password })],
  ])('by way of %s count with all others', async (_, attempt) => {
    for (let i = 0; i < 4; i++) await guess(user.email);
    expect((await attempt(WRONG)).status).toBeOneOf([400, 401]);
    await prolongAccount(user.email);
    expect((await attempt(user.password)).status).toBe(429);
    expect((await guess(user.email, user.password)).status).toBe(429);
  });
});

describe('guesses from one address', () => {
  const address = () => `198.51.100.${crypto.randomUUID()}`;

  test('at many accounts: fifty are free, then everybody there has to wait', async () => {
    const from = { 'CF-Connecting-IP': address() };
    await setCounter(addressSlot(env, from['CF-Connecting-IP']).key, 48);
    expect((await guess(randomIdentity().email, WRONG, from)).status).toBe(401);
    expect((await guess(randomIdentity().email, WRONG, from)).status).toBe(401);
    await prolong(addressSlot(env, from['CF-Connecting-IP']).key);
    const blocked = await guess(user.email, user.password, from);
    expect(blocked).toMatchObject({ status: 429, body: { code: 'login_throttled' } });
    expect(await counterOf(user.email)).toBe(0);
    expect(await guess(user.email, user.password)).toMatchObject({ status: 200 });
  });

  test('a right one takes back only itself, with the wait that it set', async () => {
    const from = { 'CF-Connecting-IP': address() };
    const { key } = addressSlot(env, from['CF-Connecting-IP']);
    await setCounter(key, 49);
    for (let i = 0; i < 3; i++) expect(await guess(user.email, user.password, from)).toMatchObject({ status: 200 });
    expect(await sql`select attempts, next_allowed_at <= now() as free from login_attempts where key = ${key}`).toEqual(
      [{ attempts: 49, free: true }],
    );
  });

  test('a right one does not end the wait that others set meanwhile', async () => {
    const slot = addressSlot(env, address());
    await setCounter(slot.key, 40);
    const mine = (await reserveAttempt(db, [slot], slot.key)).rows[0]!.address_attempts;
    await sql`update login_attempts set attempts = 60, next_allowed_at = now() + interval '1 hour' where key = ${slot.key}`;
    await forgiveAttempts(db, { accountKeys: [], addressKey: slot.key, addressAttempts: mine });
    expect(
      await sql`select attempts, next_allowed_at <= now() as free from login_attempts where key = ${slot.key}`,
    ).toEqual([{ attempts: 59, free: false }]);
  });

  test('of IPv6 count by its /64', async () => {
    const groups = crypto.randomUUID().slice(0, 4);
    const slot = addressSlot(env, `2001:db8:${groups.replace(/^0+(?=.)/, '')}:0::/64`);
    await setCounter(slot.key, 59);
    expect((await guess(user.email, WRONG, { 'CF-Connecting-IP': `2001:db8:${groups}::1` })).status).toBe(401);
    expect((await guess(user.email, WRONG, { 'CF-Connecting-IP': `2001:db8:${groups}:0:9:8:7:6` })).status).toBe(429);
    expect((await guess(user.email, WRONG, { 'CF-Connecting-IP': `2001:db8:${groups}:1::1` })).status).toBe(401);
  });
});

test('no address and no name is stored', async () => {
  const ip = `203.0.113.${crypto.randomUUID()}`;
  await guess(user.email, WRONG, { 'CF-Connecting-IP': ip });
  const rows = await sql`select key from login_attempts where key like ${`%${ip}%`} or key like ${`%${user.email}%`}`;
  expect(rows).toEqual([]);
});
