import { fromPico, toPico } from '../../../core/decimal.ts';
import type { BuiltRequest } from './build-request.ts';
import type { CalledModel } from './called-model.ts';

/** More than any provider counts for a picture: gpt-4o-mini has 48,169 for one of eight tiles. */
const TOKENS_PER_IMAGE = 50_000;

/** More than any provider's own instructions for the use of tools, which are sent along: Anthropic's have 530. */
const TOKENS_OF_TOOL_USE = 1000;

/** As many as a request may ask for, of a model whose limits nobody knows. */
const MOST_TOKENS = 1_000_000;

/**
 * What a call may cost at the most, in US dollars; null for a model without a price. What is not used of it is given back
 * when the call is settled.
 */
export function mayCost(request: BuiltRequest, model: CalledModel): string | null {
  const { parameters, embedding } = request;
  const { costPerTokenInput: priceInput } = model;
  // Vectors are no tokens.
  const priceOutput = embedding ? '0' : model.costPerTokenOutput;
  if (priceInput === null || priceOutput === null) return null;
  const output = embedding ? 0 : Number(parameters.max_tokens ?? parameters.max_completion_tokens ?? mostOutput(model));
  return fromPico(BigInt(mostInput(request)) * toPico(priceInput) + BigInt(output) * toPico(priceOutput));
}

/**
 * The most tokens that a request can have, whatever the tokenizer: no token is shorter than a byte, so that its bytes
 * bound them. Pictures are counted apart, by how many there are.
 */
export function mostInput({
  messages,
  parameters,
  embedding,
}: Pick<BuiltRequest, 'messages' | 'parameters' | 'embedding'>): number {
  let images = 0;
  // Only parts of messages are pictures: the schema of a tool may well have a property of that name.
  const texts = messages.map(({ content, ...message }) => {
    if (!Array.isArray(content)) return { ...message, content };
    const parts = content.filter((part) => part.type !== 'image_url');
    images += content.length - parts.length;
    return { ...message, content: parts };
  });
  const bytes = Buffer.byteLength(JSON.stringify([texts, parameters, embedding?.input]));
  return bytes + images * TOKENS_PER_IMAGE + ('tools' in parameters ? TOKENS_OF_TOOL_USE : 0);
}

/** Without a limit of the request, the model's own is the one that holds. */
const mostOutput = ({ maxTokensSupported, contextWindow }: CalledModel) =>
  maxTokensSupported ?? contextWindow ?? MOST_TOKENS;
