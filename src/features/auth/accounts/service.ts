import { randomBytes } from 'node:crypto';
import { requireUser, sessionIdOf, type UserActor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { fill, type Text } from '../../../core/locale.ts';
import { hashPassword } from '../../../core/password.ts';
import type { Ctx } from '../../../context.ts';
import { violatesUnique } from '../../../db/errors.ts';
import { recordActivity } from '../../activities/index.ts';
import { auditChange } from '../../audit/index.ts';
import { dispatchLetter, queueLetter, writeLetter } from '../../mail/index.ts';
import { forgetBasicLogins } from '../identity/basic-logins.ts';
import { checkPassword } from '../password-check.ts';
import { presentUser } from '../present.ts';
import { hasId, hasPassword } from '../queries.ts';
import { endResetTokens, insertMailToken } from '../recovery/queries.ts';
import type { UserProfile } from '../schemas.ts';
import { revokeSessionsOf } from '../sessions/queries.ts';
import { createMailToken, MAIL_TOKEN_MS } from '../tokens/mail-token.ts';
import * as queries from './queries.ts';
import type { ChangePasswordRequest, RegisterRequest } from './schemas.ts';

const WORKSPACE_NAME: Text = { en: "{full_name}'s workspace", pt: 'Workspace de {full_name}' };

/**
 * Creates an account with everything that belongs to it, or nothing: plan, personal workspace, and the mail that
 * confirms its address. @throws {AppError} `email_taken`, `username_taken`
 */
export async function registerAccount(ctx: Ctx, request: RegisterRequest): Promise<UserProfile> {
  return presentUser(await createAccount(ctx, request, await hashPassword(request.password)));
}

/** {@link registerAccount} with a password that is hashed already. */
export async function createAccount(
  ctx: Ctx,
  { email, full_name: fullName, ...named }: Omit<RegisterRequest, 'password'>,
  passwordHash: string,
): Promise<UserActor> {
  const { db, locale } = ctx;
  const username = named.username.toLowerCase();
  const id = crypto.randomUUID();
  const workspaceId = crypto.randomUUID();
  const name = fill(WORKSPACE_NAME[locale], { full_name: fullName });
  const slug = `workspace-${username}-${randomBytes(4).toString('hex')}`;
  const { token, tokenHash } = createMailToken();
  const letter = await writeLetter(ctx, 'verify_email', { token });
  const verification = { purpose: 'verify_email', tokenHash, lifetimeMs: MAIL_TOKEN_MS.verify_email } as const;
  const created = { workspaceId, userId: id, resourceId: workspaceId };
  const activity = recordActivity(ctx, { ...created, action: 'workspace_created' });
  const [[user]] = await unlessTaken(
    db.batch([
      queries.insertUser(db, { id, email, username, fullName, passwordHash, locale }),
      queries.insertFreeSubscription(db, id),
      queries.insertPersonalWorkspace(db, { id: workspaceId, ownerId: id, name, slug }),
      queries.insertOwner(db, workspaceId, id),
      insertMailToken(db, id, verification),
      queueLetter(ctx, letter, hasId(id)),
      activity.statement,
      auditChange(ctx, { ...created, action: 'workspace.created', details: { type: 'individual' } }),
    ]),
  );
  activity.announce();
  dispatchLetter(ctx, letter);
  return user!;
}

/** The database decides who was first: a question beforehand would be out of date by the time of the answer. */
async function unlessTaken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (violatesUnique(error, 'users_email_key')) throw new AppError('email_taken');
    if (violatesUnique(error, 'users_username_key')) throw new AppError('username_taken');
    throw error;
  }
}

/**
 * Sets a new password and ends all sessions but the caller's own.
 * @throws {AppError} `wrong_password`, `login_throttled`
 */
export async function changePassword(
  ctx: Ctx,
  { current_password, new_password }: ChangePasswordRequest,
): Promise<void> {
  const { db, actor } = ctx;
  const { email } = requireUser(actor);
  const proven = await checkPassword(ctx, { login: email, password: current_password }, 'wrong_password');
  const { id } = proven.user;
  const passwordHash = await hashPassword(new_password);
  const letter = await writeLetter(ctx, 'password_changed', {});
  const [, changed] = await db.batch([
    proven.forgiven,
    queries.replacePassword(db, id, proven.passwordHash, passwordHash),
    revokeSessionsOf(db, id, sessionIdOf(actor)),
    endResetTokens(db, id),
    queueLetter(ctx, letter, hasPassword(id, passwordHash)),
  ]);
  // Another request changed it first: what was given is not the current password any more.
  if (changed.length === 0) throw new AppError('wrong_password');
  forgetBasicLogins(id);
  dispatchLetter(ctx, letter);
}
