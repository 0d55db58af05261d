import { expect, test } from 'vitest';
import { purgeCredentials } from '../../../src/features/auth/index.ts';
import { createUser } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';

test('deletes sessions, tokens and counters that time has ended, and keeps the others', async () => {
  const [old, recent] = await Promise.all([createUser(), createUser()]);
  await sql`update sessions set expires_at = now() - interval '8 days' where user_id = ${old.id}`;
  await sql`update sessions set expires_at = now() - interval '6 days' where user_id = ${recent.id}`;
  await sql`update mail_tokens set expires_at = now() - interval '1 second' where user_id = ${old.id}`;
  const keys = ['stale', 'waiting', 'fresh'].map((name) => `test:${name}:${crypto.randomUUID()}`);
  const [stale, waiting, fresh] = keys;
  await sql`insert into login_attempts (key, attempts, next_allowed_at, updated_at) values
    (${stale}, 3, now() - interval '2 hours', now() - interval '2 hours'),
    (${waiting}, 3, now() + interval '1 hour', now() - interval '2 hours'),
    (${fresh}, 3, now(), now())`;

  await purgeCredentials(createTestCtx(), new Date());

  expect(await sql`select user_id from sessions where user_id in (${old.id}, ${recent.id})`).toEqual([
    { user_id: recent.id },
  ]);
  expect(await sql`select user_id from mail_tokens where user_id in (${old.id}, ${recent.id})`).toEqual([
    { user_id: recent.id },
  ]);
  const left = await sql`select key from login_attempts where key = any(${keys})`;
  expect(left.map(({ key }) => key as string).toSorted()).toEqual([waiting, fresh].toSorted());
});
