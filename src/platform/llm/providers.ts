import type { Env } from '../../env.ts';

/** How to reach a provider: its OpenAI-compatible endpoint and the key to use there. */
export type Connection = {
  baseUrl: string;
  apiKey: string;
  organization?: string;
  /** Besides, or with null in place of, those that every endpoint takes. */
  headers?: Record<string, string | null>;
};

export type Provider = {
  /** The name in the catalogue. */
  id: string;
  name: string;
  description: string;
  documentationUrl: string | null;
  /** The model to use when a request names none. */
  defaultModel: string | null;
  /** Where the provider itself serves its OpenAI-compatible API; null where there is no such place. */
  apiUrl: string | null;
  /** How its list of models takes a key, where that is not as a bearer token. */
  listHeaders?(apiKey: string): Record<string, string | null>;
  /** Null where this deployment has no way to reach it. */
  connection(env: Env): Connection | null;
};

const OPENAI_URL = 'https://api.openai.com/v1';

const unreachable = () => null;

/** In order of preference: the first that is configured is the default. */
export const PROVIDERS: readonly Provider[] = [
  {
    id: 'openai',
    name: 'OpenAI',
    description: 'GPT models of OpenAI, or of any endpoint that OPENAI_BASE_URL names.',
    documentationUrl: 'https://platform.openai.com/docs',
    defaultModel: 'gpt-4o',
    apiUrl: OPENAI_URL,
    connection: (env) =>
      env.OPENAI_API_KEY
        ? {
            baseUrl: env.OPENAI_BASE_URL ?? OPENAI_URL,
            apiKey: env.OPENAI_API_KEY,
            organization: env.OPENAI_ORGANIZATION,
          }
        : null,
  },
  {
    id: 'local',
    name: 'Local',
    description: 'An OpenAI-compatible server beside this deployment, which needs no key.',
    documentationUrl: null,
    defaultModel: 'local-small',
    apiUrl: null,
    connection: (env) => (env.LOCAL_LLM_BASE_URL ? { baseUrl: env.LOCAL_LLM_BASE_URL, apiKey: 'none' } : null),
  },
  {
    id: 'anthropic',
    name: 'Anthropic',
    description: 'Claude models.',
    documentationUrl: 'https://docs.anthropic.com',
    defaultModel: 'claude-3-sonnet-20240229',
    apiUrl: 'https://api.anthropic.com/v1',
    // Its own API, beside the compatible one, which lists no models.
    listHeaders: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01', authorization: null }),
    connection: unreachable,
  },
  {
    id: 'google',
    name: 'Google',
    description: 'Gemini models.',
    documentationUrl: 'https://ai.google.dev/docs',
    defaultModel: 'gemini-1.5-pro',
    apiUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    connection: unreachable,
  },
  {
    id: 'llama',
    name: 'Llama',
    description: 'Open models of Meta.',
    documentationUrl: 'https://www.llama.com/docs',
    defaultModel: 'llama-3-70b',
    apiUrl: 'https://api.llama.com/compat/v1',
    connection: unreachable,
  },
  {
    id: 'grok',
    name: 'Grok',
    description: 'Grok models of xAI.',
    documentationUrl: 'https://docs.x.ai',
    defaultModel: 'grok-1',
    apiUrl: 'https://api.x.ai/v1',
    connection: unreachable,
  },
  {
    id: 'deepseek',
    name: 'DeepSeek',
    description: 'DeepSeek models.',
    documentationUrl: 'https://api-docs.deepseek.com',
    defaultModel: 'deepseek-chat',
    apiUrl: 'https://api.deepseek.com/v1',
    connection: unreachable,
  },
];

/** Names that clients use for providers of another name. */
const ALIASES: Record<string, string> = { claude: 'anthropic', gemini: 'google' };

export function canonicalProvider(name: string): string {
  const lower = name.toLowerCase();
  return ALIASES[lower] ?? lower;
}

export function findProvider(name: string): Provider | undefined {
  const id = canonicalProvider(name);
  return PROVIDERS.find((provider) => provider.id === id);
}

/**
 * Where to ask whether a key of a user's own works: at the provider itself, or at the operator's server where that is
 * the provider; never at an address that a user chose. Null where there is neither.
 */
export function probeConnection(provider: Provider, env: Env, apiKey: string): Connection | null {
  const baseUrl = provider.apiUrl ?? provider.connection(env)?.baseUrl;
  return baseUrl ? { baseUrl, apiKey, headers: provider.listHeaders?.(apiKey) } : null;
}
