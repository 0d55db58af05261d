import { AppError, notFound } from './errors.ts';
import type { Grant } from './permissions.ts';

/** The workspace of a request, and what its actor may do there. */
export type Workspace = { id: string } & Grant;

/** Who acts. A request without credentials is `anonymous`; `bearer` has a valid token that nobody looked up. */
export type Actor =
  | { kind: 'anonymous' }
  | { kind: 'bearer'; userId: string; sessionId: string }
  | { kind: 'user'; user: UserActor; credential: Credential; workspace: Workspace | null }
  | { kind: 'system'; job: string };

/**
 * What a user came with. A password is told by a digest of its hash, which another password changes; `expiresAt` is when
 * the credential ends by itself.
 */
export type Credential =
  | { kind: 'session'; id: string; expiresAt: Date }
  | { kind: 'password'; digest: string; expiresAt: null }
  | { kind: 'token'; id: string; expiresAt: Date };

export type UserActor = {
  id: string;
  email: string;
  username: string;
  fullName: string;
  profileImageUrl: string | null;
  bio: string | null;
  isActive: boolean;
  isVerified: boolean;
  isSuperuser: boolean;
  createdAt: Date;
  updatedAt: Date;
};

export const ANONYMOUS: Actor = { kind: 'anonymous' };

/** The signed-in user. @throws {AppError} `unauthenticated` when the operation did not demand an account. */
export function requireUser(actor: Actor): UserActor {
  if (actor.kind !== 'user') throw new AppError('unauthenticated');
  return actor.user;
}

/** The workspace that the request is about. @throws {AppError} `not_found` when there is none. */
export function requireWorkspace(actor: Actor): Workspace {
  if (actor.kind !== 'user' || !actor.workspace) throw notFound('workspace');
  return actor.workspace;
}

/** The session that the request belongs to; null for tokens and passwords, which have none. */
export function sessionIdOf(actor: Actor): string | null {
  if (actor.kind === 'bearer') return actor.sessionId;
  return actor.kind === 'user' && actor.credential.kind === 'session' ? actor.credential.id : null;
}

/** The user's id, as far as it is known, for logs and rate limits. */
export function actorId(actor: Actor): string | null {
  if (actor.kind === 'user') return actor.user.id;
  return actor.kind === 'bearer' ? actor.userId : null;
}

/** The personal access token that somebody acts with; null for whoever has signed in. */
export const accessTokenOf = (actor: Actor): string | null =>
  actor.kind === 'user' && actor.credential.kind === 'token' ? actor.credential.id : null;
