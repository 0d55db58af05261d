import type { Context, MiddlewareHandler } from 'hono';
import type { Actor } from '../../core/actor.ts';
import type { Access } from '../../core/permissions.ts';
import type { AppEnv, Identity } from '../app-env.ts';
import { readCredentials } from '../credentials.ts';
import { enforceRateLimit, type RateLimitClass } from './rate-limit.ts';

export type GuardOptions = { access: Access; rateLimit: RateLimitClass; allowQueryToken: boolean };

/** Limits the rate, then lets in only an actor with the right that the operation demands. */
export function guard(options: GuardOptions): MiddlewareHandler<AppEnv> {
  return async function guard(c, next) {
    const actor = await admit(c, options);
    c.set('ctx', { ...c.var.ctx, actor });
    await next();
  };
}

async function admit(c: Context<AppEnv>, { access, rateLimit, allowQueryToken }: GuardOptions): Promise<Actor> {
  const { authenticator, ctx } = c.var;
  const identity = await authenticator.identify(readCredentials(c.req, allowQueryToken), ctx);
  await enforceRateLimit(ctx.env, rateLimit, rateLimitKey(c, identity, rateLimit));
  if (access === 'public') return ctx.actor;
  c.set('credentialsExpireAt', identity.kind === 'bearer' ? identity.expiresAt : null);
  return authenticator.authorize(identity, access, requestedWorkspace(c), ctx);
}

/** Guesses of credentials count against the address, whoever they claim to be. */
function rateLimitKey(c: Context<AppEnv>, identity: Identity, rateLimit: RateLimitClass): string {
  if (identity.kind === 'bearer' && rateLimit !== 'credentials') return `user:${identity.userId}`;
  return `address:${c.var.ctx.clientNetwork ?? 'unknown'}`;
}

/** A path that names its workspace wins over the header; the authenticator falls back to the personal one. */
function requestedWorkspace(c: Context<AppEnv>): string | null {
  return c.req.param('workspace_id') ?? c.req.header('x-workspace-id') ?? null;
}
