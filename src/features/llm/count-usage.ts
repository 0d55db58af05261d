import { countPromptTokens, countTokens } from '../../platform/llm/tokens.ts';
import type { ChatRequest } from '../../platform/llm/chat.ts';
import type { Answer } from './answer.ts';
import type { CountedUsage } from './outcome.ts';

/**
 * The tokens of a call: the provider's own figures where it gave them, else counted from what was sent and what
 * arrived. A request that the provider did not take costs nothing.
 */
export async function countUsage(
  assets: Fetcher,
  request: ChatRequest,
  accepted: boolean,
  answer: Answer,
): Promise<CountedUsage> {
  if (answer.usage) return { ...answer.usage, source: 'provider' };
  if (!accepted) return { promptTokens: 0, completionTokens: 0, source: 'counted' };
  const prompt = await countPromptTokens(assets, request.model, request.messages);
  const completion = await countTokens(assets, request.model, answer.text);
  const exact = prompt.exact && completion.exact && !('tools' in request.parameters);
  return {
    promptTokens: prompt.tokens,
    completionTokens: completion.tokens,
    source: exact ? 'counted' : 'estimated',
  };
}
