import { z } from '@hono/zod-openapi';
import { OpenaiMessage } from '../message-schemas.ts';
import { RouteReport } from '../route-schemas.ts';
import { ChatRequestBody } from '../schemas.ts';

/** A provider's name may stand before a model's. */
const ModelName = z.string().min(1).max(160);

const JsonObject = z.record(z.string(), z.unknown());

/** A field of the same meaning in both interfaces. */
const shared = ChatRequestBody.shape;

const limit = () => z.number().int().min(1).max(1_000_000).nullish();

/** A field of which one value alone can be honoured; see `to-call.ts`. */
const onlyAs = (description: string) => z.unknown().optional().openapi({ description });

/** Passed on by its own name, if the provider knows it. */
const passedOn = 'If the provider knows it.';

export const OpenaiChatRequest = z
  .strictObject({
    model: ModelName.openapi({
      description:
        'A model of the catalogue, alone or after its provider and a slash: `openai/gpt-4o`; or a route of the ' +
        'workspace, as `route/default`.',
      example: 'local/local-small',
    }),
    messages: z.array(OpenaiMessage).min(1).max(500),
    stream: shared.stream,
    stream_options: z
      .strictObject({
        include_usage: z.boolean().optional().openapi({ description: 'Whether a last chunk says the usage.' }),
        include_obfuscation: z.literal(false).optional().openapi({ description: 'Nothing is obfuscated.' }),
      })
      .nullish()
      .openapi({ description: 'Of a stream.', example: { include_usage: true } }),
    max_completion_tokens: limit().openapi({ description: "The model's own limit where absent.", example: 1000 }),
    max_tokens: limit().openapi({ description: 'Older name of max_completion_tokens.', example: 1000 }),
    temperature: z.number().min(0).max(2).nullish().openapi({ description: "The provider's own where absent." }),
    top_p: shared.top_p,
    frequency_penalty: shared.frequency_penalty,
    presence_penalty: shared.presence_penalty,
    stop: shared.stop,
    seed: shared.seed,
    tools: shared.tools,
    tool_choice: shared.tool_choice,
    parallel_tool_calls: shared.parallel_tool_calls,
    functions: shared.functions,
    function_call: shared.function_call,
    response_format: shared.response_format,
    reasoning_effort: shared.reasoning_effort,
    user: z.string().max(512).nullish().openapi({ description: passedOn, example: 'user-1234' }),
    safety_identifier: z.string().max(512).nullish().openapi({ description: passedOn, example: 'user-1234' }),
    prompt_cache_key: z.string().max(512).nullish().openapi({ description: passedOn, example: 'docs' }),
    verbosity: z.enum(['low', 'medium', 'high']).nullish().openapi({ description: passedOn }),
    logit_bias: z
      .record(z.string(), z.number())
      .nullish()
      .openapi({ description: passedOn, example: { 50256: -100 } }),
    metadata: JsonObject.nullish().openapi({ description: passedOn, example: { topic: 'demo' } }),
    n: onlyAs('Only 1.'),
    logprobs: onlyAs('Only false.'),
    top_logprobs: onlyAs('Only 0.'),
    store: onlyAs('Only false.'),
    modalities: onlyAs('Only `["text"]`.'),
    service_tier: onlyAs('Only `auto` or `default`.'),
    audio: onlyAs('Only null.'),
    prediction: onlyAs('Only null.'),
    web_search_options: onlyAs('Only null.'),
  })
  .openapi('OpenaiChatRequest');

export type OpenaiChatRequest = z.infer<typeof OpenaiChatRequest>;

const FunctionCall = z
  .object({
    name: z.string().openapi({ example: 'get_time' }),
    arguments: z.string().openapi({ description: 'JSON, as the model wrote it.', example: '{"zone":"UTC"}' }),
  })
  .openapi('OpenaiFunctionCall');

const OpenaiAnswer = z
  .object({
    role: z.literal('assistant'),
    content: z.string().nullable().openapi({ description: 'Null where tools are called.', example: 'Olá!' }),
    refusal: z.null(),
    reasoning_content: z
      .string()
      .optional()
      .openapi({ description: "The model's thoughts, where the provider shows them." }),
    tool_calls: z
      .array(
        z
          .object({
            id: z.string().openapi({ example: 'call_1' }),
            type: z.literal('function'),
            function: FunctionCall,
          })
          .openapi('OpenaiToolCall'),
      )
      .optional(),
    function_call: FunctionCall.optional(),
  })
  .openapi('OpenaiAnswer');

const OpenaiUsage = z
  .object({
    prompt_tokens: z.number().int(),
    completion_tokens: z.number().int().openapi({ description: 'With those of the reasoning.' }),
    total_tokens: z.number().int(),
    completion_tokens_details: z.object({ reasoning_tokens: z.number().int() }).optional(),
  })
  .openapi('OpenaiUsage', { example: { prompt_tokens: 13, completion_tokens: 3, total_tokens: 16 } });

export const OpenaiCompletion = z
  .object({
    id: z.string().openapi({ example: 'chatcmpl-7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11' }),
    object: z.literal('chat.completion'),
    created: z.number().int().openapi({ description: 'In seconds of Unix time.', example: 1796083200 }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    choices: z.array(
      z
        .object({
          index: z.number().int(),
          message: OpenaiAnswer,
          logprobs: z.null(),
          finish_reason: z.string().openapi({ example: 'stop' }),
        })
        .openapi('OpenaiChoice'),
    ),
    usage: OpenaiUsage,
    route: RouteReport,
  })
  .openapi('OpenaiCompletion');

export type OpenaiCompletion = z.infer<typeof OpenaiCompletion>;

/** As many at once as an answer holds in memory, whatever the model's dimensions. */
const TEXTS_LIMIT = 512;

const Tokens = z.array(z.number().int().min(0).max(10_000_000)).min(1).max(8192);

export const EmbeddingBody = z
  .strictObject({
    model: ModelName.openapi({
      description: 'A model of the catalogue that makes embeddings, alone or after its provider and a slash.',
      example: 'local/local-embedding',
    }),
    input: z
      .union([
        z.string().min(1),
        z.array(z.string().min(1)).min(1).max(TEXTS_LIMIT),
        Tokens,
        z.array(Tokens).min(1).max(TEXTS_LIMIT),
      ])
      .openapi({
        description: `One text or up to ${TEXTS_LIMIT}; or the tokens of one or several, if the provider knows them.`,
        example: ['A word about rain'],
      }),
    encoding_format: z.enum(['float', 'base64']).nullish().openapi({
      description: '`float` where absent; `base64` is of 32-bit numbers, the lowest byte first.',
      example: 'float',
    }),
    dimensions: z.number().int().min(1).max(100_000).nullish().openapi({ description: passedOn, example: 256 }),
    user: z.string().max(512).nullish().openapi({ description: passedOn, example: 'user-1234' }),
  })
  .openapi('EmbeddingRequest');

export type EmbeddingBody = z.infer<typeof EmbeddingBody>;

export const EmbeddingList = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z
        .object({
          object: z.literal('embedding'),
          index: z.number().int().openapi({ description: 'Of its text in the request.' }),
          embedding: z.union([z.array(z.number()), z.string()]).openapi({ description: 'In the form asked for.' }),
        })
        .openapi('Embedding'),
    ),
    model: z.string().openapi({ example: 'text-embedding-3-small' }),
    usage: z
      .object({ prompt_tokens: z.number().int(), total_tokens: z.number().int() })
      .openapi('EmbeddingUsage', { example: { prompt_tokens: 5, total_tokens: 5 } }),
  })
  .openapi('EmbeddingList');

export type EmbeddingList = z.infer<typeof EmbeddingList>;

export const OpenaiModel = z
  .object({
    id: z.string().openapi({ description: 'What requests call it.', example: 'gpt-4o' }),
    object: z.literal('model'),
    created: z.number().int().openapi({ description: 'Of the entry, in seconds of Unix time.', example: 1796083200 }),
    owned_by: z.string().openapi({ description: 'The provider.', example: 'openai' }),
  })
  .openapi('OpenaiModel');

export type OpenaiModel = z.infer<typeof OpenaiModel>;

export const OpenaiModelList = z
  .object({ object: z.literal('list'), data: z.array(OpenaiModel) })
  .openapi('OpenaiModelList');

export const OpenaiModelParams = z.object({
  model: ModelName.openapi({
    param: { name: 'model', in: 'path' },
    description: 'As in the list, or after its provider and a slash; a slash is written `%2F`.',
    example: 'local-small',
  }),
});
