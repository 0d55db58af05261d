import { z } from '@hono/zod-openapi';
import { DateTime, Decimal, line, Uuid } from '../../../http/schemas.ts';

const Day = z.iso.date().openapi({ example: '2026-03-21' });

const Flag = z.stringbool().optional();

export const CatalogQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1).openapi({ description: 'From 1.', example: 1 }),
  size: z.coerce.number().int().min(1).max(100).default(20).openapi({ description: 'At most so many.', example: 20 }),
  search: z.string().max(100).optional().openapi({ description: 'A part of the name, in any case.', example: 'gpt' }),
  provider: z.string().max(50).optional().openapi({ description: 'Only models of this one.', example: 'openai' }),
  is_active: Flag.openapi({ description: 'Active or inactive ones only; both where absent.', example: 'true' }),
  is_public: Flag.openapi({ description: 'Every model is public: `false` finds none.', example: 'true' }),
});

export type CatalogQuery = z.infer<typeof CatalogQuery>;

export const ModelParams = z.object({
  llm_id: Uuid.openapi({ param: { name: 'llm_id', in: 'path' }, description: 'The model, by its id.' }),
});

const Metadata = z.record(z.string(), z.unknown()).openapi({ example: { family: 'gpt-4' } });

const Kind = z.enum(['chat', 'embedding']);

const Pricing = z
  .object({
    input_per_million: Decimal.openapi({ example: '2.5' }),
    output_per_million: Decimal.openapi({ example: '10' }),
    source: z.string().nullable().openapi({ example: 'https://platform.openai.com/docs/pricing' }),
    date: Day.nullable().openapi({ description: 'The day on which the source said so.' }),
  })
  .openapi('CatalogPricing', { description: 'US dollars for a million tokens, exactly.' });

const PREFILL = 'Whether it goes on with an answer that the request has begun, and so with one that broke off.';

export const CatalogEntry = z
  .object({
    id: Uuid,
    name: z.string().openapi({ description: 'What requests call it.', example: 'gpt-4o' }),
    provider: z.string().openapi({ example: 'openai' }),
    display_name: z.string().openapi({ example: 'GPT-4o' }),
    kind: Kind.openapi({ description: 'What it answers with: a text, or vectors.' }),
    model_version: z.string().nullable().openapi({ example: '2024-11-20' }),
    cost_per_token_input: z.number().nullable().openapi({ description: 'US dollars.', example: 0.0000025 }),
    cost_per_token_output: z.number().nullable().openapi({ description: 'US dollars.', example: 0.00001 }),
    cost_per_1k_tokens_input: z.number().nullable().openapi({ description: 'US dollars.', example: 0.0025 }),
    cost_per_1k_tokens_output: z.number().nullable().openapi({ description: 'US dollars.', example: 0.01 }),
    pricing: Pricing.nullable(),
    max_tokens_supported: z.number().int().nullable().openapi({ description: 'To generate at once.', example: 16384 }),
    context_window: z.number().int().nullable().openapi({ description: 'In tokens.', example: 128000 }),
    supports_function_calling: z.boolean().openapi({ example: true }),
    supports_vision: z.boolean().openapi({ example: true }),
    supports_reasoning: z.boolean().openapi({ example: false }),
    supports_streaming: z.boolean().openapi({ example: true }),
    supports_assistant_prefill: z.boolean().openapi({ description: PREFILL, example: false }),
    is_active: z.boolean().openapi({ description: 'Whether it can be asked for.', example: true }),
    deprecated_on: Day.nullable().openapi({ description: 'From then on the provider advises against it.' }),
    retired_on: Day.nullable().openapi({ description: 'From then on the provider has it no more.' }),
    llm_metadata: Metadata.nullable(),
    status: z.enum(['active', 'inactive', 'maintenance', 'deprecated']).openapi({ example: 'active' }),
    health_status: z
      .enum(['healthy', 'degraded', 'unhealthy', 'unknown'])
      .openapi({ description: 'By its calls of the last 24 hours; unknown where there were none.' }),
    response_time_avg_ms: z
      .number()
      .int()
      .openapi({ description: 'Of those calls, to the end of the answer.', example: 840 }),
    first_token_avg_ms: z.number().int().nullable().openapi({
      description: 'Of those that got as far, to the first token; null where none did.',
      example: 210,
    }),
    error_rate: z.number().min(0).max(1).nullable().openapi({
      description: 'The share of those calls that failed through the provider; null where there were none.',
      example: 0.02,
    }),
    availability_percentage: z.number().openapi({
      description: 'The share of those calls that did not fail through the provider; 100 where there were none.',
      example: 99.9,
    }),
    version: z.number().int().openapi({ description: 'Rises with every change.', example: 3 }),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('CatalogEntry', { description: 'A model of the catalogue.' });

export type CatalogEntry = z.infer<typeof CatalogEntry>;

export const CatalogPage = z
  .object({
    items: z.array(CatalogEntry),
    total: z.number().int().openapi({ example: 67 }),
    page: z.number().int().openapi({ example: 1 }),
    per_page: z.number().int().openapi({ example: 20 }),
    pages: z.number().int().openapi({ example: 4 }),
    has_next: z.boolean(),
    has_prev: z.boolean(),
    catalog: z
      .object({
        tier: z.enum(['memory', 'kv', 'database', 'bundled']).openapi({ description: 'What answered.' }),
        version: z.number().int().nullable().openapi({ description: 'Rises with every change of the catalogue.' }),
      })
      .openapi('CatalogVersion', { example: { tier: 'memory', version: 3 } }),
  })
  .openapi('CatalogPage');

export type CatalogPage = z.infer<typeof CatalogPage>;

/** US dollars per token: a decimal as text is taken exactly, a number as it is written. */
const Price = z
  .union([
    z.number().min(0).max(1),
    z.string().regex(/^\d(\.\d{1,12})?$/, 'must be a decimal of at most twelve places, such as 0.0000025'),
  ])
  .transform(String)
  .openapi({ description: 'US dollars per token.', example: '0.0000025' });

const MEASURED = 'Measured, not set: accepted from older clients, and answered as it is measured.';

const Editable = {
  name: line(1, 100).openapi({ example: 'gpt-4o' }),
  display_name: line(1, 200).optional().openapi({ description: 'The name where absent.', example: 'GPT-4o' }),
  kind: Kind.optional().openapi({ description: '`chat` where absent.' }),
  model_version: line(1, 100).nullish().openapi({ example: '2024-11-20' }),
  cost_per_token_input: Price.nullish(),
  cost_per_token_output: Price.nullish(),
  price_source: z.url().max(500).nullish().openapi({ example: 'https://platform.openai.com/docs/pricing' }),
  priced_on: Day.nullish(),
  max_tokens_supported: z.number().int().min(1).max(100_000_000).nullish().openapi({ example: 16384 }),
  context_window: z.number().int().min(1).max(100_000_000).nullish().openapi({ example: 128000 }),
  supports_function_calling: z.boolean().optional().openapi({ example: true }),
  supports_vision: z.boolean().optional().openapi({ example: true }),
  supports_reasoning: z.boolean().optional().openapi({ example: false }),
  supports_streaming: z.boolean().optional().openapi({ example: true }),
  supports_assistant_prefill: z.boolean().optional().openapi({ description: PREFILL, example: false }),
  is_active: z.boolean().optional().openapi({ example: true }),
  deprecated_on: Day.nullish(),
  retired_on: Day.nullish(),
  llm_metadata: Metadata.nullish(),
  status: z.enum(['active', 'inactive', 'maintenance', 'deprecated']).optional(),
  health_status: z.string().max(20).nullish().openapi({ description: MEASURED }),
  response_time_avg_ms: z.number().nullish().openapi({ description: MEASURED }),
  first_token_avg_ms: z.number().nullish().openapi({ description: MEASURED }),
  error_rate: z.number().nullish().openapi({ description: MEASURED }),
  availability_percentage: z.number().nullish().openapi({ description: MEASURED }),
};

export const ModelCreate = z
  .strictObject({
    ...Editable,
    provider: z
      .string()
      .regex(/^[a-zA-Z\d_-]{1,50}$/, 'must be letters, digits, - and _')
      .openapi({ example: 'openai' }),
  })
  .openapi('ModelCreate');

export type ModelCreate = z.infer<typeof ModelCreate>;

/** Null leaves a field as it is where the field cannot be empty, as older clients mean it. */
export const ModelUpdate = z
  .strictObject({
    ...Editable,
    name: Editable.name.nullish(),
    kind: Kind.nullish(),
    supports_function_calling: z.boolean().nullish(),
    supports_vision: z.boolean().nullish(),
    supports_reasoning: z.boolean().nullish(),
    supports_streaming: z.boolean().nullish(),
    supports_assistant_prefill: z.boolean().nullish(),
    is_active: z.boolean().nullish(),
    status: Editable.status.nullable(),
  })
  .openapi('ModelUpdate', { description: 'Only what is given changes.', example: { is_active: false } });

export type ModelUpdate = z.infer<typeof ModelUpdate>;

export const ChangesQuery = z.object({
  llm_id: Uuid.optional().openapi({ description: 'Only the changes of this model.' }),
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().openapi({
    description: 'Only changes after this id, the oldest first: what a client that follows has not seen.',
    example: 41,
  }),
  cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().openapi({
    description: 'The next_cursor of the page before.',
  }),
  limit: z.coerce.number().int().min(1).max(200).default(50).openapi({ description: 'At most so many.', example: 50 }),
});

export type ChangesQuery = z.infer<typeof ChangesQuery>;

export const CatalogChange = z
  .object({
    id: z.number().int().openapi({ description: 'Rises from change to change.', example: 42 }),
    llm_id: Uuid,
    provider: z.string().openapi({ example: 'openai' }),
    name: z.string().openapi({ example: 'gpt-4o' }),
    change: z.enum(['added', 'changed', 'removed']),
    fields: z
      .record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }))
      .openapi({ example: { cost_per_token_input: { from: 0.000005, to: 0.0000025 } } }),
    created_at: DateTime,
  })
  .openapi('CatalogChange');

export type CatalogChange = z.infer<typeof CatalogChange>;

/** After Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks. Without one of them nothing is signed. */
export const SignatureHeaders = z.object({
  'webhook-id': z.string().min(1).max(256).optional().openapi({
    description: 'Names the message; the same one again does the same again, which is no harm.',
    example: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
  }),
  'webhook-timestamp': z
    .string()
    .regex(/^\d{1,12}$/, 'must be seconds since 1970')
    .optional()
    .openapi({
      description: 'When it was sent, in seconds since 1970: within five minutes of now.',
      example: '1674087231',
    }),
  'webhook-signature': z.string().min(1).max(2000).optional().openapi({
    description: '`v1,` and HMAC-SHA256 over `id.timestamp.body` in base64; several are separated by spaces.',
    example: 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  }),
});

export type SignatureHeaders = z.infer<typeof SignatureHeaders>;

export const CatalogNotice = z
  .object({
    version: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().openapi({
      description: 'The version that the change has made, for the record: the database says which one counts.',
      example: 42,
    }),
  })
  .openapi('CatalogNotice', { description: 'That the catalogue was changed past this API.' });

export const CatalogRefreshed = z
  .object({
    message: z.string().openapi({ example: 'Catalogue refreshed.' }),
    version: z.number().int().openapi({ description: 'Nothing older is served as fresh from now on.', example: 42 }),
  })
  .openapi('CatalogRefreshed');
