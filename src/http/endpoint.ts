import { createRoute, z, type RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { DEPRECATIONS, type DeprecatedOperation } from '../core/deprecations.ts';
import type { ErrorCode } from '../core/errors.ts';
import { isPermission, PERMISSIONS, type Access, type Rule } from '../core/permissions.ts';
import { mayBePublic, type Resource } from '../core/place.ts';
import type { AppEnv } from './app-env.ts';
import { withErrors } from './errors/describe.ts';
import { formAt } from './errors/form.ts';
import { answerNotModified, EtagHeader, IfMatchHeader, IfNoneMatchHeader } from './etag.ts';
import { IdempotencyHeader, ReplayedHeader } from './idempotency.ts';
import { closeOnRefusal } from './middleware/close-on-refusal.ts';
import { guard } from './middleware/guard.ts';
import { markDeprecated } from './middleware/mark-deprecated.ts';
import { normalizeBody } from './middleware/normalize-body.ts';
import { RATE_LIMITS, type RateLimitClass } from './middleware/rate-limit.ts';
import { FORM_MEDIA_TYPES, type JsonBody, type RawBody } from './respond.ts';
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
  /** The resource whose workspace is the request's, where the path names one instead of the workspace. */
  workspaceOf?: Resource;
  rateLimit?: RateLimitClass;
  /** Takes a `?ticket=`, or the access token as `?token=`, for browsers that cannot set headers. */
  allowQueryToken?: boolean;
  /** Takes an Idempotency-Key: its handler goes through `once`. For every POST that creates or spends. */
  idempotent?: boolean;
  /** Carries an ETag, and answers 304 to a client that has it. For every GET of a single resource. */
  etag?: boolean;
  /** Takes If-Match, and answers 412 to a client that means another version. For changes of versioned resources. */
  ifMatch?: boolean;
  /** Answers a WebSocket upgrade; refusals of one are close codes, since browsers cannot read a status. */
  socket?: boolean;
  request?: { query?: z.ZodObject; params?: z.ZodObject; headers?: z.ZodObject; body?: JsonBody<z.ZodType> | RawBody };
  responses: RouteConfig['responses'];
  /** Errors of this operation's own, beyond those that every operation of its kind may answer. */
  errors?: ErrorCode[];
  /**
   * Older paths that serve the same, each as a deprecated operation of its own that names this one as its successor.
   * They have the parameters of `path`; their dates stand in `core/deprecations.ts`.
   */
  deprecatedPaths?: { path: string; operationId: DeprecatedOperation }[];
};

/**
 * Describes an operation and guards it. Standard error answers are added from the table that the error handler
 * answers from, so that document and behaviour cannot differ. The router serves it at its `deprecatedPaths` too.
 */
export function endpoint<const C extends EndpointConfig>(config: C) {
  const {
    tag,
    access,
    workspaceOf,
    rateLimit = 'general',
    allowQueryToken = false,
    socket = false,
    errors = [],
    deprecatedPaths = [],
    idempotent: _,
    etag: hasEtag,
    ifMatch: __,
    ...route
  } = config;
  const contentTypes = Object.keys(config.request?.body?.content ?? {});
  const middleware: MiddlewareHandler<AppEnv>[] = [
    ...(socket ? [closeOnRefusal] : []),
    guard({ access, rateLimit, allowQueryToken, workspaceOf }),
  ];
  if (contentTypes.includes('application/json')) {
    const acceptsForms = FORM_MEDIA_TYPES.some((type) => contentTypes.includes(type));
    middleware.push(normalizeBody({ acceptsForms, optional: config.request?.body?.required === false }));
  }
  if (hasEtag) middleware.push(answerNotModified);
  const request = withStandardHeaders(config);
  const kind = {
    method: config.method,
    access,
    takesInput: request !== undefined,
    takesBody: contentTypes.length > 0,
    hasPath: request?.params !== undefined,
  };
  const definition = {
    ...route,
    description: [config.description, describeRules(access, rateLimit)].filter(Boolean).join('\n\n'),
    request,
    tags: [tag],
    security: securityOf(access, allowQueryToken),
    'x-access': access,
    'x-rate-limit': rateLimit,
    ...(socket && { 'x-websocket': true }),
    responses: withErrors(formAt(config.path), kind, [...errors, ...impliedErrors(config)], withOwnHeaders(config)),
    middleware,
  };
  const aliases = deprecatedPaths.map((alias) => createRoute(deprecate(definition, alias)));
  return { ...createRoute(definition), aliases } as unknown as Route<C>;
}

/** The same operation at an older path: whatever it answers, it says that there is a newer one. */
function deprecate<D extends Definition>(definition: D, alias: { path: string; operationId: DeprecatedOperation }): D {
  const { method, path, operationId, description, middleware } = definition;
  const successor = `\`${method.toUpperCase()} ${path}\` (\`${operationId}\`)`;
  const until = DEPRECATIONS[alias.operationId].sunset.toISOString().slice(0, 10);
  return {
    ...definition,
    ...alias,
    deprecated: true,
    description: `**Deprecated:** ends on ${until}. Call ${successor} instead.\n\n${description}`,
    middleware: [markDeprecated(alias.operationId, path), ...middleware],
  };
}

type Definition = Pick<EndpointConfig, 'method' | 'path' | 'operationId'> & {
  description: string;
  middleware: MiddlewareHandler<AppEnv>[];
};

/** What the router's types need of a declaration: its own answers, since errors are thrown and not returned. */
type Route<C extends EndpointConfig> = Pick<C, 'method' | 'path' | 'responses' | (keyof C & 'request')> & {
  middleware: MiddlewareHandler<AppEnv>[];
  aliases: RouteConfig[];
};

/** The headers that a declaration implies: one that selects a workspace, unless the path does for good, and those it asks for. */
function withStandardHeaders(config: EndpointConfig): EndpointConfig['request'] {
  const { access, path, workspaceOf, request, idempotent, etag: hasEtag, ifMatch } = config;
  const isLookedUp = isPermission(access) || access === 'account' || access === 'identity';
  const isPlaced = workspaceOf ? !mayBePublic(workspaceOf) : path.includes('{workspace_id}');
  const selectable = isLookedUp && !isPlaced;
  const shape = {
    ...(selectable && WorkspaceHeader.shape),
    ...(idempotent && IdempotencyHeader.shape),
    ...(hasEtag && IfNoneMatchHeader.shape),
    ...(ifMatch && IfMatchHeader.shape),
  };
  if (Object.keys(shape).length === 0) return request;
  return { ...request, headers: z.object({ ...shape, ...request?.headers?.shape }) };
}

/** The errors of what a declaration asks for. */
const impliedErrors = ({ idempotent, ifMatch }: EndpointConfig): ErrorCode[] => [
  ...(idempotent ? (['idempotency_mismatch', 'idempotency_running'] as const) : []),
  ...(ifMatch ? (['precondition_failed'] as const) : []),
];

/** The answers with the headers that the declaration promises on success. */
function withOwnHeaders({ idempotent, etag: hasEtag, ifMatch, responses }: EndpointConfig): RouteConfig['responses'] {
  if (!idempotent && !hasEtag && !ifMatch) return responses;
  const added = { ...(idempotent && ReplayedHeader.shape), ...((hasEtag || ifMatch) && EtagHeader.shape) };
  const entries = Object.entries(responses).map(([status, response]) => {
    if (!status.startsWith('2') || '$ref' in response) return [status, response];
    const own = (response.headers as z.ZodObject | undefined)?.shape ?? {};
    return [status, { ...response, headers: z.object({ ...own, ...added }) }];
  });
  const notModified = { description: 'The client has this version already.', headers: EtagHeader };
  return { ...Object.fromEntries(entries), ...(hasEtag && { 304: notModified }) };
}

function securityOf(access: Access, allowQueryToken: boolean): Record<string, string[]>[] {
  if (access === 'public') return [];
  return [{ bearer: [] }, { basic: [] }, ...(allowQueryToken ? [{ ticket: [] }, { queryToken: [] }] : [])];
}

const WHO: Record<Exclude<Access, keyof typeof PERMISSIONS>, string> = {
  public: 'anyone',
  signature: 'whoever holds a valid token; a session’s is looked up nowhere',
  identity: 'any signed-in user, by a personal access token too',
  account: 'any signed-in user, but not by a personal access token',
  superuser: 'administrators of the platform, but not by a personal access token',
};

/** What `x-access` and `x-rate-limit` say, for people. */
function describeRules(access: Access, rateLimit: RateLimitClass): string {
  const who = isPermission(access)
    ? `members of the workspace who hold \`${access}\` (${holdersOf(PERMISSIONS[access])})`
    : WHO[access];
  return `**Access:** ${who}. **Limit:** ${RATE_LIMITS[rateLimit].perMinute} requests a minute.`;
}

const holdersOf = ({ role, right }: Rule) =>
  `${role} and above${right ? `, and collaborators of the project who may ${right}` : ''}`;
