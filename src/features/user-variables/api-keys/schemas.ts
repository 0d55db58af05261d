import { z } from '@hono/zod-openapi';
import { DateTime, line, Uuid } from '../../../http/schemas.ts';
import { MaskedValue, VALUE_LIMIT } from '../schemas.ts';

export const ProviderParams = z.object({
  provider: z
    .string()
    .min(1)
    .max(50)
    .openapi({
      param: { name: 'provider', in: 'path' },
      description: 'A provider, or its other name: claude is anthropic, gemini is google.',
      example: 'openai',
    }),
});

/** Keys travel in a header, so they are visible ASCII. */
const ApiKeyValue = z
  .string()
  .trim()
  .min(1)
  .max(VALUE_LIMIT)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces')
  .openapi({ description: 'The key. Kept encrypted; it is never shown again.', example: 'sk-invented-0001a2B' });

export const ApiKeyUpsert = z
  .object({
    key: z
      .string()
      .max(255)
      .nullish()
      .openapi({ description: 'Accepted and ignored: the provider decides.', example: 'OPENAI_API_KEY' }),
    value: ApiKeyValue,
    description: line(0, 500).nullish().openapi({ example: 'Team account' }),
    is_encrypted: z
      .boolean()
      .nullish()
      .openapi({ description: 'Accepted and ignored: every key is encrypted.', example: true }),
    is_active: z.boolean().default(true).openapi({ description: 'Whether calls use it.' }),
    category: z
      .string()
      .max(100)
      .nullish()
      .openapi({ description: 'Accepted and ignored: it is api_keys.', example: 'api_keys' }),
  })
  .openapi('ApiKeyUpsert');

export type ApiKeyUpsert = z.infer<typeof ApiKeyUpsert>;

const ProviderName = z.string().openapi({ description: 'Canonical name of the provider.', example: 'openai' });

export const ApiKey = z
  .object({
    id: Uuid,
    provider_name: ProviderName,
    key_name: z.string().openapi({ description: 'The variable that holds it.', example: 'OPENAI_API_KEY' }),
    value: MaskedValue,
    is_active: z.boolean(),
    description: z.string().nullable().openapi({ example: 'Team account' }),
    created_at: DateTime,
    updated_at: DateTime,
    masking_disabled: z.literal(false).openapi({ description: 'Keys are always masked.' }),
  })
  .openapi('ApiKey');

export type ApiKey = z.infer<typeof ApiKey>;

export const ApiKeyDone = z
  .object({
    message: z.string().openapi({ example: 'API key for openai saved.' }),
    provider: ProviderName,
    status: z.literal('success'),
  })
  .openapi('ApiKeyDone');

export const ApiKeyProvider = z
  .object({
    name: ProviderName,
    display_name: z.string().openapi({ example: 'OpenAI' }),
    models: z.array(z.string()).openapi({ description: 'Its models in the catalogue.', example: ['gpt-4o'] }),
    description: z.string().openapi({ example: 'GPT models.' }),
    key_name: z.string().openapi({ description: 'The variable that holds its key.', example: 'OPENAI_API_KEY' }),
  })
  .openapi('ApiKeyProvider');

export type ApiKeyProvider = z.infer<typeof ApiKeyProvider>;

export const ApiKeyTest = z
  .object({
    provider: ProviderName,
    status: z.enum(['healthy', 'invalid', 'unreachable']).openapi({
      description:
        'healthy: the provider took the key. invalid: it refused it. unreachable: it gave no clear answer; try later.',
    }),
    http_status: z.number().int().nullable().openapi({ description: "The provider's answer, if any.", example: 200 }),
    latency_ms: z.number().int().openapi({ example: 180 }),
    checked_at: DateTime,
  })
  .openapi('ApiKeyTest');

export type ApiKeyTest = z.infer<typeof ApiKeyTest>;
