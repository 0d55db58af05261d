import { requireUser } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { hashPassword } from '../../../core/password.ts';
import type { Ctx } from '../../../context.ts';
import { dispatchLetter, queueLetter, writeLetter } from '../../mail/index.ts';
import { forgetBasicLogins } from '../identity/basic-logins.ts';
import { accountKeysOf } from '../password-check.ts';
import { hasEmail, hasId, hasPassword } from '../queries.ts';
import { revokeSessionsOf } from '../sessions/queries.ts';
import { forgiveAttempts } from '../throttle/queries.ts';
import { mailSlot } from '../throttle/rules.ts';
import { createMailToken, hashMailToken, MAIL_TOKEN_MS, type MailTokenPurpose } from '../tokens/mail-token.ts';
import * as queries from './queries.ts';
import type { ResetPasswordRequest } from './schemas.ts';

/** Confirms the address that a token was sent to. @throws {AppError} `invalid_mail_token` */
export async function verifyEmail(ctx: Ctx, token: string): Promise<void> {
  const confirmed = await queries.confirmAddress(ctx.db, hashMailToken(token));
  if (!confirmed) throw new AppError('invalid_mail_token');
}

/** Sends the caller another link, if there still is something to confirm. */
export async function resendVerification(ctx: Ctx): Promise<void> {
  const user = requireUser(ctx.actor);
  if (!user.isVerified) await sendToken(ctx, 'verify_email', user.email, hasId(user.id));
}

/**
 * Sends a link to reset a password, if the address has an account. Known or not, it is the same work in one round trip,
 * with two more rows for a known one; the queue is told after the answer.
 */
export async function requestPasswordReset(ctx: Ctx, email: string): Promise<void> {
  await sendToken(ctx, 'reset_password', email, hasEmail(email));
}

async function sendToken(
  ctx: Ctx,
  purpose: MailTokenPurpose,
  email: string,
  whom: ReturnType<typeof hasId>,
): Promise<void> {
  const { token, tokenHash } = createMailToken();
  const letter = await writeLetter(ctx, purpose, { token });
  const newToken = { purpose, tokenHash, lifetimeMs: MAIL_TOKEN_MS[purpose] };
  const [, queued] = await ctx.db.batch([
    queries.issueMailToken(ctx.db, whom, newToken, mailSlot(ctx.env, purpose, email)),
    queueLetter(ctx, letter, queries.holdsToken(tokenHash)),
  ]);
  if (queued.rows.length > 0) dispatchLetter(ctx, letter);
}

/**
 * Sets a new password for the account that the token was sent to, and ends all its sessions.
 * @throws {AppError} `invalid_mail_token`
 */
export async function resetPassword(ctx: Ctx, { token, new_password }: ResetPasswordRequest): Promise<void> {
  const tokenHash = hashMailToken(token);
  // Asked first, because a hash costs a hundred times what the question does.
  const account = await queries.findResettableAccount(ctx.db, tokenHash);
  if (!account) throw new AppError('invalid_mail_token');
  const passwordHash = await hashPassword(new_password);
  const letter = await writeLetter(ctx, 'password_changed', {});
  const accountKeys = accountKeysOf(ctx, account);
  const [, changed] = await ctx.db.batch([
    forgiveAttempts(ctx.db, { accountKeys, addressKey: null, addressAttempts: null }),
    queries.resetPassword(ctx.db, tokenHash, passwordHash),
    revokeSessionsOf(ctx.db, account.id),
    queries.endResetTokens(ctx.db, account.id),
    queueLetter(ctx, letter, hasPassword(account.id, passwordHash)),
  ]);
  if (changed.length === 0) throw new AppError('invalid_mail_token');
  forgetBasicLogins(account.id);
  dispatchLetter(ctx, letter);
}
