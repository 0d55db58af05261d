import { and, eq, sql } from 'drizzle-orm';
import type { Claim } from '../core/claim.ts';
import type { Database } from './client.ts';
import { violatesUnique } from './errors.ts';
import { idempotencyClaims } from './schema/index.ts';
import { together, type Statements } from './together.ts';

/**
 * Runs statements as one transaction, together with the claim of the request's Idempotency-Key where it has one. A
 * repetition waits for the first, then fails as {@link isClaimedAlready} tells, having changed nothing.
 * @param resourceId what the statements make, which a repetition will show.
 */
export async function batchClaimed(
  { db, claim }: { db: Database; claim: Claim | null },
  resourceId: string,
  statements: Statements,
): Promise<unknown[]> {
  if (!claim) return together(db, statements);
  claim.taken = true;
  const { scope, requestHash } = claim;
  const [, ...results] = await db.batch([
    db.insert(idempotencyClaims).values({ scope, requestHash, resourceId }),
    ...statements,
  ]);
  return results;
}

/** Whether statements failed because the request was carried out before. */
export const isClaimedAlready = (error: unknown) => violatesUnique(error, 'idempotency_claims_pkey');

export async function findClaim(
  db: Database,
  scope: string,
): Promise<{ requestHash: string; resourceId: string } | undefined> {
  const [claim] = await db
    .select({ requestHash: idempotencyClaims.requestHash, resourceId: idempotencyClaims.resourceId })
    .from(idempotencyClaims)
    .where(eq(idempotencyClaims.scope, scope));
  return claim;
}

/** Frees a key under which nothing was made, unless somebody has claimed it anew. */
export async function releaseClaim(db: Database, scope: string, resourceId: string): Promise<void> {
  await db
    .delete(idempotencyClaims)
    .where(and(eq(idempotencyClaims.scope, scope), eq(idempotencyClaims.resourceId, resourceId)));
}

/** Deletes claims of before that time, at most `limit`; returns how many. */
export async function deleteClaimsBefore(db: Database, before: Date, limit: number): Promise<number> {
  const result = await db.execute(sql`
    delete from idempotency_claims where scope in (
      select scope from idempotency_claims where created_at < ${before.toISOString()}::timestamptz limit ${limit}
    )`);
  return result.rowCount;
}
