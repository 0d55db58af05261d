import { createHash } from 'node:crypto';
import { parseDirectives, type Directives } from './stub-directives.ts';
import { countTokens } from './stub-tokens.ts';

/** The part of OpenAI's request for embeddings that the stub reads. */
export interface EmbeddingRequest {
  model: string;
  input: string | string[] | number[] | number[][];
  dimensions?: number;
  encoding_format?: 'float' | 'base64';
}

/** What the last text asks of the stub; tokens ask nothing. */
export function readLastText({ input }: EmbeddingRequest): Directives {
  const last = typeof input === 'string' ? input : input.at(-1);
  return parseDirectives(typeof last === 'string' ? last : '').directives;
}

/** Vectors of length one that depend on nothing but the text. */
export async function embed(
  request: EmbeddingRequest,
  { form, lost = 0, nousage }: Directives,
): Promise<{ tokens: number; answer: object }> {
  const { model, dimensions = 256, encoding_format: asked = 'float' } = request;
  const texts = textsOf(request);
  const data = texts.map((text, index) => {
    const vector = vectorOf(String(text), dimensions);
    return { object: 'embedding', index, embedding: (form ?? asked) === 'base64' ? toBase64(vector) : vector };
  });
  const counts = await Promise.all(texts.map((text) => (typeof text === 'string' ? countTokens(text) : text.length)));
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const usage = nousage ? undefined : { prompt_tokens: tokens, total_tokens: tokens };
  // In no order, as OpenAI allows itself.
  return { tokens, answer: { object: 'list', model, data: data.slice(0, data.length - lost).toReversed(), usage } };
}

function textsOf({ input }: EmbeddingRequest): (string | number[])[] {
  if (typeof input === 'string') return [input];
  return typeof input[0] === 'number' ? [input as number[]] : (input as string[] | number[][]);
}

function vectorOf(text: string, dimensions: number): number[] {
  const bytes = createHash('shake256', { outputLength: dimensions * 4 })
    .update(text)
    .digest();
  const raw = Array.from({ length: dimensions }, (_, index) => bytes.readInt32LE(index * 4) / 2 ** 31);
  const norm = Math.hypot(...raw);
  return raw.map((value) => value / norm);
}

const toBase64 = (vector: number[]) => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
