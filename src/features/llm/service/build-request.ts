import { AppError } from '../../../core/errors.ts';
import type { ChatRequest } from '../../../platform/llm/chat.ts';
import { DialectError } from '../../../platform/llm/dialect-error.ts';
import type { EmbeddingRequest } from '../../../platform/llm/embeddings.ts';
import type { Provider } from '../../../platform/llm/provider.ts';
import type { Message, Parameters, ResponseFormat, Tool } from '../../../platform/llm/request.ts';
import { translate } from '../../../platform/llm/translate.ts';
import type { OpenaiChatCall } from '../openai/to-call.ts';
import type { ChatRequestBody, GenerateRequestBody } from '../schemas.ts';
import type { CalledModel } from './called-model.ts';
import { functionsAsTools, withToolCalls } from './older-functions.ts';

type Body = ChatRequestBody | GenerateRequestBody | OpenaiChatCall;

/** A request as the provider gets it, what of it is emulated, and the form that the answer must have. */
export type BuiltRequest = Omit<ChatRequest, 'model'> & {
  emulated: string[];
  format: ResponseFormat | null;
  embedding?: EmbeddingRequest;
};

/**
 * Fits a request to its model and provider.
 * @throws {AppError} `unsupported_parameter` for what they cannot do, `validation_failed` for what nobody can
 */
export function buildRequest(body: Body, model: CalledModel, { dialect }: Pick<Provider, 'dialect'>): BuiltRequest {
  const messages: Message[] =
    'prompt' in body ? [{ role: 'user', content: body.prompt }] : withToolCalls(body.messages);
  const older = functionsAsTools(body);
  const parameters = { ...readParameters(body, model), ...older };
  checkTools(body, parameters);
  refuseUnsupported(parameters, model, messages);
  // The older form knows one call at a time, as do models that reason and take no such word.
  const takesOneOnly = model.supportsReasoning || dialect.fields.parallel_tool_calls !== 'taken';
  if (older && !takesOneOnly) parameters.parallel_tool_calls = false;
  const traits = { reasons: model.supportsReasoning, streams: model.supportsStreaming };
  const built = fit(() => translate(dialect, traits, parameters, messages), model, body);
  if (older) built.reading.toolCallsAre = 'function';
  const emulated = [
    ...built.emulated,
    ...(older ? ['functions'] : []),
    ...(body.stream && built.reading.whole ? ['stream'] : []),
  ];
  return { ...built, emulated, format: parameters.response_format ?? null };
}

const DEFAULT_TEMPERATURE = 0.7;
const DEFAULT_MAX_TOKENS = 1000;
/** Thoughts count too, and an answer that ends in the middle of them is none. */
const DEFAULT_MAX_TOKENS_REASONING = 8000;

function readParameters(body: Body, model: CalledModel): Parameters {
  const extras = body.extra_params ?? {};
  const reserved = Object.keys(extras).find((name) => RESERVED.has(name));
  if (reserved)
    throw invalid(['extra_params', reserved], 'is set by a field of its own, or has no place in the answer');
  const limit = model.maxTokensSupported ?? model.contextWindow ?? Infinity;
  const usual = model.supportsReasoning ? DEFAULT_MAX_TOKENS_REASONING : DEFAULT_MAX_TOKENS;
  if ((body.max_tokens ?? 0) > limit)
    throw invalid([nameIn(body, 'max_tokens')], `must be at most ${limit} for model ${model.name}`);
  const defaults =
    'openai' in body ? {} : { defaultTemperature: DEFAULT_TEMPERATURE, max_tokens: Math.min(usual, limit) };
  return {
    ...defaults,
    temperature: body.temperature ?? undefined,
    ...(isGiven(body.max_tokens) && { max_tokens: body.max_tokens }),
    top_p: body.top_p ?? undefined,
    top_k: body.top_k ?? undefined,
    frequency_penalty: body.frequency_penalty ?? undefined,
    presence_penalty: body.presence_penalty ?? undefined,
    stop: body.stop ? [body.stop].flat() : undefined,
    seed: body.seed ?? undefined,
    tools: body.tools?.map(withoutFalseStrict),
    tool_choice: body.tool_choice ?? undefined,
    parallel_tool_calls: body.parallel_tool_calls ?? undefined,
    response_format: body.response_format ?? undefined,
    reasoning_effort: body.reasoning_effort ?? undefined,
    extras,
  };
}

/** Fields of the request, what the platform decides itself, and what the answer has no place for. */
const RESERVED = new Set(
  [
    ['model', 'messages', 'stream', 'stream_options', 'temperature', 'max_tokens', 'max_completion_tokens', 'top_p'],
    ['top_k', 'frequency_penalty', 'presence_penalty', 'stop', 'seed', 'tools', 'tool_choice', 'parallel_tool_calls'],
    ['functions', 'function_call', 'response_format', 'reasoning_effort', 'extra_params', 'provider'],
    ['conversation_id', 'message_id'],
    ['n', 'logprobs', 'top_logprobs', 'modalities', 'audio'],
  ].flat(),
);

/** `strict: false` says nothing, and not every endpoint knows the word. */
function withoutFalseStrict(tool: Tool): Tool {
  const { strict, ...definition } = tool.function;
  return { ...tool, function: strict ? { ...definition, strict } : definition };
}

/** @throws {AppError} `validation_failed` for a choice among tools that are not there */
function checkTools(body: Body, { tools, tool_choice: choice }: Parameters): void {
  if (body.functions && body.tools) throw invalid(['functions'], 'cannot be combined with tools');
  if (body.function_call && !body.functions)
    throw invalid(['function_call'], 'chooses among functions, of which there are none');
  if (body.tool_choice && !body.tools) throw invalid(['tool_choice'], 'chooses among tools, of which there are none');
  if (typeof body.parallel_tool_calls === 'boolean' && !body.tools)
    throw invalid(['parallel_tool_calls'], 'needs tools');
  if (typeof choice !== 'object' || tools?.some((tool) => tool.function.name === choice.function.name)) return;
  throw invalid(
    [body.functions ? 'function_call' : 'tool_choice'],
    `chooses ${choice.function.name}, which is not there`,
  );
}

function refuseUnsupported(parameters: Parameters, model: CalledModel, messages: readonly Message[]): void {
  if (parameters.tools && !model.supportsFunctionCalling) throw unsupported(model, 'tools');
  if (parameters.reasoning_effort && !model.supportsReasoning) throw unsupported(model, 'reasoning_effort');
  const hasImage = messages.some(
    ({ content }) => Array.isArray(content) && content.some((part) => part.type === 'image_url'),
  );
  if (hasImage && !model.supportsVision) throw unsupported(model, 'image_url');
}

/** Names in the application's terms what the provider's endpoint does not take. */
export function fit<T>(work: () => T, model: CalledModel, body: Body | object): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DialectError)) throw error;
    const { rule } = error;
    const parameter = nameIn(body, error.parameter);
    throw rule === null ? unsupported(model, parameter) : invalid([parameter], `${rule} (model ${model.name})`);
  }
}

/** What a request calls a parameter, where it comes in OpenAI's form. */
const nameIn = (body: Body | object, parameter: string) =>
  ('openai' in body && body.openai.names[parameter]) || parameter;

export const unsupported = (model: CalledModel, parameter: string) =>
  new AppError('unsupported_parameter', {
    params: { model: model.name, parameter },
    fields: [
      {
        loc: ['body', ...parameter.split('.')],
        msg: `is not supported by ${model.name}`,
        type: 'unsupported_parameter',
      },
    ],
  });

const invalid = (path: string[], msg: string) =>
  new AppError('validation_failed', { fields: [{ loc: ['body', ...path], msg, type: 'unsupported_value' }] });

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

const SETTING_LIMIT = 200;

/** What the usage log keeps of the parameters: short values, and of tools only how many there were. */
export function toSettings(parameters: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]): [string, unknown][] => {
      if (name === 'tools') return [[name, (value as unknown[]).length]];
      return JSON.stringify(value).length <= SETTING_LIMIT ? [[name, value]] : [];
    }),
  );
}
