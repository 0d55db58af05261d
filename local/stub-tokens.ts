import type { Tiktoken } from 'js-tiktoken/lite';

/** Longer runs without a space are counted in slices, because the tokenizer's merging is quadratic in their length. */
const LONGEST_PIECE = 2_000;

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

/** The text up to a number of tokens, and whether that cut it. */
export async function truncateTokens(text: string, limit: number): Promise<{ text: string; cut: boolean }> {
  const { encode, decode } = await tokenizer();
  const tokens = encode(text);
  if (tokens.length <= limit) return { text, cut: false };
  // A character may need several tokens; half of one is not text.
  return { text: decode(tokens.slice(0, limit)).replace(/\uFFFD+$/, ''), cut: true };
}

async function tokenizer() {
  const tiktoken = await loadEncoder();
  const slices = new RegExp(`\\S{${LONGEST_PIECE}}|(?:(?!\\S{${LONGEST_PIECE}})[\\s\\S])+`, 'g');
  return {
    encode: (text: string) => (text.match(slices) ?? []).flatMap((slice) => tiktoken.encode(slice, [], [])),
    decode: (tokens: number[]) => tiktoken.decode(tokens),
  };
}
