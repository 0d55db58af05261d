import { z } from '@hono/zod-openapi';
import { Uuid } from '../../http/schemas.ts';

const MESSAGES_LIMIT = 500;
const JsonObject = z.record(z.string(), z.unknown());

const ContentPart = JsonObject.openapi('ChatContentPart', {
  description: 'A part of a message in the shape of OpenAI, such as text or image_url.',
  example: { type: 'text', text: 'What is in this picture?' },
});

export const ChatMessage = z
  .strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']).openapi({ example: 'user' }),
    content: z
      .union([z.string().max(1_000_000), z.array(ContentPart).min(1).max(100), z.null()])
      .optional()
      .openapi({ example: 'Say hello in Portuguese.' }),
    name: z.string().max(64).optional().openapi({ description: 'Tells apart speakers of one role.' }),
    tool_call_id: z.string().max(200).optional().openapi({ description: 'Of a tool message: the call it answers.' }),
    tool_calls: z.array(JsonObject).max(128).optional(),
    function_call: JsonObject.optional(),
  })
  .openapi('ChatMessage');

const Tool = JsonObject.openapi('ChatTool', { example: { type: 'function', function: { name: 'get_time' } } });

/** A field that may be null, which is the same as leaving it out. */
const nullable = <T extends z.ZodType>(schema: T) => schema.nullish();

/** What both forms of request share. Unknown fields are refused: nothing is silently dropped. */
const CallFields = {
  provider: nullable(z.string().min(1).max(50)).openapi({
    description: 'A provider of the catalogue; claude and gemini stand for anthropic and google.',
    example: 'openai',
  }),
  model: nullable(z.string().min(1).max(100)).openapi({ description: 'A model of the catalogue.', example: 'gpt-4o' }),
  temperature: nullable(z.number().min(0).max(2)).openapi({ description: '0.7 where absent.', example: 0.7 }),
  max_tokens: nullable(z.number().int().min(1).max(1_000_000)).openapi({
    description: 'The most tokens to generate; 1000 where absent.',
    example: 1000,
  }),
  top_p: nullable(z.number().min(0).max(1)).openapi({ description: '1 where absent.', example: 1 }),
  frequency_penalty: nullable(z.number().min(-2).max(2)).openapi({ description: '0 where absent.', example: 0 }),
  presence_penalty: nullable(z.number().min(-2).max(2)).openapi({ description: '0 where absent.', example: 0 }),
  stop: nullable(z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(4)])).openapi({
    description: 'Up to four texts at which to stop.',
    example: '\n\n',
  }),
  stream: nullable(z.boolean()).openapi({ description: 'Answer as server-sent events.', example: false }),
  functions: nullable(z.array(JsonObject).min(1).max(128)).openapi({ description: 'Older form of tools.' }),
  function_call: nullable(z.union([z.string().max(64), JsonObject])).openapi({ description: 'Older tool_choice.' }),
  response_format: nullable(JsonObject).openapi({ example: { type: 'json_object' } }),
  seed: nullable(z.number().int()).openapi({ example: 42 }),
  tools: nullable(z.array(Tool).min(1).max(128)),
  tool_choice: nullable(z.union([z.string().max(64), JsonObject])).openapi({ example: 'auto' }),
  extra_params: nullable(JsonObject).openapi({
    description: "Further parameters by the provider's own names, passed on as they are.",
    example: { logit_bias: {} },
  }),
};

export const ChatRequestBody = z
  .strictObject({ messages: z.array(ChatMessage).min(1).max(MESSAGES_LIMIT), ...CallFields })
  .openapi('ChatRequest');

export const GenerateRequestBody = z
  .strictObject({
    prompt: z.string().min(1).max(1_000_000).openapi({ example: 'Write a haiku about rain.' }),
    ...CallFields,
  })
  .openapi('GenerateRequest');

export type ChatRequestBody = z.infer<typeof ChatRequestBody>;
export type GenerateRequestBody = z.infer<typeof GenerateRequestBody>;

const FunctionCall = z
  .object({
    name: z.string().openapi({ example: 'get_time' }),
    arguments: z.string().openapi({ description: 'JSON, as the model wrote it.', example: '{"zone":"UTC"}' }),
  })
  .openapi('LlmFunctionCall');

export const LlmResponse = z
  .object({
    content: z.string().openapi({ example: 'Olá!' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    provider: z.string().openapi({ example: 'openai' }),
    usage: z
      .object({
        prompt_tokens: z.number().int(),
        completion_tokens: z.number().int(),
        total_tokens: z.number().int(),
      })
      .openapi('LlmTokens', { example: { prompt_tokens: 13, completion_tokens: 3, total_tokens: 16 } }),
    metadata: z
      .object({
        call_id: Uuid,
        finish_reason: z.string().openapi({ example: 'stop' }),
        user_api_key: z.boolean(),
        token_source: z.enum(['provider', 'counted', 'estimated']),
        latency_ms: z.number().int(),
        first_token_ms: z.number().int().nullable(),
      })
      .openapi('LlmResponseMetadata'),
    finish_reason: z.string().nullable().openapi({ example: 'stop' }),
    function_call: FunctionCall.nullable(),
    tool_calls: z
      .array(
        z
          .object({
            id: z.string().openapi({ example: 'call_1' }),
            type: z.string().openapi({ example: 'function' }),
            function: FunctionCall,
          })
          .openapi('LlmToolCall'),
      )
      .nullable(),
  })
  .openapi('LlmResponse');

export type LlmResponse = z.infer<typeof LlmResponse>;

const CatalogSource = z
  .object({
    tier: z.enum(['memory', 'kv', 'database', 'bundled']).openapi({ description: 'What answered.' }),
    version: z.number().int().nullable().openapi({ description: 'Rises with every change of the catalogue.' }),
    age_seconds: z.number().int().nullable().openapi({ description: 'Since it was read from the database.' }),
  })
  .openapi('CatalogSource', { example: { tier: 'memory', version: 3, age_seconds: 12 } });

export const ProviderQuery = z.object({
  provider: z
    .string()
    .min(1)
    .max(50)
    .optional()
    .openapi({ description: 'Only the models of this one.', example: 'openai' }),
});

const ModelInfo = z
  .object({
    id: z.string().openapi({ example: 'gpt-4o' }),
    name: z.string().openapi({ example: 'GPT-4o' }),
    provider: z.string().openapi({ example: 'openai' }),
    capabilities: z.array(z.enum(['text', 'vision', 'reasoning', 'code', 'function_calling'])),
    context_window: z.number().int().openapi({ description: 'In tokens.', example: 128000 }),
    pricing: z
      .record(z.string(), z.number())
      .nullable()
      .openapi({ description: 'US dollars for 1000 tokens.', example: { input: 0.0025, output: 0.01 } }),
    status: z
      .enum(['available', 'limited', 'unavailable', 'deprecated'])
      .openapi({ description: 'unavailable: this deployment has no key for the provider.' }),
  })
  .openapi('ModelInfo');

export const ModelList = z
  .object({
    models: z.record(z.string(), z.array(ModelInfo)).openapi({ description: 'Models by provider.' }),
    count: z.number().int(),
    catalog: CatalogSource,
  })
  .openapi('ModelList');

export const ProviderList = z
  .object({
    providers: z.array(
      z
        .object({
          id: z.string().openapi({ example: 'openai' }),
          name: z.string().openapi({ example: 'OpenAI' }),
          description: z.string().openapi({ example: 'GPT models of OpenAI.' }),
          models_count: z.number().int(),
          status: z.enum(['operational', 'degraded', 'maintenance', 'outage']).openapi({
            description:
              'outage: this deployment cannot reach the provider, having no key for it; maintenance: all its models are.',
          }),
          documentation_url: z.string().nullable().openapi({ example: 'https://platform.openai.com/docs' }),
        })
        .openapi('ProviderInfo'),
    ),
    count: z.number().int(),
    catalog: CatalogSource,
  })
  .openapi('ProviderList');

export type ModelInfo = z.infer<typeof ModelInfo>;
export type ModelList = z.infer<typeof ModelList>;
export type ProviderList = z.infer<typeof ProviderList>;
