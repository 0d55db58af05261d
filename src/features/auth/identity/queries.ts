import { and, eq, isNull, lt, or, sql, type SQL } from 'drizzle-orm';
import { isUuid } from '../../../core/ids.ts';
import { PROJECT_RIGHTS, type Permission, type ProjectRight, type Role } from '../../../core/permissions.ts';
import { mayBePublic, type Place, type PublicResource } from '../../../core/place.ts';
import type { Database } from '../../../db/client.ts';
import {
  eventTriggers,
  executionWaits,
  nodes,
  personalTokens,
  projects,
  schedules,
  socketTickets,
  users,
  webhookTriggers,
  workflowExecutions,
  workflows,
  workspaceIntegrations,
  workspaces,
} from '../../../db/schema/index.ts';
import type { Reader } from '../../../platform/realtime/reader.ts';

/** What the caller has shown, by the kind of credential. */
export type Proof =
  | { kind: 'session'; userId: string; sessionId: string; expiresAt: Date }
  | { kind: 'password'; userId: string; digest: string }
  | { kind: 'token'; tokenHash: string }
  | { kind: 'ticket'; ticketHash: string };

/**
 * Everything that decides on a request, in one statement: the user, if the proof still holds, and the workspace (that of
 * the token, else the personal one, where none is named) with the user's role in it. A ticket is used up by it.
 */
export function findActor(db: Database, proof: Proof, place: Place | null): Promise<ActorRow[]> {
  return findPresented(db, 'find_actor', presentedBy(proof), placeOf(place), rightsIn(place));
}

/** The same for everyone who reads a channel, each in the workspace that they read in: `reader` is the place in the list. */
export function findReaders(db: Database, readers: Reader[]): Promise<ActorRow[]> {
  const rows = readers.map(({ userId, credential, workspaceId }, reader) => ({
    reader,
    user_id: userId,
    session_id: credential.kind === 'session' ? credential.id : null,
    token_id: credential.kind === 'token' ? credential.id : null,
    password_digest: credential.kind === 'password' ? credential.digest : null,
    workspace_id: workspaceId,
  }));
  // The limit tells the planner how many rows come, which it cannot see in the text: few are looked up by their keys.
  const presented = sql`
    select *, null::timestamptz as credential_expires_at from json_to_recordset(${JSON.stringify(rows)}::json)
      as row (reader int, user_id uuid, session_id uuid, token_id uuid, password_digest text, workspace_id uuid)
    limit ${rows.length}`;
  return findPresented(db, 'present_actor', presented, THEIR_WORKSPACE);
}

/** What the caller has shown as rows of one shape, of which exactly one of the three credentials is set. */
function presentedBy(proof: Proof): SQL {
  switch (proof.kind) {
    case 'session':
      return sql`select 0 as reader, ${proof.userId}::uuid as user_id, ${proof.sessionId}::uuid as session_id,
        null::uuid as token_id, null::text as password_digest,
        ${proof.expiresAt.toISOString()}::timestamptz as credential_expires_at`;
    case 'password':
      return sql`select 0 as reader, ${proof.userId}::uuid as user_id, null::uuid as session_id,
        null::uuid as token_id, ${proof.digest}::text as password_digest, null::timestamptz as credential_expires_at`;
    case 'token':
      return sql`select 0 as reader, user_id, null::uuid as session_id,
        id as token_id, null::text as password_digest, expires_at as credential_expires_at
        from ${personalTokens} where token_hash = ${proof.tokenHash}`;
    case 'ticket':
      // Of two that come with one ticket the second waits for the row, and then finds it gone.
      return sql`delete from ${socketTickets} where ticket_hash = ${proof.ticketHash} and expires_at > now()
        returning 0 as reader, user_id, session_id, token_id, password_digest, credential_expires_at`;
  }
}

/** What is found, as the database names it. */
type Found = {
  reader: number;
  id: string;
  email: string;
  username: string;
  full_name: string;
  profile_image_url: string | null;
  bio: string | null;
  is_active: boolean;
  is_verified: boolean;
  is_superuser: boolean;
  created_at: string;
  updated_at: string;
  session_id: string | null;
  password_digest: string | null;
  token_id: string | null;
  scopes: Permission[];
  last_used_at: string | null;
  expires_at: string | null;
  workspace_id: string | null;
  role: Role | null;
  last_seen_at: string | null;
  rights: ProjectRight[];
};

/**
 * The database has the one definition of when a credential holds, for requests and for those who read on. As text: with
 * each request Drizzle would take longer to write it than PostgreSQL to run it.
 * @param place the last four arguments of the function `find`
 */
async function findPresented(
  db: Database,
  find: 'find_actor' | 'present_actor',
  shown: SQL,
  place: SQL,
  rights = NO_RIGHTS,
): Promise<ActorRow[]> {
  const { rows } = await db.execute<Found>(sql`
    with shown as (${shown})
    select shown.reader, shown.password_digest, shown.credential_expires_at as expires_at, u.*, ${rights} as rights
    from shown cross join lateral ${sql.identifier(find)}(
      shown.user_id, shown.session_id, shown.token_id, shown.password_digest, ${place}
    ) u`);
  return rows.map(toActorRow);
}

const toMoment = (text: string | null) => (text === null ? null : new Date(text));

const toActorRow = (row: Found) => ({
  reader: row.reader,
  user: {
    id: row.id,
    email: row.email,
    username: row.username,
    fullName: row.full_name,
    profileImageUrl: row.profile_image_url,
    bio: row.bio,
    isActive: row.is_active,
    isVerified: row.is_verified,
    isSuperuser: row.is_superuser,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  },
  sessionId: row.session_id,
  passwordDigest: row.password_digest,
  token:
    row.token_id === null ? null : { id: row.token_id, scopes: row.scopes, lastUsedAt: toMoment(row.last_used_at) },
  expiresAt: toMoment(row.expires_at),
  workspaceId: row.workspace_id,
  role: row.role,
  lastSeenAt: toMoment(row.last_seen_at),
  rights: row.rights,
});

export type ActorRow = ReturnType<typeof toActorRow>;

const THEIR_WORKSPACE = sql`true, shown.workspace_id, false, null::uuid`;
const HOME = sql`false, null::uuid, false, null::uuid`;
const NOWHERE = sql`true, null::uuid, false, null::uuid`;

/**
 * The workspace of a resource; of one that is public, for whoever cannot reach that workspace, their own: the one that
 * the request names, else that of the token, else the personal one. An id that is none finds nothing, as a foreign one
 * does.
 */
function placeOf(place: Place | null): SQL {
  if (!place) return HOME;
  const { resource, id, own } = place;
  if (!isUuid(id) || (own !== undefined && !isUuid(own))) return NOWHERE;
  if (resource === 'workspace' || !mayBePublic(resource))
    return sql`true, ${WORKSPACE_OF[resource](id)}, false, null::uuid`;
  const found = PUBLIC[resource](id);
  return sql`true, (select workspace_id from (${found}) r), (select is_public from (${found}) r), ${own ?? null}::uuid`;
}

/** Where a resource that may be public belongs, and whether it is. */
const PUBLIC: Record<PublicResource, (id: string) => SQL> = {
  workflow: (id) => sql`
    select f.workspace_id, f.is_public and w.status = 'active' as is_public
    from ${workflows} f join ${workspaces} w on w.id = f.workspace_id where f.id = ${id}::uuid and not exists (
      select from ${projects} p where p.workflow_id = f.id and p.status = 'deleted'
    )`,
  node: (id) => sql`
    select n.workspace_id, n.is_public and w.status = 'active' as is_public
    from ${nodes} n join ${workspaces} w on w.id = n.workspace_id where n.id = ${id}::uuid`,
};

/** Which workspace a resource belongs to. What was deleted belongs to none. */
const WORKSPACE_OF: Record<Exclude<Place['resource'], PublicResource>, (id: string) => SQL> = {
  workspace: (id) => sql`${id}::uuid`,
  project: (id) => sql`(select p.workspace_id from ${projects} p where p.id = ${id}::uuid and p.status <> 'deleted')`,
  integration: (id) => sql`(select i.workspace_id from ${workspaceIntegrations} i where i.id = ${id}::uuid)`,
  execution: (id) => sql`(select e.workspace_id from ${workflowExecutions} e where e.id = ${id}::uuid)`,
  schedule: (id) => sql`(select s.workspace_id from ${schedules} s where s.id = ${id}::uuid)`,
  webhook: (id) => sql`(select t.workspace_id from ${webhookTriggers} t where t.id = ${id}::uuid)`,
  event_trigger: (id) => sql`(select t.workspace_id from ${eventTriggers} t where t.id = ${id}::uuid)`,
  wait: (id) => sql`(select w.workspace_id from ${executionWaits} w where w.id = ${id}::uuid)`,
};

const NO_RIGHTS = sql`'{}'::text[]`;

/** What the user may do in the request's project as one of its collaborators. */
function rightsIn(place: Place | null): SQL {
  if (place?.resource !== 'project' || !isUuid(place.id)) return NO_RIGHTS;
  const held = PROJECT_RIGHTS.map(
    (right) => sql`case when c.${sql.identifier(`can_${right}`)} then ${right}::text end`,
  );
  return sql`coalesce((
    select array_remove(array[${sql.join(held, sql`, `)}], null) from project_collaborators c
    where c.project_id = ${place.id}::uuid and c.user_id = u.id
  ), '{}')`;
}

/** Notes that a member was seen in a workspace, at most once in so many minutes. */
export async function touchMember(db: Database, workspaceId: string, userId: string, minutes: number): Promise<void> {
  await db.execute(sql`
    update workspace_members set last_seen_at = now()
    where workspace_id = ${workspaceId}::uuid and user_id = ${userId}::uuid
      and (last_seen_at is null or last_seen_at < now() - make_interval(mins => ${minutes}))
  `);
}

/** Notes that a token was used, once a minute at the most: nobody needs to know it more exactly, and writes cost. */
export async function touchToken(db: Database, id: string): Promise<void> {
  await db
    .update(personalTokens)
    .set({ lastUsedAt: sql`now()` })
    .where(
      and(
        eq(personalTokens.id, id),
        or(isNull(personalTokens.lastUsedAt), lt(personalTokens.lastUsedAt, sql`now() - interval '1 minute'`)),
      ),
    );
}

/**
 * People who have started what runs now, each in a workspace: they count as if they had just come, by the same token if
 * it was one, else by their account as it is. `reader` is the place in the list.
 */
export function findInitiators(db: Database, initiators: Initiator[]): Promise<ActorRow[]> {
  const rows = initiators.map(({ userId, accessTokenId, workspaceId }, reader) => ({
    reader,
    user_id: userId,
    token_id: accessTokenId,
    workspace_id: workspaceId,
  }));
  const presented = sql`
    select row.reader, u.id as user_id, null::uuid as session_id, row.token_id,
      case when row.token_id is null then encode(sha256(convert_to(u.password_hash, 'UTF8')), 'hex') end
        as password_digest,
      (select t.expires_at from ${personalTokens} t where t.id = row.token_id) as credential_expires_at,
      row.workspace_id
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as row (reader int, user_id uuid, token_id uuid, workspace_id uuid)
    join ${users} u on u.id = row.user_id
    limit ${rows.length}`;
  return findPresented(db, 'present_actor', presented, THEIR_WORKSPACE);
}

export type Initiator = { userId: string; accessTokenId: string | null; workspaceId: string };
