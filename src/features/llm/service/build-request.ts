import { AppError } from '../../../core/errors.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';
import type { ChatRequest } from '../../../platform/llm/chat.ts';
import { DialectError } from '../../../platform/llm/dialect-error.ts';
import type { Provider } from '../../../platform/llm/provider.ts';
import type { Message, Parameters, ResponseFormat, Tool } from '../../../platform/llm/request.ts';
import { translate } from '../../../platform/llm/translate.ts';
import type { ChatRequestBody, GenerateRequestBody } from '../schemas.ts';
import { functionsAsTools, withToolCalls } from './older-functions.ts';

type Body = ChatRequestBody | GenerateRequestBody;

/** A request as the provider gets it, what of it is emulated, and the form that the answer must have. */
export type BuiltRequest = Omit<ChatRequest, 'model'> & { emulated: string[]; format: ResponseFormat | null };

/**
 * Fits a request to its model and provider.
 * @throws {AppError} `unsupported_parameter` for what they cannot do, `validation_failed` for what nobody can
 */
export function buildRequest(body: Body, model: CatalogModel, provider: Provider): BuiltRequest {
  const messages: Message[] =
    'prompt' in body ? [{ role: 'user', content: body.prompt }] : withToolCalls(body.messages);
  const older = functionsAsTools(body);
  const parameters = { ...readParameters(body, model), ...older };
  checkTools(body, parameters);
  refuseUnsupported(parameters, model, messages);
  // The older form knows one call at a time, as do models that reason and take no such word.
  const takesOneOnly = model.supportsReasoning || provider.dialect.fields.parallel_tool_calls !== 'taken';
  if (older && !takesOneOnly) parameters.parallel_tool_calls = false;
  const traits = { reasons: model.supportsReasoning, streams: model.supportsStreaming };
  const built = fit(() => translate(provider.dialect, traits, parameters, messages), model);
  if (older) built.reading.toolCallsAre = 'function';
  const emulated = [
    ...built.emulated,
    ...(older ? ['functions'] : []),
    ...(body.stream && built.reading.whole ? ['stream'] : []),
  ];
  return { ...built, emulated, format: parameters.response_format ?? null };
}

const DEFAULT_MAX_TOKENS = 1000;
/** Thoughts count too, and an answer that ends in the middle of them is none. */
const DEFAULT_MAX_TOKENS_REASONING = 8000;

function readParameters(body: Body, model: CatalogModel): Parameters {
  const extras = body.extra_params ?? {};
  const reserved = Object.keys(extras).find((name) => RESERVED.has(name));
  if (reserved)
    throw invalid(['extra_params', reserved], 'is set by a field of its own, or has no place in the answer');
  const limit = model.maxTokensSupported ?? model.contextWindow ?? Infinity;
  const usual = model.supportsReasoning ? DEFAULT_MAX_TOKENS_REASONING : DEFAULT_MAX_TOKENS;
  if ((body.max_tokens ?? 0) > limit) throw invalid(['max_tokens'], `must be at most ${limit} for model ${model.name}`);
  return {
    temperature: body.temperature ?? undefined,
    max_tokens: body.max_tokens ?? Math.min(usual, limit),
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

function refuseUnsupported(parameters: Parameters, model: CatalogModel, messages: readonly Message[]): void {
  if (parameters.tools && !model.supportsFunctionCalling) throw unsupported(model, 'tools');
  if (parameters.reasoning_effort && !model.supportsReasoning) throw unsupported(model, 'reasoning_effort');
  const hasImage = messages.some(
    ({ content }) => Array.isArray(content) && content.some((part) => part.type === 'image_url'),
  );
  if (hasImage && !model.supportsVision) throw unsupported(model, 'image_url');
}

/** Names in the application's terms what the provider's endpoint does not take. */
function fit<T>(work: () => T, model: CatalogModel): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DialectError)) throw error;
    const { parameter, rule } = error;
    throw rule === null ? unsupported(model, parameter) : invalid([parameter], `${rule} (model ${model.name})`);
  }
}

const unsupported = (model: CatalogModel, parameter: string) =>
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
