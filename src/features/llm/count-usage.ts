import { countPromptTokens, countTokens } from '../../platform/llm/tokens.ts';
import type { Answer } from './answer.ts';
import type { CountedUsage } from './outcome.ts';
import type { CallSpec } from './stream-log.ts';

/**
 * The tokens of a call: the provider's own figures where it gave them, else counted from what was sent and what
 * arrived. A request that the provider did not take, `isTaken`, costs nothing.
 */
export async function countUsage(
  assets: Fetcher,
  spec: CallSpec,
  answer: Answer,
  isTaken: boolean,
): Promise<CountedUsage> {
  if (answer.usage) return { ...answer.usage, source: 'provider' };
  if (!isTaken) return { promptTokens: 0, completionTokens: 0, source: 'counted' };
  const prompt = await countPromptTokens(assets, spec.model, spec.messages);
  const completion = await countTokens(assets, spec.model, answer.text);
  const exact = prompt.exact && completion.exact && !('tools' in spec.parameters);
  return {
    promptTokens: prompt.tokens,
    completionTokens: completion.tokens,
    source: exact ? 'counted' : 'estimated',
  };
}
