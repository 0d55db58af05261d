import type { Context, MiddlewareHandler } from 'hono';
import type { Actor } from '../../core/actor.ts';
import type { Access } from '../../core/permissions.ts';
import { mayBePublic, type Place, type Resource } from '../../core/place.ts';
import type { AppEnv, Identity } from '../app-env.ts';
import { readCredentials } from '../credentials.ts';
import { enforceRateLimit, type RateLimitClass } from './rate-limit.ts';

export type GuardOptions = {
  access: Access;
  rateLimit: RateLimitClass;
  allowQueryToken: boolean;
  /** The resource whose workspace is the request's; its id is the path's parameter `<resource>_id`. */
  workspaceOf: Resource | undefined;
};

/** Limits the rate, then lets in only an actor with the right that the operation demands. */
export function guard(options: GuardOptions): MiddlewareHandler<AppEnv> {
  return async function guard(c, next) {
    const actor = await admit(c, options);
    c.set('ctx', { ...c.var.ctx, actor });
    await next();
  };
}

async function admit(
  c: Context<AppEnv>,
  { access, rateLimit, allowQueryToken, workspaceOf }: GuardOptions,
): Promise<Actor> {
  const { authenticator, ctx } = c.var;
  const identity = await authenticator.identify(readCredentials(c.req, allowQueryToken), ctx);
  for (const key of rateLimitKeys(c, identity, rateLimit)) await enforceRateLimit(ctx.env, rateLimit, key);
  if (access === 'public') return ctx.actor;
  c.set('access', access);
  return authenticator.authorize(identity, access, requestedPlace(c, workspaceOf), ctx);
}

/**
 * What the request counts against: the token, else the user, else the address. Guesses of credentials always count
 * against the address, and so do tokens that may be made up: a new one each time would have a new limit each time.
 */
function rateLimitKeys(c: Context<AppEnv>, identity: Identity, rateLimit: RateLimitClass): string[] {
  const address = `address:${c.var.ctx.clientNetwork ?? 'unknown'}`;
  if (rateLimit === 'hooks') return [address, `hook:${c.req.param('hook_id') ?? ''}`];
  if (rateLimit === 'credentials') return [address];
  if (identity.kind === 'bearer') return [`user:${identity.userId}`];
  if (identity.kind !== 'token') return [address];
  const token = `token:${identity.tokenHash}`;
  return identity.isKnown ? [token] : [address, token];
}

/**
 * A path that names a resource or its workspace wins over the header, which says where to meet what is public; where none
 * is named, the authenticator falls back to the personal workspace.
 */
function requestedPlace(c: Context<AppEnv>, workspaceOf: Resource | undefined): Place | null {
  const named = c.req.header('x-workspace-id');
  if (workspaceOf) {
    const place = { resource: workspaceOf, id: c.req.param(`${workspaceOf}_id`) ?? '' };
    return mayBePublic(workspaceOf) ? { ...place, own: named } : place;
  }
  const id = c.req.param('workspace_id') ?? named;
  return id === undefined ? null : { resource: 'workspace', id };
}
