import { and, eq, type SQL } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { users } from '../../db/schema/index.ts';

/** What an actor knows of its user: everything but the password. */
export const userColumns = {
  id: users.id,
  email: users.email,
  username: users.username,
  fullName: users.fullName,
  profileImageUrl: users.profileImageUrl,
  bio: users.bio,
  isActive: users.isActive,
  isVerified: users.isVerified,
  isSuperuser: users.isSuperuser,
  createdAt: users.createdAt,
  updatedAt: users.updatedAt,
};

/** The account of a lower-case e-mail address or user name. The two cannot be mistaken: no user name has an `@`. */
export function findAccountByLogin(db: Database, login: string) {
  return db
    .select({ user: userColumns, passwordHash: users.passwordHash })
    .from(users)
    .where(login.includes('@') ? hasEmail(login) : eq(users.username, login));
}

export type Account = Awaited<ReturnType<typeof findAccountByLogin>>[number];

export const hasEmail = (email: string): SQL => eq(users.email, email);

export const hasId = (userId: string): SQL => eq(users.id, userId);

/** Hashes are salted: only the statement that set this one can have made it true. */
export const hasPassword = (userId: string, passwordHash: string): SQL =>
  and(hasId(userId), eq(users.passwordHash, passwordHash))!;
