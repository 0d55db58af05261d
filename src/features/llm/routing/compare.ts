import type { Ctx } from '../../../context.ts';
import { llmStream } from '../calls/stream-stub.ts';
import { insertComparison } from './queries.ts';

type Compared = { workspaceId: string; shadowCallId: string; callId: string; routeId: string };

/**
 * Notes how a shadow's answer compares with the caller's. Both texts are still with their calls, and kept nowhere else.
 * Returns false while the caller's is not complete: it is too early then.
 */
export async function compareAnswers(ctx: Ctx, { shadowCallId, callId, ...where }: Compared): Promise<boolean> {
  const { workspaceId } = where;
  const [shadow, primary] = await Promise.all([
    llmStream(ctx.env, { workspaceId, callId: shadowCallId }).read(),
    llmStream(ctx.env, { workspaceId, callId }).read(),
  ]);
  if (primary.isRunning) return false;
  const similarity = shadow.text === null || primary.text === null ? null : similarityOf(shadow.text, primary.text);
  await insertComparison(ctx.db, { ...where, shadowCallId, callId, similarity });
  return true;
}

/**
 * The share of words that two texts have in common (Sørensen–Dice over words, each as often as it occurs): 1 for the
 * same text, 0 for two without a word in common.
 */
export function similarityOf(one: string, other: string): number {
  if (one === other) return 1;
  const [words, others] = [wordsOf(one), wordsOf(other)];
  if (words.length + others.length === 0) return 1;
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of others) {
    const left = counts.get(word) ?? 0;
    if (left === 0) continue;
    counts.set(word, left - 1);
    common += 1;
  }
  // Two texts that differ are not the same, whatever their words.
  return Math.min(0.9999, (2 * common) / (words.length + others.length));
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
