import type { Locale } from '../../core/locale.ts';
import { notFound, type ErrorCode } from '../../core/errors.ts';
import { API_VERSION } from '../../core/version.ts';
import type { Env } from '../../env.ts';
import { ERRORS } from '../../http/errors/catalog.ts';
import { BODY_LIMIT_BYTES } from '../../http/middleware/limits.ts';
import { RATE_LIMITS } from '../../http/middleware/rate-limit.ts';
import { TAGS } from '../../http/tags.ts';
import { ACCESS_TOKEN_SECONDS } from '../auth/index.ts';
import type { ApiInfo, ApiRoot, ProblemType } from './schemas.ts';

const NAME = 'SynapScale API';
const DOCS = { docs: '/docs', redoc: '/redoc' };

export function presentRoot(env: Env, now: Date): ApiRoot {
  return {
    message: NAME,
    description: 'AI automation as an HTTP API.',
    version: API_VERSION,
    environment: env.ENVIRONMENT,
    ...DOCS,
    health: '/health',
    api_prefix: '/api/v1',
    features: Object.keys(TAGS),
    contact: { name: 'SynapScale', url: env.FRONTEND_URL },
    timestamp: now.getTime() / 1000,
  };
}

export function presentInfo(env: Env, now: Date): ApiInfo {
  return {
    api: { name: NAME, version: API_VERSION, environment: env.ENVIRONMENT, debug: false },
    endpoints: { health: '/health', ...DOCS, openapi: '/openapi.json' },
    configuration: {
      cors_origins: env.CORS_ORIGINS.length,
      max_upload_size: BODY_LIMIT_BYTES,
      allowed_extensions: [],
      database_type: 'postgresql',
      cache_enabled: true,
      websockets_enabled: true,
    },
    security: {
      authentication: ['bearer', 'basic'],
      access_token_seconds: ACCESS_TOKEN_SECONDS,
      rate_limits: Object.fromEntries(Object.entries(RATE_LIMITS).map(([name, limit]) => [name, limit.perMinute])),
    },
    timestamp: now.getTime() / 1000,
  };
}

/** @throws {AppError} `not_found` for a code that no problem has. */
export function presentProblemType(code: string, locale: Locale): ProblemType {
  if (!Object.hasOwn(ERRORS, code)) throw notFound('problem type');
  const { status, title, detail } = ERRORS[code as ErrorCode];
  return {
    type: `/problems/${code}`,
    code,
    status,
    title: title[locale],
    detail: detail[locale],
    texts: { en: { title: title.en, detail: detail.en }, pt: { title: title.pt, detail: detail.pt } },
  };
}
