/** Who loses a right loses what is open by it. The first test waits for it; the others do not wait for the alarm. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createAccessToken } from '../../../src/features/auth/tokens/access-token.ts';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import { api, type Client } from '../../helpers/api.ts';
import { runAlarm } from '../../helpers/channels.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { openSocket, readEvents, type Socket } from '../../helpers/streams.ts';
import { createToken } from '../../helpers/tokens.ts';

const socketPath = (workspaceId: string) => `/api/v1/ws/workspace/${workspaceId}`;
const eventsPath = (workspaceId: string) => `/api/v1/workspaces/${workspaceId}/events`;
const bearer = (accessToken: string) => ({ Authorization: `Bearer ${accessToken}` });
const basicOf = ({ email, password }: User) => ({
  Authorization: `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`,
});

let owner: User;
let member: User;
beforeEach(async () => {
  [owner, member] = await Promise.all([createUser(), createUser()]);
  await addMember(owner.workspaceId, member, 'viewer');
});

async function follow(headers: Record<string, string>, path = socketPath(owner.workspaceId)): Promise<Socket> {
  const socket = await openSocket(path, headers);
  expect(await socket.next()).toMatchObject({ type: 'subscription_confirmed' });
  return socket;
}

const leave = () =>
  sql`delete from workspace_members where user_id = ${member.id} and workspace_id = ${owner.workspaceId}`;

/** Whether a socket is still open once everything on its way has arrived. */
async function isOpen(socket: Socket): Promise<boolean> {
  socket.send('{"type":"heartbeat"}');
  const first = await Promise.race([socket.next(), socket.closed]);
  return !('code' in first);
}

async function verifyNow(channel = `workspace:${owner.workspaceId}`): Promise<void> {
  expect(await runAlarm(channel)).toBe(true);
}

test('within ten seconds, by itself, and nobody else', async () => {
  const token = await createToken(member, ['workspace:read'], { workspaceId: owner.workspaceId });
  const sockets = await Promise.all([follow(bearer(token.token)), follow(bearer(member.accessToken))]);
  const stays = await follow(bearer(owner.accessToken));
  const startedAt = Date.now();
  await Promise.all([member.delete(`/api/v1/auth/tokens/${token.id}`), leave()]);
  expect(await token.get('/api/v1/auth/me')).toMatchObject({ status: 401 });
  expect(await member.get(`/api/v1/workspaces/${owner.workspaceId}/stats`)).toMatchObject({ status: 404 });
  const [byToken, byMember] = await Promise.all(sockets.map(({ closed }) => closed));
  expect(byToken).toEqual({ code: 4001, reason: 'unauthenticated' });
  expect(byMember).toEqual({ code: 4003, reason: 'not_found' });
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(await isOpen(stays)).toBe(true);
  stays.close();
});

describe('what ends a connection, and the code that says why', () => {
  test.each<[string, number, () => Promise<unknown>]>([
    ['leaving the workspace', 4003, leave],
    [
      'its deletion',
      4003,
      () => sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${owner.workspaceId}`,
    ],
    ['logging out', 4001, () => member.post('/api/v1/auth/logout')],
    ['logging out everywhere', 4001, () => member.post('/api/v1/auth/logout-all')],
    ['a disabled account', 4001, () => sql`update users set is_active = false where id = ${member.id}`],
    ['a deleted account', 4001, () => member.delete('/api/v1/auth/account', { password: member.password })],
    ['an expired session', 4001, () => sql`update sessions set expires_at = now() where user_id = ${member.id}`],
  ])('%s: %i', async (_, code, lose) => {
    const socket = await follow(bearer(member.accessToken));
    await verifyNow();
    expect(await isOpen(socket)).toBe(true);
    await lose();
    await verifyNow();
    expect(await socket.closed).toMatchObject({ code });
  });

  test('another password: for Basic', async () => {
    const [byPassword, bySession] = [await follow(basicOf(member)), await follow(bearer(member.accessToken))];
    await verifyNow();
    expect(await isOpen(byPassword)).toBe(true);
    const change = { current_password: member.password, new_password: 'Another.Horse.8.Staple' };
    expect(await member.post('/api/v1/auth/change-password', change)).toMatchObject({ status: 200 });
    await verifyNow();
    expect(await byPassword.closed).toMatchObject({ code: 4001 });
    // The session that changed it goes on.
    expect(await isOpen(bySession)).toBe(true);
    bySession.close();
  });

  test('fewer rights: a scope of the token is still there, its creator’s role is not', async () => {
    const token = await createToken(owner, ['workspace:read']);
    const socket = await follow(bearer(token.token));
    await sql`update personal_access_tokens set scopes = '{usage:read}' where id = ${token.id}`;
    await verifyNow();
    expect(await socket.closed).toEqual({ code: 4003, reason: 'forbidden' });
  });

  test('logging out ends what is open by that session, and not by another', async () => {
    const { body } = await api.post('/api/v1/auth/login', { email: member.email, password: member.password });
    const [first, second] = [await follow(bearer(member.accessToken)), await follow(bearer(body.access_token))];
    await member.post('/api/v1/auth/logout');
    await verifyNow();
    expect(await first.closed).toMatchObject({ code: 4001 });
    expect(await isOpen(second)).toBe(true);
    second.close();
  });

  test('a ticket’s connection ends with what asked for the ticket', async () => {
    const token = await createToken(member, ['workspace:read'], { workspaceId: owner.workspaceId });
    const ticketOf = async (client: Client) => (await client.post('/api/v1/ws/tickets')).body.ticket as string;
    const byToken = await follow({}, `${socketPath(owner.workspaceId)}?ticket=${await ticketOf(token)}`);
    const bySession = await follow({}, `${socketPath(owner.workspaceId)}?ticket=${await ticketOf(member)}`);
    await member.delete(`/api/v1/auth/tokens/${token.id}`);
    await verifyNow();
    expect(await byToken.closed).toMatchObject({ code: 4001 });
    expect(await isOpen(bySession)).toBe(true);
    await member.post('/api/v1/auth/logout');
    await verifyNow();
    expect(await bySession.closed).toMatchObject({ code: 4001 });
  });

  test('the user’s own channel does not end with a workspace', async () => {
    const socket = await follow(bearer(owner.accessToken), '/api/v1/ws/user');
    await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${owner.workspaceId}`;
    await verifyNow(`user:${owner.id}`);
    expect(await isOpen(socket)).toBe(true);
    await owner.post('/api/v1/auth/logout');
    await verifyNow(`user:${owner.id}`);
    expect(await socket.closed).toMatchObject({ code: 4001 });
  });
});

test('expiry closes with 4001, by itself', async () => {
  const { env } = createTestCtx();
  const claims = JSON.parse(Buffer.from(member.accessToken.split('.')[1]!, 'base64url').toString());
  const { user_id: userId, sid: sessionId, sub: email } = claims;
  // A token is for whole seconds: this one has between one and two left.
  const shortLived = await createAccessToken(env, { userId, sessionId, email }, 2);
  const socket = await follow(bearer(shortLived));
  expect(await socket.closed).toEqual({ code: 4001, reason: 'credentials expired' });
});

describe('by server-sent events', () => {
  test.each<[string, number, () => Promise<unknown>]>([
    ['leaving the workspace', 4003, leave],
    ['logging out', 4001, () => member.post('/api/v1/auth/logout')],
  ])('%s ends the stream with an event that says why: %i', async (_, code, lose) => {
    const { response } = await member.get(eventsPath(owner.workspaceId));
    const events = readEvents(response);
    expect((await events.next()).value).toMatchObject({ event: 'subscription_confirmed' });
    await lose();
    await verifyNow();
    let { value } = await events.next();
    // What happened in the workspace a moment ago may still be told.
    while (value?.event === 'activity' || value?.event === 'workspace_stats') ({ value } = await events.next());
    expect(value).toMatchObject({ event: 'connection_closed', id: null });
    expect(JSON.parse(value!.data)).toMatchObject({ type: 'connection_closed', data: { code } });
    expect(await events.next()).toMatchObject({ done: true });
  });
});

test('what happens to your tokens is told on your own channel', async () => {
  const socket = await follow(bearer(owner.accessToken), '/api/v1/ws/user');
  expect(await socket.next()).toMatchObject({ type: 'initial_user_state' });
  const token = await createToken(owner, ['usage:read']);
  const told = { token_id: token.id, name: 'Test token', workspace_id: owner.workspaceId };
  expect(await socket.next()).toMatchObject({ type: 'access_token_created', data: told });
  await owner.delete(`/api/v1/auth/tokens/${token.id}`);
  expect(await socket.next()).toMatchObject({ event_type: 'access_token_revoked', data: told });
  expect(JSON.stringify(told)).not.toContain(token.token);
  socket.close();
});
