/** The people of the benchmark: the demo account, and members of its workspace. */
import pg from 'pg';
import { DEMO } from '../../local/demo.ts';

const MEMBERS = 25;

/** A channel takes 50 connections of one user. */
const CONNECTIONS = 40;

const emailOf = (number: number) => `bench-${number}@synapscale.local`;

/** Adds members, who have the demo account's password, to its workspace. */
export async function seedMembers(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    for (let number = 1; number <= MEMBERS; number++) {
      await client.query(
        `with member as (
           insert into users (email, username, full_name, password_hash, is_verified)
           select $2, split_part($2, '@', 1), 'Member', password_hash, true from users where email = $1
           returning id)
         insert into workspace_members (workspace_id, user_id, role)
         select workspaces.id, member.id, 'viewer' from member, workspaces
         join users on users.id = workspaces.owner_id where users.email = $1`,
        [DEMO.email, emailOf(number)],
      );
    }
  } finally {
    await client.end();
  }
}

export type Authorization = { Authorization: string };

export interface People {
  /** Of the demo account. */
  authorization: Authorization;
  members: Authorization[];
  workspaceId: string;
}

/** Logs in as many members as that many subscribers need. */
export async function logInEverybody(worker: string, subscribers: number): Promise<People> {
  const authorization = await logIn(worker, DEMO.email);
  const response = await fetch(`${worker}/api/v1/workspaces`, { headers: authorization });
  const [workspace] = (await response.json()) as [{ id: string }];
  const members: Authorization[] = [];
  // One after the other: each takes the processor for as long as a password's hash does.
  for (let number = 1; number <= Math.ceil(subscribers / CONNECTIONS); number++)
    members.push(await logIn(worker, emailOf(number)));
  return { authorization, members, workspaceId: workspace.id };
}

async function logIn(worker: string, email: string): Promise<Authorization> {
  const body = new URLSearchParams({ username: email, password: DEMO.password });
  const response = await fetch(`${worker}/api/v1/auth/login`, { method: 'POST', body });
  if (!response.ok) throw new Error(`${email} cannot log in: ${response.status} ${await response.text()}`);
  const { access_token: token } = (await response.json()) as { access_token: string };
  return { Authorization: `Bearer ${token}` };
}
