import { z } from 'zod';

/** A variable that may be absent or set to the empty string, which means the same. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const commaSeparated = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

/** `id:key`, the key being 32 bytes in either base64 alphabet. */
const EncryptionKey = z.string().regex(/^[a-z\d_-]{1,32}:[\w+/-]{43}=?$/i, 'must be id:key, with 32 bytes in base64');

/** As Standard Webhooks has them, for 24 to 64 bytes. */
const SigningSecret = z
  .string()
  .regex(/^whsec_([a-z\d+/]{4}){8,21}([a-z\d+/]{2}==|[a-z\d+/]{3}=)?$/i, 'must be whsec_ and 24 to 64 bytes in base64');

/** `host` or `host:port`. */
const Host = z.string().regex(/^(\[[\da-f:.]+\]|[a-z\d._-]+)(:\d{1,5})?$/i, 'must be host or host:port');

const idOf = (entry: string) => entry.split(':')[0];

/** Variables and secrets. Each is documented in README.md under "Configuration". */
const Variables = z.object({
  ENVIRONMENT: z.enum(['development', 'test', 'staging', 'production']).default('production'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }),
  AUTH_SECRET: z.string().min(32, 'must have at least 32 characters'),
  /** What secrets of users are sealed with, the current key first; the others still open what they have sealed. */
  ENCRYPTION_KEYS: commaSeparated.pipe(
    z
      .array(EncryptionKey)
      .min(1, 'must hold at least one key')
      .refine((keys) => new Set(keys.map(idOf)).size === keys.length, 'must not use an id twice'),
  ),
  FRONTEND_URL: z.url().default('http://localhost:3000'),
  /** Where this API is reached from outside: links that answer what an execution waits for begin with it. */
  API_URL: z.url().default('http://localhost:8787'),
  CORS_ORIGINS: commaSeparated,
  LLM_DEFAULT_PROVIDER: optional(z.string()),
  OPENAI_API_KEY: optional(z.string()),
  OPENAI_BASE_URL: optional(z.url()),
  OPENAI_ORGANIZATION: optional(z.string()),
  ANTHROPIC_API_KEY: optional(z.string()),
  ANTHROPIC_BASE_URL: optional(z.url()),
  GOOGLE_API_KEY: optional(z.string()),
  GOOGLE_BASE_URL: optional(z.url()),
  TOGETHER_API_KEY: optional(z.string()),
  TOGETHER_BASE_URL: optional(z.url()),
  XAI_API_KEY: optional(z.string()),
  XAI_BASE_URL: optional(z.url()),
  DEEPSEEK_API_KEY: optional(z.string()),
  DEEPSEEK_BASE_URL: optional(z.url()),
  GROQ_API_KEY: optional(z.string()),
  GROQ_BASE_URL: optional(z.url()),
  MISTRAL_API_KEY: optional(z.string()),
  MISTRAL_BASE_URL: optional(z.url()),
  OPENROUTER_API_KEY: optional(z.string()),
  OPENROUTER_BASE_URL: optional(z.url()),
  /** Not CLOUDFLARE_…, which is where wrangler looks for the key of whoever deploys. */
  WORKERS_AI_API_KEY: optional(z.string()),
  WORKERS_AI_BASE_URL: optional(z.url()),
  LOCAL_LLM_BASE_URL: optional(z.url()),
  /** How long a provider may stay silent, before the first token and between tokens. */
  LLM_STALL_LIMIT_MS: z.coerce.number().int().min(100).max(600_000).default(60_000),
  LLM_CIRCUIT_FAILURES: z.coerce.number().int().min(1).max(1000).default(5),
  /** Executions of one workspace that run at once, where its settings say nothing else. */
  EXECUTIONS_PER_WORKSPACE: z.coerce.number().int().min(1).max(1000).default(10),
  /** DNS over HTTPS (RFC 8484), for the names of addresses that users choose. */
  OUTGOING_DNS_URL: z.url({ protocol: /^https$/ }).default('https://cloudflare-dns.com/dns-query'),
  /** Hosts that users may call although they are private; meant for development. */
  OUTGOING_ALLOW_PRIVATE: commaSeparated.pipe(z.array(Host)),
  /** Signs what tells of changes of the catalogue that were made past the API. */
  CATALOG_WEBHOOK_SECRET: optional(SigningSecret),
  MAIL_API_URL: z.url().default('https://api.resend.com/emails'),
  MAIL_API_KEY: optional(z.string()),
  MAIL_FROM: z.string().default('SynapScale <no-reply@synapscale.example>'),
});

const binding = <T>(method: string) =>
  z.custom<T>((value) => typeof (value as Record<string, unknown> | undefined)?.[method] === 'function', {
    error: 'is not bound',
  });

/** Bindings, checked by the method that tells them apart from a variable of the same name. */
const Bindings = z.object({
  CACHE: binding<KVNamespace>('get'),
  STORAGE: binding<R2Bucket>('head'),
  ASSETS: binding<Fetcher>('fetch'),
  JOBS: binding<Queue>('send'),
  CHANNEL: binding<DurableObjectNamespace>('idFromName'),
  LLM_STREAM: binding<DurableObjectNamespace>('idFromName'),
  LLM_BUDGET: binding<DurableObjectNamespace>('idFromName'),
  LLM_CIRCUIT: binding<DurableObjectNamespace>('idFromName'),
  EXECUTION_RUNNER: binding<DurableObjectNamespace>('idFromName'),
  RATE_LIMIT_GENERAL: binding<RateLimit>('limit'),
  RATE_LIMIT_CREDENTIALS: binding<RateLimit>('limit'),
  RATE_LIMIT_LLM: binding<RateLimit>('limit'),
  RATE_LIMIT_HOOKS: binding<RateLimit>('limit'),
  RATE_LIMIT_UPLOAD: binding<RateLimit>('limit'),
});

const EnvSchema = Variables.extend(Bindings.shape);

export type Env = z.output<typeof EnvSchema>;

/** The configuration cannot serve requests; the message names each variable at fault and never its value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const parsed = new WeakMap<object, Env>();

/** Checks bindings and variables once per isolate. @throws {ConfigurationError} */
export function parseEnv(raw: object): Env {
  const known = parsed.get(raw);
  if (known) return known;
  const result = EnvSchema.safeParse(raw);
  if (!result.success) {
    throw new ConfigurationError(
      result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  }
  parsed.set(raw, result.data);
  return result.data;
}

/** Checks variables alone, for commands that start the Worker. Returns one line per fault, with no values. */
export function checkVariables(raw: Record<string, string | undefined>): string[] {
  const result = Variables.safeParse(raw);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}
