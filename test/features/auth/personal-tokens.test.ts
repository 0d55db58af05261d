import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DAY } from '../../../src/core/time.ts';
import { purgeCredentials } from '../../../src/features/auth/index.ts';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { captureLogs } from '../../helpers/logs.ts';
import { createToken } from '../../helpers/tokens.ts';

const TOKENS = '/api/v1/auth/tokens';
const ME = '/api/v1/auth/me';

let user: User;
beforeAll(async () => {
  user = await createUser();
});
afterEach(() => vi.restoreAllMocks());

describe('making a token', () => {
  test('shows it once, for the personal workspace and 90 days', async () => {
    const { status, body } = await user.post(TOKENS, { name: ' CI ', scopes: ['usage:read', 'usage:read'] });
    expect(status).toBe(201);
    const { token, ...shown } = body;
    expect(token).toMatch(/^syn_pat_[0-9A-Za-z]{36}$/);
    expect(shown).toMatchObject({
      name: 'CI',
      scopes: ['usage:read'],
      workspace_id: user.workspaceId,
      hint: token.slice(-4),
      status: 'active',
      last_used_at: null,
      revoked_at: null,
    });
    const days = (Date.parse(shown.expires_at) - Date.parse(shown.created_at)) / DAY;
    expect(days).toBeCloseTo(90, 1);
    expect(await user.get(`${TOKENS}/${shown.id}`)).toMatchObject({ status: 200, body: shown });
    const { body: list } = await user.get(TOKENS);
    expect(list.items).toContainEqual(shown);
  });

  test('is for another workspace by the body, and by the header', async () => {
    const owner = await createUser();
    await addMember(owner.workspaceId, user, 'viewer');
    const request = { name: 'Elsewhere', scopes: ['workspace:read'] };
    const byBody = await user.post(TOKENS, { ...request, workspace_id: owner.workspaceId, expires_in_days: 1 });
    expect(byBody).toMatchObject({ status: 201, body: { workspace_id: owner.workspaceId } });
    const byHeader = await user.post(TOKENS, request, { headers: { 'X-Workspace-Id': owner.workspaceId } });
    expect(byHeader).toMatchObject({ status: 201, body: { workspace_id: owner.workspaceId } });
    const beyond = { ...request, scopes: ['llm:invoke'], workspace_id: owner.workspaceId };
    const refused = await user.post(TOKENS, beyond);
    expect(refused).toMatchObject({ status: 403, body: { detail: 'The permission llm:invoke is required.' } });
  });

  test.each<[string, () => Promise<string> | string]>([
    ['foreign', async () => (await createUser()).workspaceId],
    ['unknown', () => crypto.randomUUID()],
    [
      'deleted',
      async () => {
        const owner = await createUser();
        await addMember(owner.workspaceId, user, 'admin');
        await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${owner.workspaceId}`;
        return owner.workspaceId;
      },
    ],
  ])('for a workspace that is %s is 404', async (_, workspace) => {
    const answer = await user.post(TOKENS, { name: 'x', scopes: ['workspace:read'], workspace_id: await workspace() });
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test.each([
    [{ scopes: [] }],
    [{ scopes: ['everything'] }],
    [{ scopes: ['superuser'] }],
    [{ scopes: ['account'] }],
    [{ name: '' }],
    [{ name: 'x'.repeat(101) }],
    [{ expires_in_days: 0 }],
    [{ expires_in_days: 366 }],
    [{ expires_in_days: 1.5 }],
    [{ workspace_id: 'x' }],
  ])('with %j is 422', async (fault) => {
    expect(await user.post(TOKENS, { name: 'x', scopes: ['usage:read'], ...fault })).toMatchObject({ status: 422 });
  });

  test('stops at a hundred, also when they are asked for at once', async () => {
    const keen = await createUser();
    await sql`insert into personal_access_tokens (user_id, workspace_id, name, token_hash, hint, scopes, expires_at)
      select ${keen.id}, ${keen.workspaceId}, 'x', gen_random_uuid()::text, 'xxxx', '{usage:read}', now() + interval '1 day'
      from generate_series(1, 98)`;
    const make = () => keen.post(TOKENS, { name: 'x', scopes: ['usage:read'] });
    const statuses = (await Promise.all(Array.from({ length: 6 }, make))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 201, 409, 409, 409, 409]);
    await sql`update personal_access_tokens set revoked_at = now() where user_id = ${keen.id} and name = 'x'
      and id = (select id from personal_access_tokens where user_id = ${keen.id} limit 1)`;
    expect(await make()).toMatchObject({ status: 201 });
  });
});

describe('a token', () => {
  test('is listed to its owner alone, page by page', async () => {
    const owner = await createUser();
    for (let i = 0; i < 5; i++) await createToken(owner, ['usage:read']);
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await owner.get(TOKENS, { query: { limit: 2, cursor } });
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor ?? undefined;
    } while (cursor);
    expect(new Set(ids).size).toBe(5);
    expect(ids).toHaveLength(5);
    expect(await user.get(`${TOKENS}/${ids[0]}`)).toMatchObject({ status: 404 });
    expect(await user.delete(`${TOKENS}/${ids[0]}`)).toMatchObject({ status: 404 });
    expect(await owner.get(`${TOKENS}/${ids[0]}`)).toMatchObject({ body: { status: 'active' } });
  });

  test('works for the next request until it is revoked, and not for the one after', async () => {
    const token = await createToken(user, ['usage:read']);
    expect(await token.get('/api/v1/usage-log')).toMatchObject({ status: 200 });
    expect(await user.delete(`${TOKENS}/${token.id}`)).toMatchObject({ status: 204 });
    expect(await token.get('/api/v1/usage-log')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    const { body } = await user.get(`${TOKENS}/${token.id}`);
    expect(body.status).toBe('revoked');
    expect(await user.delete(`${TOKENS}/${token.id}`)).toMatchObject({ status: 204 });
    expect((await user.get(`${TOKENS}/${token.id}`)).body.revoked_at).toBe(body.revoked_at);
  });

  test('ends when it expires, and with its account', async () => {
    const owner = await createUser();
    const token = await createToken(owner, ['usage:read']);
    await sql`update personal_access_tokens set expires_at = now() where id = ${token.id}`;
    expect(await token.get(ME)).toMatchObject({ status: 401 });
    expect((await owner.get(`${TOKENS}/${token.id}`)).body.status).toBe('expired');

    const another = await createToken(owner, ['usage:read']);
    await sql`update users set is_active = false where id = ${owner.id}`;
    expect(await another.get(ME)).toMatchObject({ status: 401, body: { code: 'account_disabled' } });
    await sql`update users set is_active = true where id = ${owner.id}`;
    expect(await another.get(ME)).toMatchObject({ status: 200 });
    expect(await owner.delete('/api/v1/auth/account', { password: owner.password })).toMatchObject({ status: 200 });
    expect(await another.get(ME)).toMatchObject({ status: 401 });
    expect(await sql`select from personal_access_tokens where user_id = ${owner.id}`).toEqual([]);
  });

  test('tells when it was last used, written once a minute at the most', async () => {
    const token = await createToken(user, ['usage:read']);
    const lastUsed = async () => (await user.get(`${TOKENS}/${token.id}`)).body.last_used_at as string | null;
    const { headers } = await token.get(ME);
    expect(headers.get('server-timing')).toContain('desc="1"');
    const first = await eventually(lastUsed);
    await token.get(ME);
    expect(await lastUsed()).toBe(first);
    await sql`update personal_access_tokens set last_used_at = now() - interval '61 seconds' where id = ${token.id}`;
    const older = (await lastUsed())!;
    await token.get(ME);
    await eventually(async () => (await lastUsed())! > older);
  });

  test('is deleted 90 days after its end', async () => {
    const ended = await Promise.all([1, 2, 3].map(() => createToken(user, ['usage:read'])));
    const [expired, revoked, recent] = ended.map(({ id }) => id);
    await sql`update personal_access_tokens set expires_at = now() - interval '91 days' where id = ${expired}`;
    await sql`update personal_access_tokens set revoked_at = now() - interval '91 days' where id = ${revoked}`;
    await sql`update personal_access_tokens set revoked_at = now() - interval '89 days' where id = ${recent}`;
    await purgeCredentials(createTestCtx(), new Date());
    const left = await sql`select id from personal_access_tokens where id = any(${ended.map(({ id }) => id)})`;
    expect(left).toEqual([{ id: recent }]);
  });
});

describe('a token that is none', () => {
  test.each<[string, (token: string) => string]>([
    ['with a wrong checksum', (token) => `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`],
    ['too long', (token) => `${token}x`],
    ['too short', (token) => token.slice(0, -1)],
    ['of another prefix', (token) => token.replace('syn_pat_', 'syn_tkt_')],
  ])('%s is refused without asking the database', async (_, change) => {
    const { token } = await createToken(user, ['usage:read']);
    const { status, headers } = await api.as({ accessToken: change(token) }).get(ME);
    expect(status).toBe(401);
    expect(headers.get('server-timing')).toContain('desc="0"');
  });

  test('stands in a URL', async () => {
    const { token } = await createToken(user, ['workspace:read']);
    const answer = await api.get(`/api/v1/workspaces/${user.workspaceId}/events`, { query: { token } });
    expect(answer).toMatchObject({ status: 401 });
  });
});

test('neither tokens nor tickets are in the database or the log in clear', async () => {
  const logs = captureLogs();
  const token = await createToken(user, ['usage:read']);
  const { body } = await token.post('/api/v1/ws/tickets');
  await token.get(ME);
  await api.get('/api/v1/auth/me/events', { query: { ticket: body.ticket } });
  await api.as({ accessToken: `${token.token.slice(0, -1)}~` }).get(ME);
  await eventually(async () => (await user.get(`${TOKENS}/${token.id}`)).body.last_used_at);
  const secrets = [token.token.slice(8, 38), body.ticket.slice(8, 38)];
  const tables = await sql`select table_name from information_schema.tables where table_schema = 'public'`;
  for (const { table_name } of tables) {
    const rows = await sql.query(`select t::text as row from "${table_name}" t where t::text like any($1)`, [
      secrets.map((secret) => `%${secret}%`),
    ]);
    expect({ table_name, rows }).toEqual({ table_name, rows: [] });
  }
  expect(tables.length).toBeGreaterThan(10);
  for (const secret of secrets) expect(logs.text()).not.toContain(secret);
  expect(logs.events('request').length).toBeGreaterThan(3);
});
