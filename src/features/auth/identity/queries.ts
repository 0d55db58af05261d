import { and, eq, gt, isNull, lt, or, sql, type SQL } from 'drizzle-orm';
import { isUuid } from '../../../core/ids.ts';
import { PROJECT_RIGHTS, type ProjectRight } from '../../../core/permissions.ts';
import { mayBePublic, type Place, type PublicResource } from '../../../core/place.ts';
import type { Database } from '../../../db/client.ts';
import {
  eventTriggers,
  executionWaits,
  nodes,
  personalTokens,
  projectCollaborators,
  projects,
  schedules,
  sessions,
  socketTickets,
  users,
  webhookTriggers,
  workflowExecutions,
  workflows,
  workspaceIntegrations,
  workspaceMembers,
  workspaces,
} from '../../../db/schema/index.ts';
import type { Reader } from '../../../platform/realtime/reader.ts';
import { userColumns } from '../queries.ts';

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
export function findActor(db: Database, proof: Proof, place: Place | null) {
  return findPresented(db, presentedBy(proof), isWanted(proof, place), rightsIn(place));
}

export type ActorRow = Awaited<ReturnType<typeof findActor>>[number];

/** The same for everyone who reads a channel, each in the workspace that they read in: `reader` is the place in the list. */
export function findReaders(db: Database, readers: Reader[]) {
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
  return findPresented(db, presented, and(eq(workspaces.id, sql`presented.workspace_id`), isOfToken())!, NO_RIGHTS);
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

const presentedMoment = sql<Date | null>`presented.credential_expires_at`.mapWith(personalTokens.expiresAt);

/** The one definition of when a credential holds, for requests and for those who read on. */
function findPresented(db: Database, presented: SQL, isWantedWorkspace: SQL, rights: SQL<ProjectRight[]>) {
  const isLiveSession = and(
    eq(sessions.id, sql`presented.session_id`),
    eq(sessions.userId, users.id),
    isNull(sessions.revokedAt),
    gt(sessions.expiresAt, sql`now()`),
  );
  const isLiveToken = and(
    eq(personalTokens.id, sql`presented.token_id`),
    eq(personalTokens.userId, users.id),
    isNull(personalTokens.revokedAt),
    gt(personalTokens.expiresAt, sql`now()`),
  );
  return db
    .with(db.$with('presented', {}).as(presented))
    .select({
      reader: sql<number>`presented.reader`,
      user: userColumns,
      sessionId: sessions.id,
      passwordDigest: sql<string | null>`presented.password_digest`,
      token: { id: personalTokens.id, scopes: personalTokens.scopes, lastUsedAt: personalTokens.lastUsedAt },
      expiresAt: presentedMoment,
      workspaceId: workspaces.id,
      role: workspaceMembers.role,
      lastSeenAt: workspaceMembers.lastSeenAt,
      rights,
    })
    .from(sql`presented`)
    .innerJoin(users, eq(users.id, sql`presented.user_id`))
    .leftJoin(sessions, isLiveSession)
    .leftJoin(personalTokens, isLiveToken)
    .leftJoin(workspaces, and(isWantedWorkspace, eq(workspaces.status, 'active')))
    .leftJoin(
      workspaceMembers,
      and(eq(workspaceMembers.workspaceId, workspaces.id), eq(workspaceMembers.userId, users.id)),
    )
    .where(
      or(
        sql`${sessions.id} is not null`,
        sql`${personalTokens.id} is not null`,
        // Another password ends what the former one has opened.
        sql`presented.password_digest = encode(sha256(convert_to(${users.passwordHash}, 'UTF8')), 'hex')`,
      ),
    );
}

/** A token reaches its own workspace alone. */
const isOfToken = () => or(isNull(personalTokens.id), eq(personalTokens.workspaceId, workspaces.id));

/** An id that is none finds nothing, as a foreign one does. */
function isWanted({ kind }: Proof, place: Place | null): SQL {
  if (place) return isUuid(place.id) ? and(isPlace(place), isOfToken())! : sql`false`;
  const isPersonal = and(eq(workspaces.ownerId, users.id), eq(workspaces.type, 'individual'))!;
  const isTheTokens = eq(workspaces.id, personalTokens.workspaceId);
  if (kind === 'token') return isTheTokens;
  return kind === 'ticket' ? or(and(isNull(personalTokens.id), isPersonal), isTheTokens)! : isPersonal;
}

/**
 * The workspace of a resource; of one that is public, for whoever cannot reach that workspace, their own: the one that
 * the request names, else that of the token, else the personal one.
 */
function isPlace({ resource, id, own }: Place): SQL {
  if (resource === 'workspace' || !mayBePublic(resource)) return eq(workspaces.id, WORKSPACE_OF[resource](id));
  if (own !== undefined && !isUuid(own)) return sql`false`;
  const personal = sql`(select p.id from ${workspaces} p where p.owner_id = ${users.id} and p.type = 'individual')`;
  const theirs = own === undefined ? sql`coalesce(${personalTokens.workspaceId}, ${personal})` : sql`${own}::uuid`;
  return sql`${workspaces.id} = (
    select case when m.user_id is not null then r.workspace_id when r.is_public then ${theirs} end
    from (${PUBLIC[resource](id)}) r join ${workspaces} w on w.id = r.workspace_id and w.status = 'active'
    left join ${workspaceMembers} m on m.workspace_id = w.id and m.user_id = ${users.id}
      and coalesce(${personalTokens.workspaceId}, w.id) = w.id
  )`;
}

/** Where a resource that may be public belongs, and whether it is. */
const PUBLIC: Record<PublicResource, (id: string) => SQL> = {
  workflow: (id) => sql`
    select f.workspace_id, f.is_public from ${workflows} f where f.id = ${id}::uuid and not exists (
      select from ${projects} p where p.workflow_id = f.id and p.status = 'deleted'
    )`,
  node: (id) => sql`select n.workspace_id, n.is_public from ${nodes} n where n.id = ${id}::uuid`,
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

const NO_RIGHTS = sql<ProjectRight[]>`'{}'::text[]`;

/** What the user may do in the request's project as one of its collaborators. */
function rightsIn(place: Place | null): SQL<ProjectRight[]> {
  if (place?.resource !== 'project' || !isUuid(place.id)) return NO_RIGHTS;
  const held = PROJECT_RIGHTS.map(
    (right) => sql`case when ${projectCollaborators[COLUMN_OF[right]]} then ${right}::text end`,
  );
  return sql<ProjectRight[]>`coalesce((
    select array_remove(array[${sql.join(held, sql`, `)}], null) from ${projectCollaborators}
    where ${projectCollaborators.projectId} = ${place.id}::uuid and ${projectCollaborators.userId} = ${users.id}
  ), '{}')`;
}

const COLUMN_OF = { edit: 'canEdit', comment: 'canComment', share: 'canShare', delete: 'canDelete' } as const;

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
export function findInitiators(db: Database, initiators: Initiator[]) {
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
  return findPresented(db, presented, and(eq(workspaces.id, sql`presented.workspace_id`), isOfToken())!, NO_RIGHTS);
}

export type Initiator = { userId: string; accessTokenId: string | null; workspaceId: string };
