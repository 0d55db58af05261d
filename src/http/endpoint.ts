import { createRoute, type RouteConfig, type z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { ErrorCode } from '../core/errors.ts';
import { isPermission, PERMISSIONS, type Access } from '../core/permissions.ts';
import type { AppEnv } from './app-env.ts';
import { withErrors } from './errors/describe.ts';
import { closeOnRefusal } from './middleware/close-on-refusal.ts';
import { guard } from './middleware/guard.ts';
import { normalizeBody } from './middleware/normalize-body.ts';
import { RATE_LIMITS, type RateLimitClass } from './middleware/rate-limit.ts';
import { FORM_MEDIA_TYPES, type JsonBody } from './respond.ts';
import { WorkspaceHeader } from './schemas.ts';
import type { TAGS } from './tags.ts';

export type EndpointConfig = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** From the root, parameters in braces, no trailing slash. */
  path: string;
  /** camelCase `verbNoun`, unique in the document. */
  operationId: string;
  summary: string;
  description?: string;
  tag: keyof typeof TAGS;
  /** What the caller must be or hold; leaving it out does not compile. */
  access: Access;
  rateLimit?: RateLimitClass;
  /** Takes the access token as `?token=` too, for browsers that cannot set headers. */
  allowQueryToken?: boolean;
  /** Answers a WebSocket upgrade; refusals of one are close codes, since browsers cannot read a status. */
  socket?: boolean;
  request?: { query?: z.ZodObject; params?: z.ZodObject; headers?: z.ZodObject; body?: JsonBody<z.ZodType> };
  responses: RouteConfig['responses'];
  /** Errors of this operation's own, beyond those that every operation of its kind may answer. */
  errors?: ErrorCode[];
};

/**
 * Describes an operation and guards it. Standard error answers are added from the table that the error handler
 * answers from, so that document and behaviour cannot differ.
 */
export function endpoint<const C extends EndpointConfig>(config: C) {
  const { tag, access, rateLimit = 'general', allowQueryToken = false, socket = false, errors = [], ...route } = config;
  const contentTypes = Object.keys(config.request?.body?.content ?? {});
  const middleware: MiddlewareHandler<AppEnv>[] = [
    ...(socket ? [closeOnRefusal] : []),
    guard({ access, rateLimit, allowQueryToken }),
  ];
  if (contentTypes.length > 0) {
    const acceptsForms = FORM_MEDIA_TYPES.some((type) => contentTypes.includes(type));
    middleware.push(normalizeBody({ acceptsForms, optional: config.request?.body?.required === false }));
  }
  const request = withWorkspaceHeader(config);
  const kind = {
    method: config.method,
    access,
    takesInput: request !== undefined,
    takesBody: contentTypes.length > 0,
    hasPath: request?.params !== undefined,
  };
  return createRoute({
    ...route,
    description: [config.description, describeRules(access, rateLimit)].filter(Boolean).join('\n\n'),
    request,
    tags: [tag],
    security: securityOf(access, allowQueryToken),
    'x-access': access,
    'x-rate-limit': rateLimit,
    ...(socket && { 'x-websocket': true }),
    responses: withErrors(kind, errors, config.responses),
    middleware,
  }) as unknown as Route<C>;
}

/** What the router's types need of a declaration: its own answers, since errors are thrown and not returned. */
type Route<C extends EndpointConfig> = Pick<C, 'method' | 'path' | 'responses' | (keyof C & 'request')> & {
  middleware: MiddlewareHandler<AppEnv>[];
};

/** Every operation that looks its caller up takes the header that selects a workspace, unless its path does. */
function withWorkspaceHeader({ access, path, request }: EndpointConfig): EndpointConfig['request'] {
  const selectable = (isPermission(access) || access === 'account') && !path.includes('{workspace_id}');
  return selectable ? { ...request, headers: WorkspaceHeader.extend(request?.headers?.shape ?? {}) } : request;
}

function securityOf(access: Access, allowQueryToken: boolean): Record<string, string[]>[] {
  if (access === 'public') return [];
  return [{ bearer: [] }, { basic: [] }, ...(allowQueryToken ? [{ queryToken: [] }] : [])];
}

const WHO: Record<Exclude<Access, keyof typeof PERMISSIONS>, string> = {
  public: 'anyone',
  signature: 'whoever holds a valid token; it is looked up nowhere',
  account: 'any signed-in user',
  superuser: 'administrators of the platform',
};

/** What `x-access` and `x-rate-limit` say, for people. */
function describeRules(access: Access, rateLimit: RateLimitClass): string {
  const who = isPermission(access)
    ? `members of the workspace who hold \`${access}\` (${PERMISSIONS[access]} and above)`
    : WHO[access];
  return `**Access:** ${who}. **Limit:** ${RATE_LIMITS[rateLimit].perMinute} requests a minute.`;
}
