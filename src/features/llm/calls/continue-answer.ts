import type { ChatRequest } from '../../../platform/llm/chat.ts';
import type { Answer } from './answer.ts';
import type { CallSpec, CallTarget } from './call-spec.ts';

/**
 * Why a model cannot go on with an answer of which a part has been shown; null where it can. Nothing that was shown can
 * be taken back, so only a text can be continued, and only by a model that begins where its request ends.
 */
export function whyNotContinue(shown: Answer, target: CallTarget, format: CallSpec['format']): string | null {
  if (shown.toolCalls || shown.functionCall) return 'a tool was being called';
  if (shown.content.trim() === '') return 'nothing but thoughts had been shown';
  if (format && format.type !== 'text') return 'an answer of a given form is not continued';
  if (target.prefill === null) return 'the model does not go on with an answer that was begun';
  return null;
}

/** Limits of the answer's length, by the names that endpoints have for them. */
const LENGTH_LIMITS = ['max_tokens', 'max_completion_tokens'] as const;

/**
 * The request that has a model go on with a text: as the assistant's last message, which must not end with white space
 * (Anthropic, "Prefill Claude's response"). Where the request had begun that message itself, the text belongs to it.
 * What was written counts against the limit of the answer's length.
 */
export function toContinuation(target: CallTarget, content: string, writtenTokens: number): ChatRequest {
  const { model, parameters, reading } = target;
  const text = content.trimEnd();
  const last = target.messages.at(-1);
  const isBegun = last?.role === 'assistant' && typeof last.content === 'string' && !last.tool_calls;
  const begun = { role: 'assistant', content: isBegun ? last.content + text : text, ...target.prefill };
  const limits = LENGTH_LIMITS.flatMap((name) => {
    const limit = parameters[name];
    return typeof limit === 'number' ? [[name, Math.max(1, limit - writtenTokens)]] : [];
  });
  return {
    model,
    reading,
    messages: [...(isBegun ? target.messages.slice(0, -1) : target.messages), begun],
    parameters: { ...parameters, ...Object.fromEntries(limits) },
  };
}

/**
 * Joins a continuation to its text: white space at the end of the text was shown, but not sent, and the model may begin
 * with it again. Returns a function for the pieces in their order.
 */
export function createSeam(content: string): (piece: string) => string {
  let shown = content.slice(content.trimEnd().length);
  return (piece) => {
    let at = 0;
    while (at < piece.length && shown.startsWith(piece[at]!)) {
      shown = shown.slice(1);
      at++;
    }
    if (at < piece.length) shown = '';
    return piece.slice(at);
  };
}
