import type { ChatDelta, ProviderFault, ToolCallDelta } from '../../platform/llm/chat.ts';
import type { CountedUsage } from './outcome.ts';

/** What a reader of a stream gets. `done` ends a complete answer, `error` any other: one of them always comes. */
export type Frame =
  | { type: 'delta'; content?: string; tool_calls?: ToolCallFrame[]; function_call?: FunctionCall }
  | { type: 'usage'; prompt_tokens: number; completion_tokens: number; total_tokens: number; source: string }
  | {
      type: 'error';
      code: 'provider_rejected' | 'provider_unavailable';
      detail: string;
      call_id: string;
      retry_after: number | null;
    }
  | { type: 'done'; finish_reason: string; call_id: string; provider: string; model: string };

type FunctionCall = { name?: string; arguments?: string };
type ToolCallFrame = { index: number; id?: string; type?: string; function: FunctionCall };

export const toUsageFrame = ({ promptTokens, completionTokens, source }: CountedUsage): Frame => ({
  type: 'usage',
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  source,
});

/** The part of a delta that readers see, or null where there is none. */
export function toDeltaFrame({ content, toolCalls, functionCall }: ChatDelta): Frame | null {
  if (content === undefined && !toolCalls && !functionCall) return null;
  return {
    type: 'delta',
    ...(content !== undefined && { content }),
    ...(toolCalls && { tool_calls: toolCalls.map(toToolCallFrame) }),
    ...(functionCall && { function_call: functionCall }),
  };
}

const toToolCallFrame = ({ index, id, type, name, arguments: args }: ToolCallDelta): ToolCallFrame => ({
  index,
  ...(id !== undefined && { id }),
  ...(type !== undefined && { type }),
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
});

export const toErrorFrame = (fault: ProviderFault, callId: string): Frame => ({
  type: 'error',
  code: fault.kind === 'rejected' ? 'provider_rejected' : 'provider_unavailable',
  detail: fault.message,
  call_id: callId,
  retry_after: fault.retryAfter,
});

/** A frame as a server-sent event (WHATWG HTML §9.2). */
export const encodeFrame = (id: number, frame: Frame): string =>
  `id: ${id}\nevent: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`;
