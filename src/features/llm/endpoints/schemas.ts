import { z } from '@hono/zod-openapi';
import { DateTime, line, listQuery, Uuid } from '../../../http/schemas.ts';
import { NAME_PATTERN } from './names.ts';

export const ListEndpointsQuery = listQuery(50, 100);

export type ListEndpointsQuery = z.infer<typeof ListEndpointsQuery>;

export const EndpointParams = z.object({
  endpoint_id: Uuid.openapi({ param: { name: 'endpoint_id', in: 'path' }, description: 'The endpoint.' }),
});

const Name = z
  .string()
  .regex(NAME_PATTERN, 'must be 2 to 49 lower-case letters, digits and hyphens, beginning with a letter')
  .openapi({
    description: 'What calls name as their provider. No provider of the catalogue has it.',
    example: 'our-vllm',
  });

/** Only its form; the guard decides whether it may be called. */
const BaseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an absolute https URL' })
  .max(2000)
  .openapi({
    description:
      'Where its OpenAI-compatible API begins, as in `…/v1`: an address of the public internet, by https, without query. ' +
      'Members see it.',
    example: 'https://models.example.com/v1',
  });

/** Keys travel in a header, so they are visible ASCII. */
const ApiKey = z
  .string()
  .trim()
  .min(1)
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces');

/** So that no call costs more than the ledger can hold. */
const PricePerMillion = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,6})?$/, 'must be a decimal below 10,000 with at most six places')
  .openapi({ example: '0.15' });

const Tokens = z.number().int().min(1).max(100_000_000);

const ModelPrices = z
  .object({ input: PricePerMillion, output: PricePerMillion.openapi({ example: '0.6' }) })
  .openapi('EndpointModelPrices', { description: 'US dollars for a million tokens.' });

const Model = z
  .object({
    name: line(1, 100).openapi({ description: 'As the endpoint knows it.', example: 'qwen3-32b' }),
    kind: z
      .enum(['chat', 'embedding'])
      .default('chat')
      .openapi({ description: 'What it answers with: a text, or vectors.' }),
    context_window: Tokens.nullish().openapi({ description: 'In tokens; null where it is not known.', example: 32768 }),
    max_output_tokens: Tokens.nullish().openapi({ description: 'Null where it is not known.', example: 8192 }),
    capabilities: z
      .array(z.enum(['tools', 'vision', 'reasoning']))
      .max(3)
      .default([])
      .openapi({ description: 'What it can do beyond texts; the rest is refused.', example: ['tools'] }),
    price_per_million: ModelPrices.nullish().openapi({
      description: 'What it costs you, for the usage log; nothing is billed for it.',
    }),
  })
  .openapi('EndpointModelInput');

const MODELS_LIMIT = 100;

const Models = z
  .array(Model)
  .max(MODELS_LIMIT)
  .refine((models) => new Set(models.map(({ name }) => name)).size === models.length, 'must not name a model twice')
  .openapi({
    description:
      'What you say of its models; calls that name none get the first that chats. Others may be called as well: of ' +
      'them neither limits nor prices are known, and tools and images are passed on.',
  });

export const EndpointCreate = z
  .object({
    name: Name,
    base_url: BaseUrl,
    api_key: ApiKey.nullish().openapi({
      description: 'Sent as a bearer token. Kept encrypted; it is never shown again.',
      example: 'sk-invented-0001a2B',
    }),
    models: Models.default([]),
    is_active: z.boolean().default(true).openapi({ description: 'Whether it can be called.' }),
  })
  .openapi('EndpointCreate');

export type EndpointCreate = z.infer<typeof EndpointCreate>;

export const EndpointUpdate = z
  .object({
    name: Name.optional(),
    base_url: BaseUrl.optional().openapi({
      description: 'With another address the key has to be given anew, where there is one: it goes to no other.',
    }),
    api_key: ApiKey.nullish().openapi({ description: 'Null takes the key away.', example: 'sk-invented-0001a2B' }),
    models: Models.optional(),
    is_active: z.boolean().optional().openapi({ description: 'Whether it can be called.' }),
  })
  .openapi('EndpointUpdate');

export type EndpointUpdate = z.infer<typeof EndpointUpdate>;

const EndpointModel = z
  .object({
    name: z.string().openapi({ example: 'qwen3-32b' }),
    kind: z.enum(['chat', 'embedding']),
    context_window: z.number().int().nullable().openapi({ description: 'In tokens.', example: 32768 }),
    max_output_tokens: z.number().int().nullable().openapi({ example: 8192 }),
    capabilities: z.array(z.enum(['tools', 'vision', 'reasoning'])),
    price_per_million: ModelPrices.nullable(),
  })
  .openapi('EndpointModel');

export const Endpoint = z
  .object({
    id: Uuid,
    workspace_id: Uuid,
    name: z.string().openapi({ description: 'What calls name as their provider.', example: 'our-vllm' }),
    base_url: z.string().openapi({ example: 'https://models.example.com/v1' }),
    has_key: z.boolean().openapi({ description: 'Whether a key is sent along; no operation shows it.' }),
    models: z.array(EndpointModel),
    is_active: z.boolean(),
    version: z.number().int(),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('Endpoint');

export type Endpoint = z.infer<typeof Endpoint>;

export const EndpointTest = z
  .object({
    status: z.enum(['healthy', 'invalid', 'unreachable']).openapi({
      description:
        'healthy: it listed its models. invalid: it refused the key. unreachable: it gave no clear answer, or its ' +
        'address is not allowed.',
    }),
    http_status: z.number().int().nullable().openapi({ description: 'Its answer, if any.', example: 200 }),
    detail: z.string().nullable().openapi({
      description: 'What went wrong, if it gave no answer.',
      example: 'the endpoint could not be reached',
    }),
    latency_ms: z.number().int().openapi({ example: 180 }),
    models: z
      .array(z.string())
      .openapi({ description: 'The models that it names, at most 1000.', example: ['qwen3-32b'] }),
    checked_at: DateTime,
  })
  .openapi('EndpointTest');

export type EndpointTest = z.infer<typeof EndpointTest>;
