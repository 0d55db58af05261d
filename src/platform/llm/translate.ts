import type { ChatRequest } from './chat.ts';
import { DialectError } from './dialect-error.ts';
import { EMULATIONS } from './emulations.ts';
import { fitMessages } from './fit-messages.ts';
import type { Dialect, Field, Support } from './provider.ts';
import type { Message, Parameters } from './request.ts';

/** What the catalogue says of the model. */
export type ModelTraits = { reasons: boolean; streams: boolean };

/** A request as the endpoint takes it, and what of it is emulated, by the names of the fields. */
export type Translation = Omit<ChatRequest, 'model'> & { emulated: string[] };

/** Values that say no more than the absence of the field, which some models do not take together with others. */
const NEUTRAL: Partial<Record<Field, unknown>> = { top_p: 1, frequency_penalty: 0, presence_penalty: 0 };

/** Values that say what an endpoint without the field does anyway. */
const IMPLIED: Partial<Record<Field, unknown>> = { tool_choice: 'auto', parallel_tool_calls: true };

/** Fields that are passed on as they are, or by another name. */
const PLAIN = [
  'max_tokens',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
  'stop',
  'seed',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning_effort',
] as const;

/**
 * Fits a request to the endpoint of a provider: renames, emulates and says so, or refuses. Nothing is left out.
 * @throws {DialectError} for the first part that the endpoint would ignore or refuse
 */
export function translate(
  dialect: Dialect,
  { reasons, streams }: ModelTraits,
  wanted: Parameters,
  messages: readonly Message[],
): Translation {
  const supportOf = (field: Field): Support => (reasons && dialect.reasoning?.[field]) || dialect.fields[field];
  const refuses = (field: Field) => supportOf(field) === 'refused';
  checkValues(dialect, wanted);
  const translation: Translation = {
    messages: fitMessages(messages, dialect, refuses),
    parameters: { ...dialect.constants, ...checkExtras(dialect, wanted.extras) },
    reading: { whole: !streams, patient: reasons, usageOnRequest: dialect.usageOnRequest },
    emulated: [],
  };
  setTemperature();
  for (const field of PLAIN) {
    const value = wanted[field];
    const isImplied = refuses(field) && value === IMPLIED[field];
    if (value !== undefined && value !== NEUTRAL[field] && !isImplied) apply(field, field, value);
  }
  if (wanted.tools?.some((tool) => tool.function.strict) && refuses('tools.strict'))
    throw new DialectError('tools.strict');
  const format = wanted.response_format;
  if (format && format.type !== 'text') {
    apply(`response_format.${format.type}`, 'response_format', format);
    translation.reading.whole ||= !dialect.streamsFormats;
  }
  translation.reading.patient ||= translation.reading.whole;
  return translation;

  /** A model that takes none has 1. */
  function setTemperature(): void {
    const { temperature, defaultTemperature } = wanted;
    if (refuses('temperature')) {
      if (temperature !== undefined && temperature !== 1) throw new DialectError('temperature');
      return;
    }
    const sent = temperature ?? defaultTemperature;
    if (sent !== undefined) translation.parameters.temperature = sent;
  }

  function apply(field: Field, name: string, value: unknown): void {
    const support = supportOf(field);
    if (support === 'refused') throw new DialectError(field);
    if (typeof support === 'object' && 'by' in support) EMULATIONS[support.by](translation, wanted);
    else setAt(translation.parameters, support === 'taken' ? name : support.as, value);
  }
}

/** @throws {DialectError} for a value beyond what the endpoint takes */
function checkValues(dialect: Dialect, { temperature = 0, top_k = 0, stop = [], reasoning_effort }: Parameters): void {
  const { maxTemperature, maxTopK, maxStops, blankStops, efforts } = dialect;
  if (temperature > maxTemperature) throw new DialectError('temperature', `must be at most ${maxTemperature}`);
  if (top_k > maxTopK) throw new DialectError('top_k', `must be at most ${maxTopK}`);
  if (stop.length > maxStops) throw new DialectError('stop', `must be at most ${maxStops} texts`);
  if (!blankStops && stop.some((text) => text.trim() === '')) {
    throw new DialectError('stop', 'must hold more than white space');
  }
  if (reasoning_effort !== undefined && !efforts.includes(reasoning_effort)) {
    throw new DialectError('reasoning_effort', `must be one of ${efforts.join(', ')}`);
  }
}

/** @throws {DialectError} for a name that the endpoint does not know */
function checkExtras({ extras }: Dialect, wanted: Record<string, unknown>): Record<string, unknown> {
  const unknown = extras && Object.keys(wanted).find((name) => !extras.includes(name));
  if (unknown) throw new DialectError(`extra_params.${unknown}`);
  return wanted;
}

/** Sets a value under a name, or under two with a dot between them: inside an object. */
function setAt(parameters: Record<string, unknown>, path: string, value: unknown): void {
  const [name = path, inner] = path.split('.');
  if (inner === undefined) parameters[name] = value;
  else parameters[name] = { ...(parameters[name] as object | undefined), [inner]: value };
}
