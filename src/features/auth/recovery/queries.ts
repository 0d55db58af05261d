import { and, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { deleteBefore } from '../../../db/purge.ts';
import { mailTokens, users } from '../../../db/schema/index.ts';
import { reservation } from '../throttle/queries.ts';
import type { Slot } from '../throttle/rules.ts';
import type { MailTokenPurpose } from '../tokens/mail-token.ts';

export type NewMailToken = { purpose: MailTokenPurpose; tokenHash: string; lifetimeMs: number };

const expiryOf = ({ lifetimeMs }: NewMailToken) => sql`now() + make_interval(secs => ${lifetimeMs / 1000})`;

export function insertMailToken(db: Database, userId: string, token: NewMailToken) {
  const { purpose, tokenHash } = token;
  return db.insert(mailTokens).values({ userId, purpose, tokenHash, expiresAt: expiryOf(token) });
}

/**
 * Makes a token for the account that `whom` (a condition on `users`) selects, unless mail of this kind went to that
 * address too often. The attempt is counted either way, so that an unknown address costs the same. The lock keeps the
 * account from being deleted meanwhile.
 */
export function issueMailToken(db: Database, whom: SQL, token: NewMailToken, slot: Slot) {
  return db.execute(sql`
    with ${reservation([slot])}
    insert into mail_tokens (user_id, purpose, token_hash, expires_at)
    select ${users.id}, ${token.purpose}, ${token.tokenHash}, ${expiryOf(token)}
    from ${users} where ${whom} and ${users.isActive} and exists (select from reserved)
    for key share of ${users}
  `);
}

/** The account for which this token was issued: a condition on `users`. */
export const holdsToken = (tokenHash: string): SQL =>
  sql`${users.id} = (select user_id from mail_tokens where token_hash = ${tokenHash})`;

const isUsable = (tokenHash: string, purpose: MailTokenPurpose) =>
  and(
    eq(mailTokens.tokenHash, tokenHash),
    eq(mailTokens.purpose, purpose),
    isNull(mailTokens.usedAt),
    sql`${mailTokens.expiresAt} > now()`,
  );

/** Uses a token up, once and for all, and confirms the address that it was sent to; no row when it is of no use. */
export async function confirmAddress(db: Database, tokenHash: string): Promise<{ id: string } | undefined> {
  const used = db.$with('used').as(
    db
      .update(mailTokens)
      .set({ usedAt: sql`now()` })
      .where(isUsable(tokenHash, 'verify_email'))
      .returning({ userId: mailTokens.userId }),
  );
  const [row] = await db
    .with(used)
    .update(users)
    .set({ isVerified: true })
    .where(inArray(users.id, db.select({ userId: used.userId }).from(used)))
    .returning({ id: users.id });
  return row;
}

/** The account of a token that would reset its password. Uses nothing up. */
export async function findResettableAccount(db: Database, tokenHash: string) {
  const [row] = await db
    .select({ id: users.id, email: users.email, username: users.username })
    .from(mailTokens)
    .innerJoin(users, eq(users.id, mailTokens.userId))
    .where(and(isUsable(tokenHash, 'reset_password'), users.isActive));
  return row;
}

/** Uses a token up and sets the password; the mail that brought it also proves the address. */
export function resetPassword(db: Database, tokenHash: string, passwordHash: string) {
  const used = db.$with('used').as(
    db
      .update(mailTokens)
      .set({ usedAt: sql`now()` })
      .where(isUsable(tokenHash, 'reset_password'))
      .returning({ userId: mailTokens.userId }),
  );
  return db
    .with(used)
    .update(users)
    .set({ passwordHash, isVerified: true })
    .where(inArray(users.id, db.select({ userId: used.userId }).from(used)))
    .returning({ id: users.id });
}

/** Tokens of other mails that would set the password of an account end when it is set. */
export function endResetTokens(db: Database, userId: string) {
  return db
    .update(mailTokens)
    .set({ usedAt: sql`now()` })
    .where(and(eq(mailTokens.userId, userId), eq(mailTokens.purpose, 'reset_password'), isNull(mailTokens.usedAt)));
}

/** Deletes up to `limit` tokens that expired before `before`; returns how many. */
export const deleteExpiredTokens = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: mailTokens.id, time: mailTokens.expiresAt }, before, limit);
