import { ProviderError, unavailable, type ChatDelta, type Vector } from './chat.ts';
import { readJson, send, type Send } from './client.ts';
import { DialectError } from './dialect-error.ts';
import type { Connection, EmbeddingDialect } from './provider.ts';

/** Texts, or the tokens of texts, each of which becomes a vector in this form. */
export type EmbeddingRequest = { input: string[] | number[][]; format: 'float' | 'base64' };

/** Further wishes, as OpenAI calls them. */
type Wishes = { dimensions?: number; user?: string };

/**
 * The parameters as an endpoint takes them.
 * @throws {DialectError} for the first that it would ignore or refuse
 */
export function fitEmbedding(
  { fields, base64 }: EmbeddingDialect,
  { input, format }: EmbeddingRequest,
  wishes: Wishes,
): Record<string, unknown> {
  if (input.some((one) => typeof one !== 'string') && fields['input.tokens'] === 'refused') {
    throw new DialectError('input', 'must be text for this model');
  }
  const parameters: Record<string, unknown> = base64 ? { encoding_format: format } : {};
  for (const name of ['dimensions', 'user'] as const) {
    const support = fields[name];
    if (wishes[name] === undefined) continue;
    if (support === 'refused') throw new DialectError(name);
    parameters[support === 'taken' ? name : support.as] = wishes[name];
  }
  return parameters;
}

type Answer = {
  data?: { index?: number; embedding?: unknown }[];
  usage?: { prompt_tokens?: number } | null;
};

/**
 * Has texts turned into vectors. Returns once the provider has answered; iterating gives the one delta of it.
 * @throws {ProviderError}
 */
export async function startEmbedding(
  connection: Connection,
  { model, parameters }: { model: string; parameters: Record<string, unknown> },
  { input, format }: EmbeddingRequest,
  signal: AbortSignal,
  guarded?: Send,
): Promise<AsyncIterable<ChatDelta>> {
  const response = await send(connection, '/embeddings', { body: { ...parameters, model, input }, signal, guarded });
  return readVectors();

  async function* readVectors(): AsyncGenerator<ChatDelta> {
    const { data = [], usage } = await readJson<Answer>(response);
    const ordered = data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
    const vectors = ordered.map(({ embedding }) => toForm(format, embedding));
    if (vectors.length !== input.length) throw unreadable();
    const tokens = usage?.prompt_tokens;
    const counted = Number.isInteger(tokens) && tokens! > 0 && tokens! < 2 ** 31;
    yield { vectors, ...(counted && { usage: { promptTokens: tokens!, completionTokens: 0 } }) };
  }
}

/** A vector in the form that was asked for, whichever the provider chose. @throws {ProviderError} for what is none */
function toForm(format: EmbeddingRequest['format'], vector: unknown): Vector {
  if (isNumbers(vector)) return format === 'float' ? vector : encode(vector);
  if (typeof vector === 'string') return format === 'base64' ? vector : decode(vector);
  throw unreadable();
}

const isNumbers = (vector: unknown): vector is number[] => Array.isArray(vector) && vector.every(Number.isFinite);

const encode = (numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer).toString('base64');

function decode(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(4 * at));
}

const unreadable = () => new ProviderError(unavailable('the provider sent something unreadable'));
