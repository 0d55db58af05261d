import { z } from '@hono/zod-openapi';
import { DateTime, Decimal, listQuery, text, Uuid } from '../../http/schemas.ts';

export const UsageLogQuery = listQuery(100, 200).extend({
  user_id: Uuid.optional().openapi({ description: 'Only the lines of this user.' }),
  workspace_id: Uuid.optional().openapi({ description: 'Only the lines of this workspace, which must be yours.' }),
  llm_id: Uuid.optional().openapi({ description: 'Only the lines of this model of the catalogue.' }),
  call_id: Uuid.optional().openapi({ description: 'Only the line of this call.' }),
  conversation_id: Uuid.optional().openapi({ description: 'Only the lines of this conversation.' }),
});

export type UsageLogQuery = z.infer<typeof UsageLogQuery>;

export const UsageLog = z
  .object({
    id: Uuid,
    call_id: Uuid.openapi({ description: 'The call that this line is for; there is one line for each call.' }),
    request_id: z.string().openapi({
      description: 'The X-Request-ID of the request that made the call, by which the log finds it too.',
      example: '0b9c2a4e-8d43-4a53-9e6f-5f1f6a3b7c22',
    }),
    operation: z.enum(['chat', 'generate', 'embedding', 'shadow', 'external']).openapi({
      description:
        'shadow: made beside a call of this user, to compare models; a cost of the workspace, which its admins see. ' +
        'external: made elsewhere, and noted here.',
      example: 'chat',
    }),
    message_id: Uuid.nullable().openapi({ description: 'As the caller named it.' }),
    user_id: Uuid,
    conversation_id: Uuid.nullable().openapi({ description: 'As the caller named it.' }),
    llm_id: Uuid.nullable(),
    workspace_id: Uuid,
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    input_tokens: z.number().int().openapi({ example: 13 }),
    output_tokens: z.number().int().openapi({ example: 3 }),
    total_tokens: z.number().int().openapi({ example: 16 }),
    token_source: z
      .enum(['provider', 'counted', 'estimated'])
      .openapi({ description: "Who counted: the provider, the model's own tokenizer here, or another one." }),
    cost_usd: z.number().openapi({ description: 'US dollars; the exact amount is cost_usd_exact.' }),
    cost_usd_exact: Decimal,
    cost_per_token: z.number().openapi({ description: 'cost_usd / total_tokens; 0 without tokens.' }),
    efficiency_score: z.number().openapi({ description: 'output_tokens / input_tokens; 0 without input.' }),
    latency_ms: z.number().int().nullable(),
    first_token_ms: z.number().int().nullable(),
    api_status_code: z.number().int().nullable().openapi({ example: 200 }),
    user_api_key_used: z.boolean(),
    model_settings: z.record(z.string(), z.unknown()).openapi({ example: { temperature: 0.7 } }),
    finish_reason: z.string().nullable().openapi({ example: 'stop' }),
    error_message: z.string().nullable().openapi({ description: 'Why the call failed; null when it did not.' }),
    status: z.enum(['success', 'error', 'cancelled', 'interrupted']),
    was_successful: z.boolean(),
    created_at: DateTime,
  })
  .openapi('UsageLog');

export type UsageLog = z.infer<typeof UsageLog>;

export const TurnsQuery = listQuery(100, 200).extend({
  conversation_id: Uuid.openapi({ description: 'The conversation, by the id that its calls were made with.' }),
});

export type TurnsQuery = z.infer<typeof TurnsQuery>;

export const ConversationTurn = z
  .object({
    id: Uuid.openapi({ description: 'Stands for this model in this conversation, and this member.' }),
    conversation_id: Uuid,
    user_id: Uuid,
    llm_id: Uuid.nullable().openapi({ description: 'Null where it is no model of the catalogue.' }),
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    message_count: z
      .number()
      .int()
      .openapi({
        description:
          'Messages that it was the last to be asked for: one that another model went on with counts there, and here are ' +
          'only its tokens and its cost.',
        example: 4,
      }),
    total_input_tokens: z.number().int().openapi({ example: 812 }),
    total_output_tokens: z.number().int().openapi({ example: 240 }),
    total_cost_usd: z.number().openapi({ description: 'US dollars; the exact amount is total_cost_usd_exact.' }),
    total_cost_usd_exact: Decimal,
    first_used_at: DateTime,
    last_used_at: DateTime,
  })
  .openapi('ConversationTurn');

export type ConversationTurn = z.infer<typeof ConversationTurn>;

export const UsageLogParams = z.object({
  usage_log_id: Uuid.openapi({ param: { name: 'usage_log_id', in: 'path' }, description: 'The usage line.' }),
});

const Truncated = z
  .boolean()
  .openapi({ description: 'Whether it was too long (1 MiB) to be kept whole.', example: false });

const ToolCalls = z.array(z.record(z.string(), z.unknown())).nullable();

export const CallContent = z
  .object({
    call_id: Uuid,
    request: z
      .object({
        messages: z
          .array(z.record(z.string(), z.unknown()))
          .openapi({ description: 'As the provider got them.', example: [{ role: 'user', content: 'Hello' }] }),
        parameters: z.record(z.string(), z.unknown()).openapi({ example: { temperature: 0.7 } }),
        truncated: Truncated,
      })
      .openapi('CallContentRequest'),
    response: z
      .object({
        content: z.string().openapi({ description: 'As far as it came.', example: 'Olá!' }),
        reasoning_content: z
          .string()
          .nullable()
          .openapi({ description: "The model's thoughts, where the provider showed them." }),
        tool_calls: ToolCalls,
        function_call: z.record(z.string(), z.unknown()).nullable(),
        finish_reason: z.string().nullable().openapi({ example: 'stop' }),
        truncated: Truncated,
      })
      .openapi('CallContentResponse'),
    expires_at: DateTime.openapi({ description: 'When it will be deleted.' }),
    created_at: DateTime,
  })
  .openapi('CallContent', { description: 'What was asked and answered in a call.' });

export type CallContent = z.infer<typeof CallContent>;

const Tokens = z.number().int().min(0).max(1_000_000_000);

export const UsageLogCreate = z
  .object({
    llm_id: Uuid.optional().openapi({ description: 'The model of the catalogue; or its provider and name.' }),
    provider: z.string().max(50).optional().openapi({ example: 'openai' }),
    model: z.string().max(100).optional().openapi({ example: 'gpt-4o' }),
    input_tokens: Tokens.openapi({ example: 1200 }),
    output_tokens: Tokens.openapi({ example: 300 }),
    conversation_id: Uuid.nullish().openapi({ description: 'A conversation of yours that it belongs to.' }),
    message_id: Uuid.nullish().openapi({ description: 'A message of yours that it answers.' }),
    latency_ms: z.number().int().min(0).max(86_400_000).nullish().openapi({ example: 840 }),
    api_status_code: z.number().int().min(100).max(599).nullish().openapi({ example: 200 }),
    status: z.enum(['success', 'error', 'cancelled', 'interrupted']).default('success'),
    error_message: text(1, 500).nullish().openapi({ description: 'Why it failed.' }),
    model_settings: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ example: { temperature: 0.7 } }),
  })
  .openapi('UsageLogCreate', { description: 'A call that was made elsewhere, with a key of your own.' });

export type UsageLogCreate = z.infer<typeof UsageLogCreate>;
