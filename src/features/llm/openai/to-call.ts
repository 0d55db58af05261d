import { AppError } from '../../../core/errors.ts';
import type { ChatMessage } from '../message-schemas.ts';
import type { ChatRequestBody } from '../schemas.ts';
import type { OpenaiChatRequest } from './schemas.ts';

/** A chat that came in OpenAI's form, in which nothing stands for what is not said. */
export type OpenaiChatCall = ChatRequestBody & {
  openai: {
    /** Whether a stream ends with its usage. */
    includesUsage: boolean;
    /** What the request calls a parameter that has another name here. */
    names: Record<string, string>;
  };
};

/** Fields that go on by their own names, as far as the provider knows them. */
const PASSED_ON = [
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'verbosity',
  'logit_bias',
  'metadata',
] as const satisfies (keyof OpenaiChatRequest)[];

/** Fields that may say nothing but what is so anyway. */
const FIXED = {
  n: [1],
  logprobs: [false],
  top_logprobs: [0],
  store: [false],
  modalities: [['text']],
  service_tier: ['auto', 'default'],
  audio: [],
  prediction: [],
  web_search_options: [],
} as const satisfies Partial<Record<keyof OpenaiChatRequest, readonly unknown[]>>;

const PASSED_ON_NAMES = Object.fromEntries(PASSED_ON.map((name) => [`extra_params.${name}`, name]));

/** What stands before the name of a route in the place of a model. */
const ROUTE_PREFIX = 'route/';

/** @throws {AppError} `validation_failed` for what can be honoured nowhere */
export function toChatCall(request: OpenaiChatRequest): OpenaiChatCall {
  for (const [name, values] of Object.entries(FIXED)) refuseOthers(name, request[name as keyof typeof FIXED], values);
  const { stream, stream_options: options, max_tokens: older, max_completion_tokens: newer } = request;
  if (options && !stream) throw refused('stream_options', 'is of a stream, and none is asked for');
  if (isGiven(older) && isGiven(newer)) throw refused('max_tokens', 'cannot be combined with max_completion_tokens');
  const extras = PASSED_ON.map((name) => [name, request[name]] as const).filter(([, value]) => isGiven(value));
  const route = request.model.startsWith(ROUTE_PREFIX) ? request.model.slice(ROUTE_PREFIX.length) : undefined;
  return {
    model: route === undefined ? request.model : undefined,
    route,
    messages: request.messages.map(withoutEcho),
    stream,
    max_tokens: newer ?? older,
    temperature: request.temperature,
    top_p: request.top_p,
    frequency_penalty: request.frequency_penalty,
    presence_penalty: request.presence_penalty,
    stop: request.stop,
    seed: request.seed,
    tools: request.tools,
    tool_choice: request.tool_choice,
    parallel_tool_calls: request.parallel_tool_calls,
    functions: request.functions,
    function_call: request.function_call,
    response_format: request.response_format,
    reasoning_effort: request.reasoning_effort,
    extra_params: Object.fromEntries(extras),
    openai: {
      includesUsage: options?.include_usage ?? false,
      names: { ...PASSED_ON_NAMES, ...(isGiven(newer) && { max_tokens: 'max_completion_tokens' }) },
    },
  };
}

/**
 * What an answer says beside its content, or clients have made of it, is not said to a model again: providers refuse it,
 * or take it for nothing.
 */
function withoutEcho(message: OpenaiChatRequest['messages'][number]): ChatMessage {
  if (message.role !== 'assistant') return message;
  const { role, name, content, function_call, tool_calls: calls } = message;
  return {
    role,
    ...(name !== undefined && { name }),
    ...(content !== undefined && { content }),
    ...(function_call && { function_call }),
    ...(calls?.length && { tool_calls: calls.map(toToolCall) }),
  };
}

type SaidToolCall = { id: string; type: 'function'; function: { name: string; arguments: string } };

const toToolCall = ({ id, type, function: { name, arguments: args } }: SaidToolCall): SaidToolCall => ({
  id,
  type,
  function: { name, arguments: args },
});

function refuseOthers(name: string, value: unknown, values: readonly unknown[]): void {
  const written = JSON.stringify(value ?? null);
  if (written === 'null' || values.some((known) => JSON.stringify(known) === written)) return;
  const known = values.map((one) => JSON.stringify(one)).join(' or ');
  throw refused(name, known ? `must be ${known}` : 'is not supported');
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

const refused = (name: string, msg: string) =>
  new AppError('validation_failed', { fields: [{ loc: ['body', name], msg, type: 'unsupported_parameter' }] });
