import { beforeAll, describe, expect, test } from 'vitest';
import { createCheckedSecret } from '../../../src/core/checked-secret.ts';
import { purgeCredentials } from '../../../src/features/auth/index.ts';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import { api, type Client } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { openSocket, readEvents } from '../../helpers/streams.ts';
import { createToken } from '../../helpers/tokens.ts';

const TICKETS = '/api/v1/ws/tickets';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

async function ticketOf(client: Client): Promise<string> {
  const { status, body } = await client.post(TICKETS);
  expect(status).toBe(201);
  return body.ticket;
}

const socketPath = (workspaceId: string, ticket: string) => `/api/v1/ws/workspace/${workspaceId}?ticket=${ticket}`;

/** How an attempt ends: `open`, or the code that the socket is closed with. */
async function attempt(path: string): Promise<'open' | number> {
  const socket = await openSocket(path);
  const outcome = await Promise.race([socket.next(), socket.closed]);
  socket.close();
  return 'code' in outcome ? Number(outcome.code) : 'open';
}

test('a ticket is for thirty seconds', async () => {
  const { status, body } = await user.post(TICKETS);
  expect(status).toBe(201);
  expect(body.ticket).toMatch(/^syn_tkt_[0-9A-Za-z]{36}$/);
  expect(body.expires_in).toBe(30);
  const left = Date.parse(body.expires_at) - Date.now();
  expect(left).toBeGreaterThan(25_000);
  expect(left).toBeLessThan(32_000);
});

describe('a ticket', () => {
  test('opens one socket, once', async () => {
    const path = socketPath(user.workspaceId, await ticketOf(user));
    expect(await attempt(path)).toBe('open');
    expect(await attempt(path)).toBe(4001);
  });

  test('opens exactly one of ten that come at once', async () => {
    const path = socketPath(user.workspaceId, await ticketOf(user));
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => attempt(path)));
    expect(outcomes.filter((outcome) => outcome === 'open')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 4001)).toHaveLength(9);
  });

  test('opens a stream of events', async () => {
    const query = { ticket: await ticketOf(user) };
    const { status, response } = await api.get('/api/v1/auth/me/events', { query });
    expect(status).toBe(200);
    const events = readEvents(response);
    expect((await events.next()).value).toMatchObject({ event: 'subscription_confirmed' });
    await events.return(undefined);
    expect(await api.get('/api/v1/auth/me/events', { query })).toMatchObject({ status: 401 });
  });

  test('is worth nothing after its time, and is deleted then', async () => {
    const ticket = await ticketOf(user);
    await sql`update socket_tickets set expires_at = now() where user_id = ${user.id}`;
    expect(await attempt(socketPath(user.workspaceId, ticket))).toBe(4001);
    await purgeCredentials(createTestCtx(), new Date());
    expect(await sql`select from socket_tickets where user_id = ${user.id}`).toEqual([]);
  });

  test('has the rights of what asked for it: a session reaches what its user does', async () => {
    const [owner, stranger] = await Promise.all([createUser(), createUser()]);
    await addMember(owner.workspaceId, user, 'viewer');
    expect(await attempt(socketPath(owner.workspaceId, await ticketOf(user)))).toBe('open');
    expect(await attempt(socketPath(owner.workspaceId, await ticketOf(stranger)))).toBe(4003);
    expect(await attempt(`/api/v1/ws/user?ticket=${await ticketOf(user)}`)).toBe('open');
  });

  test('… a token only its workspace and scopes', async () => {
    const owner = await createUser();
    await addMember(owner.workspaceId, user, 'viewer');
    const token = await createToken(user, ['workspace:read'], { workspaceId: owner.workspaceId });
    expect(await attempt(socketPath(owner.workspaceId, await ticketOf(token)))).toBe('open');
    expect(await attempt(socketPath(user.workspaceId, await ticketOf(token)))).toBe(4003);
    expect(await attempt(`/api/v1/ws/user?ticket=${await ticketOf(token)}`)).toBe(4003);
    const other = await createToken(user, ['usage:read'], { workspaceId: owner.workspaceId });
    expect(await attempt(socketPath(owner.workspaceId, await ticketOf(other)))).toBe(4003);
  });

  test('… and Basic what its user does, until the password changes', async () => {
    const owner = await createUser();
    const basic = api.as({ email: owner.email, password: owner.password });
    const [first, second] = [await ticketOf(basic), await ticketOf(basic)];
    expect(await attempt(socketPath(owner.workspaceId, first))).toBe('open');
    const change = { current_password: owner.password, new_password: 'Another.Horse.8.Staple' };
    expect(await owner.post('/api/v1/auth/change-password', change)).toMatchObject({ status: 200 });
    expect(await attempt(socketPath(owner.workspaceId, second))).toBe(4001);
  });

  test.each<[string, (owner: User, token: { id: string }) => Promise<unknown>]>([
    ['its session is over', (owner) => owner.post('/api/v1/auth/logout')],
    ['its account is disabled', (owner) => sql`update users set is_active = false where id = ${owner.id}`],
  ])('ends when %s', async (_, end) => {
    const owner = await createUser();
    const token = await createToken(owner, ['workspace:read']);
    const ticket = await ticketOf(owner);
    await end(owner, token);
    expect(await attempt(socketPath(owner.workspaceId, ticket))).toBe(4001);
  });

  test('ends when its token is revoked', async () => {
    const token = await createToken(user, ['workspace:read']);
    const ticket = await ticketOf(token);
    await user.delete(`/api/v1/auth/tokens/${token.id}`);
    expect(await attempt(socketPath(user.workspaceId, ticket))).toBe(4001);
  });

  test('is no token, and opens nothing but connections', async () => {
    const ticket = await ticketOf(user);
    expect(await api.as({ accessToken: ticket }).get('/api/v1/auth/me')).toMatchObject({ status: 401 });
    expect(await api.get('/api/v1/auth/me', { query: { ticket } })).toMatchObject({ status: 401 });
    expect(await attempt(socketPath(user.workspaceId, ticket))).toBe('open');
  });

  test('that is made up is refused, without asking the database where its checksum is wrong', async () => {
    expect(await attempt(socketPath(user.workspaceId, createCheckedSecret('syn_tkt_')))).toBe(4001);
    const query = { ticket: `${createCheckedSecret('syn_tkt_').slice(0, -1)}~` };
    const { status, headers } = await api.get('/api/v1/auth/me/events', { query });
    expect(status).toBe(401);
    expect(headers.get('server-timing')).toContain('desc="0"');
  });
});
