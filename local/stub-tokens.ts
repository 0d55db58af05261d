import type { Tiktoken } from 'js-tiktoken/lite';

/** The tokenizer's merging is quadratic in the length of a word or a gap, so longer ones are counted in slices. */
const LONGEST_RUN = 100;
const LONG_RUNS = new RegExp(`(\\S{${LONGEST_RUN},}|\\s{${LONGEST_RUN},})`);
const SLICES = new RegExp(`[\\s\\S]{1,${LONGEST_RUN}}`, 'g');

let encoder: Promise<Tiktoken> | undefined;

/** The ranks take most of a second to build, so a stack that never chats never builds them. */
function loadEncoder(): Promise<Tiktoken> {
  encoder ??= Promise.all([import('js-tiktoken/lite'), import('js-tiktoken/ranks/o200k_base')]).then(
    ([{ Tiktoken }, ranks]) => new Tiktoken(ranks.default),
  );
  return encoder;
}

/** Tokens of a text under o200k_base. */
export async function countTokens(text: string): Promise<number> {
  const { encode } = await tokenizer();
  return encode(text).length;
}

/** The text up to a number of tokens, how many it has then, and whether that cut it. */
export async function truncateTokens(
  text: string,
  limit: number,
): Promise<{ text: string; count: number; cut: boolean }> {
  const { encode, decode } = await tokenizer();
  const tokens = encode(text);
  if (tokens.length <= limit) return { text, count: tokens.length, cut: false };
  // A character may need several tokens; half of one is not text.
  const kept = decode(tokens.slice(0, limit)).replace(/\uFFFD+$/, '');
  return { text: kept, count: encode(kept).length, cut: true };
}

async function tokenizer() {
  const tiktoken = await loadEncoder();
  return {
    encode: (text: string) => sliceRuns(text).flatMap((slice) => tiktoken.encode(slice, [], [])),
    decode: (tokens: number[]) => tiktoken.decode(tokens),
  };
}

/** What splitting captures stands at the odd places. */
function sliceRuns(text: string): string[] {
  return text.split(LONG_RUNS).flatMap((part, index) => (index % 2 === 1 ? (part.match(SLICES) ?? []) : [part]));
}
