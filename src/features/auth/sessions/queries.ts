import { and, eq, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { deleteBefore } from '../../../db/purge.ts';
import { sessions, users } from '../../../db/schema/index.ts';
import { userColumns } from '../queries.ts';
import type { RefreshClaim } from '../tokens/refresh-token.ts';

/** A session lives for seven days after each refresh, but not beyond ninety in all. */
const IDLE_LIMIT = sql`interval '7 days'`;
const ABSOLUTE_LIMIT = sql`interval '90 days'`;

/** Two tabs refresh at once, or an answer is lost: the token before the present one works for so long. */
const REPLAY_WINDOW = sql`interval '30 seconds'`;

/** No row where the account is gone. To be run after {@link touchLastLogin}, whose lock keeps it from going. */
export function insertSession(db: Database, id: string, userId: string) {
  return db.execute<{ id: string }>(sql`
    insert into sessions (id, user_id, expires_at)
    select ${id}, ${users.id}, now() + ${IDLE_LIMIT} from ${users} where ${users.id} = ${userId}
    returning id
  `);
}

/** A login is no change of the account: `updated_at` stays. */
export function touchLastLogin(db: Database, userId: string) {
  return db
    .update(users)
    .set({ lastLoginAt: sql`now()`, updatedAt: sql`${users.updatedAt}` })
    .where(eq(users.id, userId));
}

/**
 * Spends a refresh token, in one statement, so that of several requests with the same one exactly one rotates:
 * - the present one rotates;
 * - the one before it changes nothing, for as long as it may be a retry: it is answered with the present one;
 * - any other was stolen, or is used by somebody from whom it was stolen: the session ends.
 * No row where the session is not there or over. Somebody disabled rotates nothing.
 */
export async function spendRefreshToken(db: Database, { sessionId, generation }: RefreshClaim) {
  const isPresent = sql`(${sessions.generation} = ${generation})`;
  const isRetry = sql`(${sessions.generation} = ${generation} + 1 and ${sessions.rotatedAt} > now() - ${REPLAY_WINDOW})`;
  const rotates = sql`(${isPresent} and ${users.isActive})`;
  const [row] = await db
    .update(sessions)
    .set({
      generation: sql`case when ${rotates} then ${sessions.generation} + 1 else ${sessions.generation} end`,
      rotatedAt: sql`case when ${rotates} then now() else ${sessions.rotatedAt} end`,
      expiresAt: sql`case when ${rotates} then least(now() + ${IDLE_LIMIT}, ${sessions.createdAt} + ${ABSOLUTE_LIMIT})
        else ${sessions.expiresAt} end`,
      revokedAt: sql`case when ${isPresent} or ${isRetry} then null else now() end`,
    })
    .from(users)
    .where(
      and(
        eq(sessions.id, sessionId),
        isNull(sessions.revokedAt),
        sql`${sessions.expiresAt} > now()`,
        eq(users.id, sessions.userId),
      ),
    )
    .returning({ user: userColumns, generation: sessions.generation, revokedAt: sessions.revokedAt });
  return row;
}

export async function revokeSessions(db: Database, ids: string[]): Promise<void> {
  await db
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(inArray(sessions.id, ids), isNull(sessions.revokedAt)));
}

/** Ends every session of a user, but for one. */
export function revokeSessionsOf(db: Database, userId: string, exceptId: string | null = null) {
  return db
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.revokedAt),
        exceptId === null ? undefined : ne(sessions.id, exceptId),
      ),
    );
}

/** Deletes up to `limit` sessions that ended before `before`; returns how many. */
export const deleteEndedSessions = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: sessions.id, time: sessions.expiresAt }, before, limit);
