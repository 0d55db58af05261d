import { getEncodingNameForModel, Tiktoken, type TiktokenBPE, type TiktokenModel } from 'js-tiktoken/lite';

export type TokenCount = {
  tokens: number;
  /** False where another model's tokenizer counted, or the text had to be cut. */
  exact: boolean;
};

type EncodingName = 'o200k_base' | 'cl100k_base';

const encoders = new Map<EncodingName, Tiktoken>();

/**
 * Loads the ranks when first needed: building them takes 0.7 s and holds 70 MB, so nothing else waits for it. Only the
 * result is shared between requests: a promise would die with the request that made it.
 */
async function loadEncoder(assets: Fetcher, name: EncodingName): Promise<Tiktoken> {
  const known = encoders.get(name);
  if (known) return known;
  const response = await assets.fetch(`https://assets/ranks/${name}.json`);
  const encoder = new Tiktoken(await response.json<TiktokenBPE>());
  encoders.set(name, encoder);
  return encoder;
}

/** The encoding of a model, and whether it is known to be its own. The local model counts as o200k does. */
function encodingOf(model: string): { name: EncodingName; own: boolean } {
  if (model === 'local-small') return { name: 'o200k_base', own: true };
  try {
    const name = getEncodingNameForModel(model as TiktokenModel);
    if (name === 'o200k_base' || name === 'cl100k_base') return { name, own: true };
  } catch {
    // Not one of OpenAI's: estimated below.
  }
  return { name: 'o200k_base', own: false };
}

/**
 * The merge loop is quadratic in the length of a piece: 2,000 letters in a row take 0.3 s, as much as a whole book.
 * Longer runs than any word has are therefore counted in slices.
 */
const PIECE_LIMIT = 100;
const LONG_PIECE = new RegExp(`\\p{L}{${PIECE_LIMIT},}|\\s{${PIECE_LIMIT},}|[^\\s\\p{L}\\p{N}]{${PIECE_LIMIT},}`, 'u');

/** Of longer texts so many characters are counted, and the rest in proportion. */
const SAMPLE_LIMIT = 200_000;

export async function countTokens(assets: Fetcher, model: string, text: string): Promise<TokenCount> {
  if (text === '') return { tokens: 0, exact: true };
  const { name, own } = encodingOf(model);
  const encoder = await loadEncoder(assets, name);
  const sample = text.slice(0, SAMPLE_LIMIT);
  const sliced = LONG_PIECE.test(sample);
  const counted = sliced ? countSlices(encoder, sample) : encoder.encode(sample, [], []).length;
  const complete = sample.length === text.length;
  return {
    tokens: complete ? counted : Math.ceil((counted * text.length) / sample.length),
    exact: own && complete && !sliced,
  };
}

function countSlices(encoder: Tiktoken, text: string): number {
  let tokens = 0;
  for (let at = 0; at < text.length; at += PIECE_LIMIT) {
    tokens += encoder.encode(text.slice(at, at + PIECE_LIMIT), [], []).length;
  }
  return tokens;
}

/** What an image takes, more or less: OpenAI's and Anthropic's models count from 85 to 1,600 by its size. */
const IMAGE_TOKENS = 1000;

/**
 * Tokens of a prompt: three for each message and three that prime the answer, as OpenAI's cookbook counts chat models
 * ("How to count tokens with tiktoken"). Parts other than text, and tools, make it an estimate: how a model is shown
 * them is not public, and the JSON that they are made of stands for it.
 */
export async function countPromptTokens(
  assets: Fetcher,
  model: string,
  messages: readonly Record<string, unknown>[],
  tools?: unknown,
): Promise<TokenCount> {
  let tokens = 3;
  let exact = true;
  for (const message of messages) {
    tokens += 3;
    for (const [key, value] of Object.entries(message)) {
      const { text, images } = readContent(value);
      const count = await countTokens(assets, model, text);
      tokens += count.tokens + images * IMAGE_TOKENS + (key === 'name' ? 1 : 0);
      exact &&= count.exact && typeof value === 'string' && key !== 'tool_call_id';
    }
  }
  if (tools === undefined) return { tokens, exact };
  const { tokens: shown } = await countTokens(assets, model, JSON.stringify(tools));
  return { tokens: tokens + shown, exact: false };
}

/** The text of a message's content, and how many images are in it, whose own bytes are no text. */
function readContent(value: unknown): { text: string; images: number } {
  if (typeof value === 'string') return { text: value, images: 0 };
  if (!Array.isArray(value)) return { text: JSON.stringify(value ?? ''), images: 0 };
  const parts = value as { type?: string; text?: string }[];
  const others = parts.filter(({ type }) => type !== 'image_url');
  const text = others.map((part) => (part.type === 'text' ? (part.text ?? '') : JSON.stringify(part))).join('');
  return { text, images: parts.length - others.length };
}
