import { z } from '@hono/zod-openapi';
import { DateTime } from '../../http/schemas.ts';

export const SERVICES = ['database', 'cache', 'queue', 'realtime', 'storage', 'llm'] as const;

/** What the API rests on, each of which can be asked for by itself. */
export type ServiceName = (typeof SERVICES)[number];

const Timestamp = z.number().openapi({ description: 'Seconds since 1970, in UTC.', example: 1_767_182_400.25 });
const Version = z.string().openapi({ description: 'Version of the API.', example: '1.0.0' });
const Environment = z.enum(['development', 'test', 'staging', 'production']).openapi({ example: 'production' });
const Path = (example: string) => z.string().openapi({ description: 'A path of this API.', example });

export const ServiceStatus = z.enum(['healthy', 'degraded', 'unhealthy', 'unconfigured']).openapi('ServiceStatus', {
  description:
    '`healthy`: it answered. `degraded`: part of it answered. `unhealthy`: it did not. ' +
    '`unconfigured`: this deployment does without it, which is no fault.',
});

export const ApiRoot = z
  .object({
    message: z.string().openapi({ example: 'SynapScale API' }),
    description: z.string().openapi({ example: 'AI automation as an HTTP API.' }),
    version: Version,
    environment: Environment,
    docs: Path('/docs'),
    redoc: Path('/redoc'),
    health: Path('/health'),
    api_prefix: Path('/api/v1'),
    features: z.array(z.string()).openapi({ description: 'Sections of the API.', example: ['Authentication', 'LLM'] }),
    contact: z
      .object({ name: z.string().openapi({ example: 'SynapScale' }), url: z.url() })
      .openapi({ description: 'Whom to ask.' }),
    timestamp: Timestamp,
  })
  .openapi('ApiRoot', { description: 'What this host is, and where to go on.' });

export type ApiRoot = z.infer<typeof ApiRoot>;

export const ApiHealth = z
  .object({
    status: z.enum(['healthy', 'unhealthy']).openapi({ description: 'As in `GET /health`.' }),
    version: Version,
    message: z.string().openapi({ example: 'SynapScale API v1 is healthy' }),
    endpoints: z
      .record(z.string(), z.string())
      .openapi({ description: 'The first path of each section.', example: { llm: '/api/v1/llm' } }),
  })
  .openapi('ApiHealth', { description: 'Whether version 1 of the API works.' });

export type ApiHealth = z.infer<typeof ApiHealth>;

const SecurityInfo = z
  .object({
    authentication: z.array(z.string()).openapi({ example: ['bearer', 'basic'] }),
    access_token_seconds: z.number().int().openapi({ description: 'How long an access token lives.', example: 1800 }),
    rate_limits: z
      .record(z.string(), z.number())
      .openapi({ description: 'Requests a minute, by kind of operation.', example: { general: 100 } }),
  })
  .openapi('SecurityInfo', { description: 'The rules for credentials and for how often to call.' });

export const ApiInfo = z
  .object({
    api: z.object({
      name: z.string().openapi({ example: 'SynapScale API' }),
      version: Version,
      environment: Environment,
      debug: z.boolean().openapi({ description: 'Always false: nothing internal is ever shown.' }),
    }),
    endpoints: z.object({
      health: Path('/health'),
      docs: Path('/docs'),
      redoc: Path('/redoc'),
      openapi: Path('/openapi.json'),
    }),
    configuration: z.object({
      cors_origins: z.number().int().openapi({ description: 'How many origins browsers may call from.', example: 1 }),
      max_upload_size: z.number().int().openapi({ description: 'Bytes that a body may have.', example: 1_048_576 }),
      allowed_extensions: z.array(z.string()).openapi({ description: 'Kinds of files that can be uploaded.' }),
      database_type: z.string().openapi({ example: 'postgresql' }),
      cache_enabled: z.boolean(),
      websockets_enabled: z.boolean(),
    }),
    security: SecurityInfo,
    timestamp: Timestamp,
  })
  .openapi('ApiInfo', { description: 'The limits and settings that a client may want to know.' });

export type ApiInfo = z.infer<typeof ApiInfo>;

const QueueBacklog = z
  .object({
    messages: z.number().int().openapi({ description: 'Messages that wait.', example: 0 }),
    bytes: z.number().int().openapi({ example: 0 }),
    oldest_at: DateTime.nullable().openapi({ description: 'When the oldest of them was sent.' }),
  })
  .openapi('QueueBacklog');

const ProviderHealth = z
  .object({
    provider: z.string().openapi({ example: 'openai' }),
    status: z.enum(['healthy', 'unhealthy']),
    latency_ms: z.number().nullable().openapi({ example: 180 }),
  })
  .openapi('ProviderHealth');

export const ServiceHealth = z
  .object({
    service: z.enum(SERVICES).openapi({ example: 'database' }),
    status: ServiceStatus,
    latency_ms: z
      .number()
      .nullable()
      .openapi({ description: 'How long its answer took; null where there was none.', example: 4 }),
    reason: z
      .enum(['timeout', 'error'])
      .nullable()
      .openapi({ description: 'Why it is not healthy: it was too slow, or it failed. The log has the rest.' }),
    checked_at: DateTime.openapi({ description: 'When it was asked. An answer is used for ten seconds.' }),
    backlog: QueueBacklog.nullable().openapi({ description: 'Of the queue, where the platform tells; else null.' }),
    providers: z.array(ProviderHealth).openapi({ description: 'Of llm: each provider that is configured.' }),
  })
  .openapi('ServiceHealth', { description: 'How one service answered when it was last asked.' });

export type ServiceHealth = z.infer<typeof ServiceHealth>;

/** What a check tells beyond that the service answered. */
export type Finding = Partial<Pick<ServiceHealth, 'status' | 'reason' | 'latency_ms' | 'backlog' | 'providers'>>;

const DatabaseStatus = z
  .object({ status: z.enum(['healthy', 'unhealthy']), latency_ms: z.number().nullable() })
  .openapi('DatabaseStatus');

const NOT_OBSERVABLE = 'Always null: a Worker has no process that could be observed.';

export const Health = z
  .object({
    status: z.enum(['healthy', 'unhealthy']).openapi({ description: 'Unhealthy when the database is away.' }),
    timestamp: Timestamp,
    checked_at: DateTime.openapi({ description: 'When the oldest of these answers was given.' }),
    version: Version,
    environment: Environment,
    database: DatabaseStatus,
    services: z
      .object({
        api: ServiceStatus,
        database: ServiceStatus,
        cache: ServiceStatus,
        queue: ServiceStatus,
        realtime: ServiceStatus,
        storage: ServiceStatus,
        llm: ServiceStatus,
        websockets: ServiceStatus,
      })
      .openapi({ description: 'The status of each service; `websockets` repeats `realtime`.' }),
    system: z.object({
      uptime: z.null().openapi({ description: NOT_OBSERVABLE }),
      memory_usage: z.null().openapi({ description: NOT_OBSERVABLE }),
      cpu_usage: z.null().openapi({ description: NOT_OBSERVABLE }),
    }),
  })
  .openapi('Health', { description: 'Whether the API can serve, and how what it rests on does.' });

export type Health = z.infer<typeof Health>;

export const DetailedHealth = z
  .object({
    status: z
      .enum(['healthy', 'degraded'])
      .openapi({ description: 'Degraded when any configured service is not healthy.' }),
    environment: Environment,
    version: Version,
    database: z.object({
      connected: z.boolean(),
      schema: z.string().nullable().openapi({ description: 'Null when the database is away.', example: 'public' }),
      tables: z.number().int().nullable().openapi({ description: 'Null when the database is away.', example: 17 }),
    }),
    llm_providers: z
      .object({
        openai: z.boolean(),
        anthropic: z.boolean(),
        google: z.boolean(),
        groq: z.boolean(),
        local: z.boolean(),
      })
      .openapi({ description: 'Which providers this deployment is configured for.' }),
    features: z
      .object({ llm: z.boolean(), mail: z.boolean() })
      .openapi({ description: 'What works here because its credentials are configured.' }),
    services: z.array(ServiceHealth),
    timestamp: Timestamp,
  })
  .openapi('DetailedHealth', { description: 'How each service answered, and what is configured.' });

export type DetailedHealth = z.infer<typeof DetailedHealth>;

export const ServiceParams = z.object({
  service: z
    .string()
    .max(100)
    .openapi({
      param: { name: 'service', in: 'path' },
      description: `One of ${SERVICES.join(', ')}; \`websocket\` is another name of realtime.`,
      example: 'database',
    }),
});

export const ProblemParams = z.object({
  code: z
    .string()
    .max(100)
    .openapi({ param: { name: 'code', in: 'path' }, description: 'The `code` of a problem.', example: 'not_found' }),
});

const ProblemTexts = z
  .object({
    title: z.string().openapi({ example: 'Not found' }),
    detail: z.string().openapi({ example: 'There is no such {resource}.' }),
  })
  .openapi('ProblemTexts');

export const ProblemType = z
  .object({
    type: z.string().openapi({ description: 'As in problems.', example: '/problems/not_found' }),
    code: z.string().openapi({ example: 'not_found' }),
    status: z.number().int().openapi({ example: 404 }),
    title: z.string().openapi({ description: 'In the language of the request.', example: 'Not found' }),
    detail: z
      .string()
      .openapi({ description: 'With its placeholders in braces.', example: 'There is no such {resource}.' }),
    texts: z
      .object({ en: ProblemTexts, pt: ProblemTexts })
      .openapi({ description: 'In English and in Brazilian Portuguese.' }),
  })
  .openapi('ProblemType', { description: 'What a kind of problem means.' });

export type ProblemType = z.infer<typeof ProblemType>;

export const OpenApiDocument = z
  .looseObject({ openapi: z.string().openapi({ example: '3.1.0' }), info: z.looseObject({}), paths: z.looseObject({}) })
  .openapi('OpenApiDocument', { description: 'This document: see the OpenAPI Specification.' });

export const IfNoneMatch = z.object({
  'if-none-match': z.string().max(1000).optional().openapi({ description: 'The ETag of what the client has.' }),
});

/** Names as local/build-docs.ts gives them. */
export const DocsFileParams = z.object({
  file: z
    .string()
    .max(100)
    .regex(/^[a-z-]+\.[\da-f]{16}\.(js|css|txt)$/)
    .openapi({
      param: { name: 'file', in: 'path' },
      description: 'A name with a digest of the content, as the page has it.',
      example: 'page.0123456789abcdef.css',
    }),
});

export const LocationHeader = z.object({
  Location: z.string().openapi({ description: 'Where it is now.', example: '/docs' }),
});

export const DocumentHeaders = z.object({
  ETag: z.string().openapi({ example: '"fa2da5a1ce2022f9"' }),
  'Cache-Control': z.string().openapi({ example: 'public, max-age=300' }),
});
