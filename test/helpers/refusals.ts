import { isOpenai } from './answers.ts';
import type { ApiAnswer } from './api.ts';

/** The code and the words of a refusal, in the form of either kind of path. */
export function toldBy({ body }: Pick<ApiAnswer, 'body'>): { code?: string; detail?: string } {
  const error = body?.error;
  return typeof error === 'object' && error !== null
    ? { code: error.code, detail: error.message }
    : { code: body?.code, detail: body?.detail };
}

/** What OpenAI calls what is refused everywhere; the rest has the same name. */
const OPENAI_CODES: Record<string, string> = { unauthenticated: 'invalid_api_key' };

/** What a code of ours is called at a path. */
export const codeAt = (path: string, code: string): string => (isOpenai(path) && OPENAI_CODES[code]) || code;
