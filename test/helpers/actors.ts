import { hashPassword } from '../../src/core/password.ts';
import { createAccount } from '../../src/features/auth/accounts/service.ts';
import { openSession } from '../../src/features/auth/sessions/service.ts';
import { api, type Client } from './api.ts';
import { createTestCtx } from './context.ts';
import { sql } from './database.ts';

export const PASSWORD = 'Correct.Horse.7.Staple';

/** A registered account: its facts, and a client that is logged in as it. */
export type User = Client & {
  id: string;
  email: string;
  username: string;
  password: string;
  accessToken: string;
  refreshToken: string;
  /** The personal workspace. */
  workspaceId: string;
};

/** Names that no other test uses, in the domain that belongs to nobody (RFC 2606). */
export function randomIdentity(): { email: string; username: string; full_name: string; password: string } {
  const username = `user${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`;
  return { email: `${username}@example.test`, username, full_name: 'Test User', password: PASSWORD };
}

/** Makes an account and logs it in, as the API does, but for the work of hashing its password each time. */
export async function createUser({ verified = true } = {}): Promise<User> {
  const ctx = createTestCtx();
  const { password, ...identity } = randomIdentity();
  const account = await createAccount(ctx, identity, await (passwordHash ??= hashPassword(password)));
  const { id, email, username } = account;
  if (verified) await sql`update users set is_verified = true where id = ${id}`;
  const { access_token: accessToken, refresh_token: refreshToken } = await openSession(ctx, account);
  const workspaceId = await personalWorkspace(id);
  const facts = { id, email, username, password, accessToken, refreshToken, workspaceId };
  return { ...api.as({ accessToken }), ...facts };
}

let passwordHash: Promise<string> | undefined;

/** Makes the account an administrator of the platform. */
export async function createSuperuser(): Promise<User> {
  const user = await createUser();
  await sql`update users set is_superuser = true where id = ${user.id}`;
  return user;
}

async function personalWorkspace(userId: string): Promise<string> {
  const [row] = await sql`select id from workspaces where owner_id = ${userId} and type = 'individual'`;
  if (!row) throw new Error('the account has no personal workspace');
  return row.id;
}

export type Role = 'viewer' | 'member' | 'admin';

/**
 * Makes a collaborative workspace of somebody's, past the API and the limits of a plan: the owner has the one without
 * any from then on.
 */
export async function createWorkspace(owner: { id: string }, name = 'Shared'): Promise<string> {
  const id = crypto.randomUUID();
  await givePlan(owner, 'enterprise');
  // In one statement, for a workspace is never without its owner.
  await sql`
    with made as (
      insert into workspaces (id, name, slug, type, owner_id)
      values (${id}, ${name}, ${id}, 'collaborative', ${owner.id}) returning id
    )
    insert into workspace_members (workspace_id, user_id, role) select id, ${owner.id}, 'owner' from made`;
  return id;
}

/** Somebody as they are in a workspace other than their personal one. */
export const inWorkspace = (user: User, workspaceId: string): User => ({
  ...user,
  ...user.with({ 'X-Workspace-Id': workspaceId }),
  workspaceId,
});

export async function givePlan(user: { id: string }, plan: 'free' | 'pro' | 'enterprise'): Promise<void> {
  await sql`update user_subscriptions set plan_id = (select id from plans where slug = ${plan})
            where user_id = ${user.id}`;
}

/** Makes a user a member of somebody's workspace; in a personal one, which has a single seat, room is made first. */
export async function addMember(workspaceId: string, user: { id: string }, role: Role): Promise<void> {
  await sql`update workspaces set max_members = null where id = ${workspaceId} and type = 'individual'`;
  await sql`insert into workspace_members (workspace_id, user_id, role) values (${workspaceId}, ${user.id}, ${role})
            on conflict (workspace_id, user_id) do update set role = excluded.role`;
}
