import { fitEmbedding } from '../../../platform/llm/embeddings.ts';
import type { Provider } from '../../../platform/llm/provider.ts';
import type { EmbeddingBody } from '../openai/schemas.ts';
import type { CalledModel } from './called-model.ts';
import { fit, unsupported, type BuiltRequest } from './build-request.ts';

/**
 * Fits a request for vectors to its provider.
 * @throws {AppError} `unsupported_parameter`, `validation_failed`
 */
export function buildEmbedding(
  body: EmbeddingBody,
  model: CalledModel,
  { embeddings }: Pick<Provider, 'embeddings'>,
): BuiltRequest {
  if (!embeddings) throw unsupported(model, 'embeddings');
  const embedding = { input: toTexts(body.input), format: body.encoding_format ?? 'float' };
  const wishes = { dimensions: body.dimensions ?? undefined, user: body.user ?? undefined };
  return {
    messages: [],
    parameters: fit(() => fitEmbedding(embeddings, embedding, wishes), model, {}),
    reading: { whole: true, patient: false, usageOnRequest: false },
    emulated: embedding.format === 'base64' && !embeddings.base64 ? ['encoding_format'] : [],
    format: null,
    embedding,
  };
}

/** One text, or the tokens of one, are a list of one. */
function toTexts(input: EmbeddingBody['input']): string[] | number[][] {
  if (typeof input === 'string') return [input];
  return isTokens(input) ? [input] : input;
}

const isTokens = (input: string[] | number[] | number[][]): input is number[] => typeof input[0] === 'number';
