import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkVariables, type Env } from '../src/env.ts';
import { UsageError } from './options.ts';

type VariableName = {
  [Name in keyof Env]-?: NonNullable<Env[Name]> extends string | number | boolean | string[] ? Name : never;
}[keyof Env];

/** Every variable of src/env.ts; the compiler finds one that is missing here. */
const VARIABLES = {
  ENVIRONMENT: true,
  DATABASE_URL: true,
  AUTH_SECRET: true,
  ENCRYPTION_KEYS: true,
  FRONTEND_URL: true,
  API_URL: true,
  CORS_ORIGINS: true,
  LLM_DEFAULT_PROVIDER: true,
  OPENAI_API_KEY: true,
  OPENAI_BASE_URL: true,
  OPENAI_ORGANIZATION: true,
  ANTHROPIC_API_KEY: true,
  ANTHROPIC_BASE_URL: true,
  GOOGLE_API_KEY: true,
  GOOGLE_BASE_URL: true,
  TOGETHER_API_KEY: true,
  TOGETHER_BASE_URL: true,
  XAI_API_KEY: true,
  XAI_BASE_URL: true,
  DEEPSEEK_API_KEY: true,
  DEEPSEEK_BASE_URL: true,
  GROQ_API_KEY: true,
  GROQ_BASE_URL: true,
  MISTRAL_API_KEY: true,
  MISTRAL_BASE_URL: true,
  OPENROUTER_API_KEY: true,
  OPENROUTER_BASE_URL: true,
  WORKERS_AI_API_KEY: true,
  WORKERS_AI_BASE_URL: true,
  LOCAL_LLM_BASE_URL: true,
  LLM_STALL_LIMIT_MS: true,
  LLM_CIRCUIT_FAILURES: true,
  EXECUTIONS_PER_WORKSPACE: true,
  OUTGOING_DNS_URL: true,
  OUTGOING_ALLOW_PRIVATE: true,
  CATALOG_WEBHOOK_SECRET: true,
  MAIL_API_URL: true,
  MAIL_API_KEY: true,
  MAIL_FROM: true,
} satisfies Record<VariableName, true>;

export type Variables = Record<string, string>;

/** The variables of the Worker that the environment sets; an empty one counts as not set. */
export function readVariables(environment: NodeJS.ProcessEnv): Variables {
  const names = [...Object.keys(VARIABLES), 'RATE_LIMITS'].filter((name) => environment[name]);
  return Object.fromEntries(names.map((name) => [name, environment[name]!]));
}

/** Refuses what the Worker would refuse, before anything is started. @throws {UsageError} */
export function assertValid(variables: Variables): void {
  const made = { DATABASE_URL: 'postgres://localhost', AUTH_SECRET: 'x'.repeat(32), ENCRYPTION_KEYS: generateKey() };
  const faults = checkVariables({ ...made, ...variables });
  if (!['on', 'off', undefined].includes(variables.RATE_LIMITS)) faults.push('RATE_LIMITS: must be on or off');
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
}

/** Secrets of this state folder, made once, so that what they signed and sealed stays valid. */
export function loadSecrets(state: string): { authSecret: string; encryptionKeys: string; demoPassword: string } {
  const file = join(state, 'secrets.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  const made = { authSecret: generate(), encryptionKeys: generateKey(), demoPassword: `Aa1#${generate()}` };
  const secrets = { ...made, ...known };
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

/** Writes variables where wrangler reads them: a file of ours only, because others see a command line. */
export function writeEnvFile(state: string, variables: Variables): string {
  const file = join(state, 'worker.env');
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote(name, value)}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return file;
}

/** In a quote that the value does not contain; wrangler replaces `$NAME` even inside quotes, unless it is escaped. */
function quote(name: string, value: string): string {
  const mark = ["'", '"', '`'].find((candidate) => !value.includes(candidate));
  if (!mark || (mark === '"' && value.includes('\\'))) throw new UsageError(`${name}: has too many kinds of quotes`);
  return mark + value.replaceAll('$', '\\$') + mark;
}

const generate = () => randomBytes(32).toString('base64url');

/** A key of ENCRYPTION_KEYS. */
const generateKey = () => `local:${generate()}`;
