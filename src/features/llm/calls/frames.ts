import type { ChatDelta, ToolCallDelta, Usage } from '../../../platform/llm/chat.ts';
import type { FormatReport } from '../format-report.ts';
import type { CountedUsage } from './outcome.ts';
import type { RouteReport } from './route-report.ts';
import type { CallFault } from '../service/faults.ts';

/** Which parts of the request are honoured otherwise, where there is no document that says it. */
export const EMULATED_HEADER = 'X-LLM-Emulated';

/** What a reader of a stream gets. `done` ends a complete answer, `error` any other: one of them always comes. */
export type Frame =
  | {
      type: 'delta';
      content?: string;
      reasoning_content?: string;
      tool_calls?: ToolCallFrame[];
      function_call?: FunctionCall;
    }
  | ({ type: 'usage'; source: string } & Tokens)
  | ({ type: 'error'; call_id: string; route: RouteReport } & CallFault)
  | ({ type: 'done'; finish_reason: string } & CallFacts);

/** What both the end of a stream and the whole answer say of a call. */
export type CallFacts = {
  call_id: string;
  provider: string;
  model: string;
  user_api_key: boolean;
  emulated: string[];
  response_format: FormatReport;
  route: RouteReport;
};

type FunctionCall = { name?: string; arguments?: string };
type ToolCallFrame = { index: number; id?: string; type?: string; function: FunctionCall };
type Tokens = { prompt_tokens: number; completion_tokens: number; total_tokens: number; reasoning_tokens?: number };

export const toTokens = ({ promptTokens, completionTokens, reasoningTokens }: Usage): Tokens => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  ...(reasoningTokens !== undefined && { reasoning_tokens: reasoningTokens }),
});

export const toUsageFrame = (usage: CountedUsage): Frame => ({
  type: 'usage',
  ...toTokens(usage),
  source: usage.source,
});

/** The part of a delta that readers see, or null where there is none. */
export function toDeltaFrame({ content, reasoning, toolCalls, functionCall }: ChatDelta): Frame | null {
  if (content === undefined && reasoning === undefined && !toolCalls && !functionCall) return null;
  return {
    type: 'delta',
    ...(content !== undefined && { content }),
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
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

export const toErrorFrame = (fault: CallFault, callId: string, route: RouteReport): Frame => ({
  type: 'error',
  call_id: callId,
  ...fault,
  route,
});

/** A frame as a server-sent event (WHATWG HTML §9.2). */
export const encodeFrame = (id: number, frame: Frame): string =>
  `id: ${id}\nevent: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`;
