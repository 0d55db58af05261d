import type { BatchItem } from 'drizzle-orm/batch';
import { requireUser, sessionIdOf, type UserActor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { checkPassword } from '../password-check.ts';
import { presentUser } from '../present.ts';
import { ACCESS_TOKEN_SECONDS, createAccessToken } from '../tokens/access-token.ts';
import { createRefreshToken, readRefreshToken, type RefreshClaim } from '../tokens/refresh-token.ts';
import * as queries from './queries.ts';
import type { LoginRequest, TokenSet } from './schemas.ts';

/** Opens a session for a name and a password. @throws {AppError} `invalid_credentials`, `login_throttled`, … */
export async function logIn(ctx: Ctx, { email, username, password }: LoginRequest): Promise<TokenSet> {
  const { user, forgiven } = await checkPassword(ctx, { login: (email ?? username)!, password });
  return openSession(ctx, user, forgiven);
}

/** Opens a session for a caller who came with HTTP Basic. A token does not open another session: it would outlive itself. */
export async function logInWithBasic(ctx: Ctx): Promise<TokenSet> {
  const user = requireUser(ctx.actor);
  if (ctx.actor.kind !== 'user' || ctx.actor.credential.kind !== 'password') throw new AppError('unauthenticated');
  return openSession(ctx, user);
}

/**
 * Opens a session for somebody who has proved who they are. Between their proof and their session the account may have
 * been deleted. @param before what is written with it, and first @throws {AppError} `invalid_credentials`
 */
export async function openSession(ctx: Ctx, user: UserActor, ...before: BatchItem<'pg'>[]): Promise<TokenSet> {
  const sessionId = crypto.randomUUID();
  const touched = queries.touchLastLogin(ctx.db, user.id);
  const [first = touched, ...others] = [...before, touched];
  const results = await ctx.db.batch([first, ...others, queries.insertSession(ctx.db, sessionId, user.id)]);
  if (results.at(-1)!.rows.length === 0) throw new AppError('invalid_credentials');
  return issueTokens(ctx, user, { sessionId, generation: 0 });
}

/** Exchanges a refresh token for its successor and a new access token. */
export async function refreshSession(ctx: Ctx, refreshToken: string): Promise<TokenSet> {
  const claim = readRefreshToken(ctx.env, refreshToken);
  const session = claim && (await queries.spendRefreshToken(ctx.db, claim));
  if (!session) throw new AppError('invalid_refresh_token');
  if (session.revokedAt) {
    logEvent('warn', 'refresh_token_reused', { user_id: session.user.id, session_id: claim.sessionId });
    throw new AppError('invalid_refresh_token');
  }
  if (!session.user.isActive) throw new AppError('account_disabled');
  return issueTokens(ctx, session.user, { sessionId: claim.sessionId, generation: session.generation });
}

/** Ends the session of the access token and, should it be another one, that of the refresh token. */
export async function logOut(ctx: Ctx, refreshToken: string | null | undefined): Promise<void> {
  const own = sessionIdOf(ctx.actor);
  const claimed = refreshToken ? readRefreshToken(ctx.env, refreshToken)?.sessionId : null;
  const ids = [own, claimed].filter((id) => id !== null && id !== undefined);
  if (ids.length > 0) await queries.revokeSessions(ctx.db, ids);
}

export async function logOutEverywhere(ctx: Ctx): Promise<void> {
  await queries.revokeSessionsOf(ctx.db, requireUser(ctx.actor).id);
}

async function issueTokens(ctx: Ctx, user: UserActor, claim: RefreshClaim): Promise<TokenSet> {
  const { id: userId, email } = user;
  return {
    access_token: await createAccessToken(ctx.env, { userId, email, sessionId: claim.sessionId }),
    refresh_token: createRefreshToken(ctx.env, claim),
    token_type: 'bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
    user: presentUser(user),
  };
}
