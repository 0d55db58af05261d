import type { Answer } from '../calls/answer.ts';
import type { Asked } from '../calls/call-tables.ts';

/** What was asked and answered, as it is kept; `truncated` where it was too long to be kept whole. */
export type CallContents = { request: Kept; response: Kept };

type Kept = Record<string, unknown> & { truncated: boolean };

export function composeContents({ messages, parameters, embedding }: Asked, answer: Answer): CallContents {
  const { content, reasoning, finishReason, toolCalls, functionCall } = answer;
  return {
    request: bound(
      { messages, ...(embedding && { input: embedding.input }), parameters },
      { messages: [], parameters: {} },
    ),
    response: bound(
      {
        content,
        reasoning_content: reasoning || null,
        tool_calls: toolCalls,
        function_call: functionCall,
        finish_reason: finishReason,
      },
      { content: '', reasoning_content: null, tool_calls: null, function_call: null, finish_reason: finishReason },
    ),
  };
}

/** Of what was asked, and of what was answered, in bytes of JSON; images come as texts too. */
const BYTES_LIMIT = 1024 * 1024;

/** How much of each text is kept of what is too long: the most with which all of it fits. */
const TEXT_LIMITS = [262_144, 65_536, 16_384, 4_096, 1_024, 256];

/** @param empty what is kept of something that has too many parts, however short they are */
function bound(whole: Record<string, unknown>, empty: Record<string, unknown>): Kept {
  for (const limit of [Infinity, ...TEXT_LIMITS]) {
    const value = toStorable(whole, limit) as Record<string, unknown>;
    if (Buffer.byteLength(JSON.stringify(value)) <= BYTES_LIMIT) return { ...value, truncated: limit !== Infinity };
  }
  return { ...empty, truncated: true };
}

/** The same with texts of at most that length, and without what PostgreSQL's `jsonb` cannot hold: see core/storable.ts. */
function toStorable(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return toStorableText(value.length > limit ? value.slice(0, limit) : value);
  if (Array.isArray(value)) return value.map((item) => toStorable(item, limit));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [toStorableText(name), toStorable(inner, limit)]),
  );
}

const toStorableText = (text: string) => text.replaceAll('\0', '\u{FFFD}').toWellFormed();
