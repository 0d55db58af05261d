import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../http/schemas.ts';
import { EFFORTS } from '../../platform/llm/provider.ts';
import { FormatReport, ResponseFormat } from './format-schemas.ts';
import { CacheOptions, CacheReport, Deadlines, Fallback, RouteName, RouteReport } from './route-schemas.ts';
import { ChatMessage, FunctionChoice, Functions, ToolChoice, Tools } from './message-schemas.ts';

const MESSAGES_LIMIT = 500;
const FALLBACKS_LIMIT = 5;
const PROMPT_LIMIT = 1_000_000;
const JsonObject = z.record(z.string(), z.unknown());

/** A field that may be null, which is the same as leaving it out. */
const nullable = <T extends z.ZodType>(schema: T) => schema.nullish();

const Prompt = z.string().min(1).max(PROMPT_LIMIT).openapi({ example: 'Write a haiku about rain.' });

const ModelName = z.string().min(1).max(100);

/** Those of the fields that also stand in queries, where numbers are texts. */
const samplingFields = (number: () => z.ZodNumber) => ({
  temperature: nullable(number().min(0).max(2)).openapi({
    description: '0.7 where absent, if the model takes one. Some providers take at most 1 or 1.5.',
    example: 0.7,
  }),
  max_tokens: nullable(number().int().min(1).max(1_000_000)).openapi({
    description:
      'The most tokens to generate, up to what the model can; where absent 1000, or 8000 for a model that reasons.',
    example: 1000,
  }),
  top_p: nullable(number().min(0).max(1)).openapi({ description: '1 where absent.', example: 1 }),
  top_k: nullable(number().int().min(1).max(100)).openapi({ description: 'Choose among so many tokens.', example: 40 }),
  frequency_penalty: nullable(number().min(-2).max(2)).openapi({ description: '0 where absent.', example: 0 }),
  presence_penalty: nullable(number().min(-2).max(2)).openapi({ description: '0 where absent.', example: 0 }),
});

/** What both forms of request share. Unknown fields are refused: nothing is silently dropped. */
const CallFields = {
  provider: nullable(z.string().min(1).max(50)).openapi({
    description:
      'A provider of the catalogue, or an endpoint of the workspace’s own by its name. claude, gemini, xai and together ' +
      'stand for anthropic, google, grok and llama.',
    example: 'openai',
  }),
  model: nullable(ModelName).openapi({
    description: 'A model of the catalogue, or of the endpoint.',
    example: 'gpt-4o',
  }),
  ...samplingFields(z.number),
  stop: nullable(z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(16)])).openapi({
    description: 'Texts at which to stop; most providers take up to four.',
    example: '\n\n',
  }),
  stream: nullable(z.boolean()).openapi({ description: 'Answer as server-sent events.', example: false }),
  functions: nullable(Functions).openapi({ description: 'Older form of tools.' }),
  function_call: nullable(FunctionChoice).openapi({ description: 'Older form of tool_choice.', example: 'auto' }),
  response_format: nullable(ResponseFormat).openapi({
    description: 'The form of the answer, which is checked against it.',
    example: { type: 'json_object' },
  }),
  seed: nullable(z.number().int()).openapi({
    description: 'For answers that repeat, as far as possible.',
    example: 42,
  }),
  tools: nullable(Tools).openapi({ description: 'What the model may call.' }),
  tool_choice: nullable(ToolChoice).openapi({ description: 'Whether to call tools, or which.', example: 'auto' }),
  parallel_tool_calls: nullable(z.boolean()).openapi({
    description: 'Whether several tools may be called at once; true where absent.',
    example: true,
  }),
  reasoning_effort: nullable(z.enum(EFFORTS)).openapi({
    description: 'How much a model that reasons thinks first.',
    example: 'low',
  }),
  route: nullable(RouteName).openapi({
    description: 'A route of the workspace, which chooses the model; then none is named.',
  }),
  fallbacks: nullable(z.array(Fallback).min(1).max(FALLBACKS_LIMIT)).openapi({
    description:
      'Models to go on with, in this order, where one fails. A text of which a part was shown is continued only by a ' +
      'model that supports it (`supports_assistant_prefill`): no word is lost or doubled.',
  }),
  deadlines: nullable(Deadlines).openapi({ description: 'When a model is given up.' }),
  cache: nullable(CacheOptions).openapi({ description: 'Lets the answer serve equal requests of the workspace.' }),
  conversation_id: nullable(z.uuid()).openapi({
    description:
      'A conversation of yours that it belongs to, by whatever id you know it; its turns are added up by it.',
    example: '7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11',
  }),
  message_id: nullable(z.uuid()).openapi({
    description: 'A message of yours that it answers, by whatever id you know it.',
    example: '0b9c2a4e-8d43-4a53-9e6f-5f1f6a3b7c22',
  }),
  extra_params: nullable(JsonObject).openapi({
    description: "Further parameters by the provider's own names, passed on as they are, if it knows them.",
    example: { logit_bias: {} },
  }),
};

type Naming = { route?: unknown; provider?: unknown; model?: unknown; fallbacks?: unknown };

/** A route chooses the model: a request that names both would leave one of the two unheard. */
const namesOneOrOther = ({ route, provider, model, fallbacks }: Naming): boolean =>
  !route || !(provider || model || fallbacks);

const ROUTE_OR_MODEL = { path: ['route'], error: 'cannot be combined with provider, model or fallbacks' };

export const ChatRequestBody = z
  .strictObject({ messages: z.array(ChatMessage).min(1).max(MESSAGES_LIMIT), ...CallFields })
  .refine(namesOneOrOther, ROUTE_OR_MODEL)
  .openapi('ChatRequest');

export const GenerateRequestBody = z
  .strictObject({ prompt: Prompt, ...CallFields })
  .refine(namesOneOrOther, ROUTE_OR_MODEL)
  .openapi('GenerateRequest');

export const ProviderParams = z.object({
  provider: z
    .string()
    .min(1)
    .max(50)
    .openapi({ param: { name: 'provider', in: 'path' }, description: 'As in the catalogue.', example: 'openai' }),
});

export const StreamParams = z.object({
  stream_id: Uuid.openapi({ param: { name: 'stream_id', in: 'path' }, description: 'The call that is streamed.' }),
});

export const StreamQuery = z.object({
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().openapi({
    description: 'The id of the last frame that you have.',
    example: 12,
  }),
});

const providerGenerateFields = (number: () => z.ZodNumber) => ({
  prompt: Prompt.optional().openapi({ description: 'Required, here or in the other place.' }),
  model: nullable(ModelName).openapi({ description: "A model of the provider's; else its default." }),
  ...samplingFields(number),
});

/** Older clients send everything in the query; long prompts go into the body. */
export const ProviderGenerateQuery = z.strictObject(providerGenerateFields(z.coerce.number as () => z.ZodNumber));

export const ProviderGenerateBody = z.strictObject(providerGenerateFields(z.number)).openapi('ProviderGenerateRequest');

export type ChatRequestBody = z.infer<typeof ChatRequestBody>;
export type GenerateRequestBody = z.infer<typeof GenerateRequestBody>;
export type ProviderGenerateInput = z.infer<typeof ProviderGenerateBody>;

const FunctionCall = z
  .object({
    name: z.string().openapi({ example: 'get_time' }),
    arguments: z.string().openapi({ description: 'JSON, as the model wrote it.', example: '{"zone":"UTC"}' }),
  })
  .openapi('LlmFunctionCall');

const LlmTokens = z
  .object({
    prompt_tokens: z.number().int().openapi({ description: 'Of what was sent.' }),
    completion_tokens: z.number().int().openapi({ description: 'With those of the reasoning.' }),
    total_tokens: z.number().int().openapi({ description: 'Both together.' }),
    reasoning_tokens: z.number().int().optional().openapi({ description: 'Where the provider says.' }),
  })
  .openapi('LlmTokens', { example: { prompt_tokens: 13, completion_tokens: 3, total_tokens: 16 } });

const LlmResponseMetadata = z
  .object({
    call_id: Uuid,
    finish_reason: z.string().openapi({ example: 'stop' }),
    user_api_key: z.boolean().openapi({ description: 'Whether your own key was used; then nothing is billed.' }),
    token_source: z.enum(['provider', 'counted', 'estimated']).openapi({ description: 'Who counted the tokens.' }),
    latency_ms: z.number().int().openapi({ description: 'From the call to its end.', example: 840 }),
    first_token_ms: z
      .number()
      .int()
      .nullable()
      .openapi({ description: 'From the call to its first token.', example: 210 }),
    emulated: z.array(z.string()).openapi({
      description:
        "Fields of the request that the provider's endpoint does not know, and that were honoured otherwise.",
      example: ['response_format'],
    }),
    response_format: FormatReport.nullable().openapi({ description: 'Null where no form was asked for.' }),
    route: RouteReport,
    cache: CacheReport.nullable().openapi({
      description: 'Null where the answer was made for this request.',
      example: null,
    }),
  })
  .openapi('LlmResponseMetadata');

export const LlmResponse = z
  .object({
    content: z.string().openapi({ example: 'Olá!' }),
    reasoning_content: z
      .string()
      .nullable()
      .openapi({ description: "The model's thoughts, where the provider shows them." }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    provider: z.string().openapi({ example: 'openai' }),
    usage: LlmTokens,
    metadata: LlmResponseMetadata,
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

export const GenerateTextResponse = z
  .object({
    text: z.string().openapi({ example: 'Rain on the window' }),
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    usage: LlmTokens,
    finish_reason: z.enum(['stop', 'length', 'content_filter', 'error']).openapi({ description: 'What ended it.' }),
    metadata: LlmResponseMetadata,
  })
  .openapi('GenerateTextResponse');

export type GenerateTextResponse = z.infer<typeof GenerateTextResponse>;
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
    capabilities: z.array(z.enum(['text', 'embedding', 'vision', 'reasoning', 'code', 'function_calling'])),
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

const ProviderInfo = z
  .object({
    id: z.string().openapi({ example: 'openai' }),
    name: z.string().openapi({ example: 'OpenAI' }),
    description: z.string().openapi({ example: 'GPT models of OpenAI.' }),
    models_count: z.number().int(),
    status: z.enum(['operational', 'degraded', 'maintenance', 'outage']).openapi({
      description:
        'outage: this deployment has no key for the provider, or less than half of the calls got an answer; degraded: ' +
        'less than 95 %; maintenance: all its models are. Where nobody has called, operational.',
    }),
    documentation_url: z.string().nullable().openapi({ example: 'https://platform.openai.com/docs' }),
    calls: z.number().int().openapi({
      description: 'Those of the last 24 hours to its active models, but for those that their caller broke off.',
      example: 1280,
    }),
    error_rate: z.number().min(0).max(1).nullable().openapi({
      description: 'The share of those that failed through no fault of their caller; null where there were none.',
      example: 0.0125,
    }),
    average_latency_ms: z
      .number()
      .int()
      .nullable()
      .openapi({ description: 'Of those, to the end of the answer; null where there were none.', example: 840 }),
    checked_at: DateTime.nullable().openapi({ description: 'When that was measured; null where nothing was.' }),
  })
  .openapi('ProviderInfo');

export const ProviderList = z
  .object({ providers: z.array(ProviderInfo), count: z.number().int(), catalog: CatalogSource })
  .openapi('ProviderList');

export type ProviderInfo = z.infer<typeof ProviderInfo>;
export type ModelInfo = z.infer<typeof ModelInfo>;
export type ModelList = z.infer<typeof ModelList>;
export type ProviderList = z.infer<typeof ProviderList>;
