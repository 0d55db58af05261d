import { and, eq, exists, gt, isNull, sql, type SQL } from 'drizzle-orm';
import { isUuid } from '../../../core/ids.ts';
import type { Database } from '../../../db/client.ts';
import { sessions, users, workspaceMembers, workspaces } from '../../../db/schema/index.ts';
import { userColumns } from '../queries.ts';

/** What the caller has shown: a token of a session, or the password that this hash was right for. */
export type Proof = { userId: string } & ({ sessionId: string } | { passwordHash: string });

/**
 * Everything that decides on a request, in one statement: the user, if the proof still holds, and the workspace (the
 * personal one where none is named) with the user's role in it.
 */
export function findActor(db: Database, proof: Proof, workspaceId: string | null) {
  return db
    .select({ user: userColumns, workspaceId: workspaces.id, role: workspaceMembers.role })
    .from(users)
    .leftJoin(workspaces, and(isWanted(workspaceId), eq(workspaces.status, 'active')))
    .leftJoin(
      workspaceMembers,
      and(eq(workspaceMembers.workspaceId, workspaces.id), eq(workspaceMembers.userId, users.id)),
    )
    .where(and(eq(users.id, proof.userId), stillHolds(db, proof)));
}

export type ActorRow = Awaited<ReturnType<typeof findActor>>[number];

/** Sessions end early, and a changed password ends what the former one was remembered for. */
function stillHolds(db: Database, proof: Proof): SQL {
  if ('passwordHash' in proof) return eq(users.passwordHash, proof.passwordHash);
  const live = and(
    eq(sessions.id, proof.sessionId),
    eq(sessions.userId, users.id),
    isNull(sessions.revokedAt),
    gt(sessions.expiresAt, sql`now()`),
  );
  return exists(
    db
      .select({ one: sql`1` })
      .from(sessions)
      .where(live),
  );
}

/** An id that is none finds nothing, as a foreign one does. */
function isWanted(workspaceId: string | null): SQL | undefined {
  if (workspaceId === null) return and(eq(workspaces.ownerId, users.id), eq(workspaces.type, 'individual'));
  return isUuid(workspaceId) ? eq(workspaces.id, workspaceId) : sql`false`;
}
