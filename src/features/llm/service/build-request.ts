import { AppError } from '../../../core/errors.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';
import type { ChatRequestBody, GenerateRequestBody } from '../schemas.ts';

/** What the platform decides itself, and `extra_params` may not override. */
const RESERVED = new Set(['model', 'messages', 'stream', 'stream_options', 'n']);

const DEFAULTS = { temperature: 0.7, max_tokens: 1000, top_p: 1, frequency_penalty: 0, presence_penalty: 0 };

const PASSED_ON = [
  'temperature',
  'max_tokens',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'stop',
  'functions',
  'function_call',
  'response_format',
  'seed',
  'tools',
  'tool_choice',
] as const;

type Body = ChatRequestBody | GenerateRequestBody;

/** The messages of either form of request. */
export function toMessages(body: Body): Record<string, unknown>[] {
  return 'prompt' in body ? [{ role: 'user', content: body.prompt }] : body.messages;
}

/**
 * Every parameter of the request by OpenAI's name, with the documented defaults.
 * @throws {AppError} `unsupported_parameter` for what the model cannot do, `validation_failed` for reserved names
 */
export function toParameters(body: Body, model: CatalogModel): Record<string, unknown> {
  const parameters: Record<string, unknown> = { ...DEFAULTS };
  for (const name of PASSED_ON) if (body[name] !== undefined && body[name] !== null) parameters[name] = body[name];
  for (const [name, value] of Object.entries(body.extra_params ?? {})) {
    if (RESERVED.has(name) || name in parameters) throw reservedParameter(name);
    parameters[name] = value;
  }
  refuseUnsupported(parameters, model, toMessages(body));
  return parameters;
}

function refuseUnsupported(
  parameters: Record<string, unknown>,
  model: CatalogModel,
  messages: Record<string, unknown>[],
): void {
  const calling = ['tools', 'functions', 'tool_choice', 'function_call'].find((name) => name in parameters);
  if (calling && !model.supportsFunctionCalling) throw unsupported(model, calling);
  const hasImage = messages.some(
    ({ content }) => Array.isArray(content) && content.some((part: { type?: unknown }) => part?.type === 'image_url'),
  );
  if (hasImage && !model.supportsVision) throw unsupported(model, 'image_url');
}

const unsupported = (model: CatalogModel, parameter: string) =>
  new AppError('unsupported_parameter', { params: { model: model.name, parameter } });

const reservedParameter = (name: string) =>
  new AppError('validation_failed', {
    fields: [{ loc: ['body', 'extra_params', name], msg: 'is set by a field of its own', type: 'reserved' }],
  });

const SETTING_LIMIT = 200;

/** What the usage log keeps of the parameters: short values, and of tools only how many there were. */
export function toSettings(parameters: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]): [string, unknown][] => {
      if (name === 'tools' || name === 'functions') return [[name, (value as unknown[]).length]];
      return JSON.stringify(value).length <= SETTING_LIMIT ? [[name, value]] : [];
    }),
  );
}
