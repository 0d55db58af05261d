import { countPromptTokens, countTokens } from '../../../platform/llm/tokens.ts';
import type { ChatRequest } from '../../../platform/llm/chat.ts';
import type { Answer } from './answer.ts';
import type { EmbeddingRequest } from '../../../platform/llm/embeddings.ts';
import type { CountedUsage } from './outcome.ts';

/**
 * The tokens of a call: the provider's own figures where it gave them, else counted from what was sent and what
 * arrived. A request that the provider did not take, `isTaken`, costs nothing.
 */
export async function countUsage(
  assets: Fetcher,
  request: ChatRequest & { embedding?: EmbeddingRequest },
  answer: Answer,
  isTaken: boolean,
): Promise<CountedUsage> {
  if (answer.usage) return { ...answer.usage, source: 'provider' };
  if (!isTaken) return { promptTokens: 0, completionTokens: 0, source: 'counted' };
  if (request.embedding) return countInput(assets, request.model, request.embedding);
  const prompt = await countPromptTokens(assets, request.model, request.messages, request.parameters.tools);
  const completion = await countTokens(assets, request.model, answer.text);
  return {
    promptTokens: prompt.tokens,
    completionTokens: completion.tokens,
    source: prompt.exact && completion.exact ? 'counted' : 'estimated',
  };
}

/** Texts that come as tokens are counted already. */
async function countInput(assets: Fetcher, model: string, { input }: EmbeddingRequest): Promise<CountedUsage> {
  let [promptTokens, exact] = [0, true];
  for (const text of input) {
    const count =
      typeof text === 'string' ? await countTokens(assets, model, text) : { tokens: text.length, exact: true };
    promptTokens += count.tokens;
    exact &&= count.exact;
  }
  return { promptTokens, completionTokens: 0, source: exact ? 'counted' : 'estimated' };
}
