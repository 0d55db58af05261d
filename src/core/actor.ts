import { AppError, notFound } from './errors.ts';
import type { Role } from './permissions.ts';

export type Workspace = { id: string; role: Role };

/** Who acts. A request without credentials is `anonymous`; `bearer` has a valid token that nobody looked up. */
export type Actor =
  | { kind: 'anonymous' }
  | { kind: 'bearer'; userId: string; sessionId: string }
  | { kind: 'user'; user: UserActor; sessionId: string | null; workspace: Workspace | null }
  | { kind: 'system'; job: string };

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

/** The user's id, as far as it is known, for logs and rate limits. */
export function actorId(actor: Actor): string | null {
  if (actor.kind === 'user') return actor.user.id;
  return actor.kind === 'bearer' ? actor.userId : null;
}
