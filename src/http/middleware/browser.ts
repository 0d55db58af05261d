import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import type { MiddlewareHandler } from 'hono';
import { parseEnv } from '../../env.ts';
import type { AppEnv } from '../app-env.ts';
import { NEXT_CURSOR_HEADER } from '../schemas.ts';

/** What scripts may send and read beyond what browsers allow by themselves. */
const SENT = [
  'Authorization',
  'Content-Type',
  'X-Workspace-Id',
  'X-Request-ID',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  // What OpenAI's client says of itself, unasked.
  'X-Stainless-Arch',
  'X-Stainless-Helper-Method',
  'X-Stainless-Lang',
  'X-Stainless-OS',
  'X-Stainless-Package-Version',
  'X-Stainless-Retry-Count',
  'X-Stainless-Runtime',
  'X-Stainless-Runtime-Version',
  'X-Stainless-Timeout',
];
const READ = [
  'X-Request-ID',
  'X-Process-Time',
  'Server-Timing',
  'Retry-After',
  'WWW-Authenticate',
  'Allow',
  'Age',
  'ETag',
  'Location',
  'Content-Disposition',
  'X-LLM-Cache',
  'X-LLM-Cache-Key',
  'X-LLM-Call-Id',
  'X-LLM-Emulated',
  'X-Execution-Id',
  'Idempotency-Replayed',
  'Preference-Applied',
  'Deprecation',
  'Sunset',
  'Link',
  NEXT_CURSOR_HEADER,
];

/**
 * Lets the origins of `CORS_ORIGINS` call the API from a browser; `*` stands for all. Credentials are never cookies,
 * so none are allowed along.
 */
export const allowOrigins: MiddlewareHandler<AppEnv> = cors({
  origin: (origin, c) => {
    const allowed = parseEnv(c.env).CORS_ORIGINS;
    return allowed.includes('*') || allowed.includes(origin) ? origin : null;
  },
  allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: SENT,
  exposeHeaders: READ,
  maxAge: 86_400,
});

const POLICY = 'Content-Security-Policy';

/** The headers of an API that renders nothing: no framing, no sniffing, no referrer, HTTPS for a year. */
const setHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
  permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
  crossOriginResourcePolicy: false,
});

/** Secures every answer; one that is rendered brings a content security policy of its own, which stays. */
export const secureAnswers: MiddlewareHandler<AppEnv> = async function secureAnswers(c, next) {
  let own: string | null = null;
  await setHeaders(c, async () => {
    await next();
    own = c.res.headers.get(POLICY);
  });
  if (own !== null) c.res.headers.set(POLICY, own);
};
