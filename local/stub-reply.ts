import { randomUUID } from 'node:crypto';
import { parseDirectives, type Directives } from './stub-directives.ts';
import { sampleOf } from './stub-sample.ts';
import { countTokens, truncateTokens } from './stub-tokens.ts';

interface Message {
  role: string;
  content?: string | null | { type: string; text?: string }[];
}

interface Tool {
  function: { name: string; parameters?: unknown };
}

/** The part of OpenAI's request that the stub reads. */
export interface ChatRequest {
  model: string;
  messages: Message[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  max_tokens?: number;
  max_completion_tokens?: number;
  stop?: string | string[];
  tools?: Tool[];
  tool_choice?: string | { function: { name: string } };
  response_format?: { type: string; json_schema?: { schema?: unknown } };
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** What the stub will say, before it is sent whole or in pieces. */
export interface Reply {
  content: string;
  reasoning: string;
  toolCall: ToolCall | undefined;
  finishReason: 'stop' | 'length' | 'tool_calls';
  usage: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    completion_tokens_details?: { reasoning_tokens: number };
  };
}

const INTRODUCTION = 'This is the local model of SynapScale, not a real one.';

/** What the last user message says and asks. */
export function readLastMessage(request: ChatRequest): { said: string; directives: Directives } {
  return parseDirectives(textOf(request.messages.findLast(({ role }) => role === 'user')));
}

export async function composeReply(request: ChatRequest, said: string, directives: Directives): Promise<Reply> {
  const promptTokens = await countPrompt(request.messages);
  const reasoning = words(directives.reasoning ?? 0, 'thought');
  const thoughts = await countTokens(reasoning);
  const toolCall = chooseTool(request, directives);
  if (toolCall) {
    const spoken = await countTokens(toolCall.function.name + toolCall.function.arguments);
    const usage = usageOf(promptTokens, spoken, thoughts);
    return { content: '', reasoning, toolCall, finishReason: 'tool_calls', usage };
  }
  const full = stopAt(withoutBeginning(composeText(request, said, directives), request), request.stop);
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Infinity;
  const { text, count, cut } = await truncateTokens(full, limit);
  const usage = usageOf(promptTokens, count, thoughts);
  return { content: text, reasoning, toolCall: undefined, finishReason: cut ? 'length' : 'stop', usage };
}

/** What is left to say where the request has begun the answer. */
function withoutBeginning(text: string, { messages }: ChatRequest): string {
  const last = messages.at(-1);
  const begun = last?.role === 'assistant' ? textOf(last) : '';
  return text.startsWith(begun) ? text.slice(begun.length) : text;
}

function composeText({ messages, response_format: format }: ChatRequest, said: string, directives: Directives): string {
  if (directives.empty) return '';
  if (format && directives.formless) return 'Here you are: {"no": "json"';
  if (format?.type === 'json_schema') return JSON.stringify(sampleOf(format.json_schema?.schema));
  const last = messages.at(-1);
  const heard = last?.role === 'tool' ? `The tool answered: ${textOf(last)}` : `You said: ${said}`;
  if (format?.type === 'json_object') return JSON.stringify({ message: `${INTRODUCTION} ${heard}` });
  if (directives.tokens === undefined) return `${INTRODUCTION} ${heard}`;
  return words(directives.tokens, 'word', INTRODUCTION.split(' '));
}

/** So many words: those that are given, then numbered ones. */
const words = (count: number, name: string, first: string[] = []) =>
  Array.from({ length: count }, (_, index) => first[index] ?? `${name}${index + 1}`).join(' ');

/** Tools are called when the request forces one, or the message asks the stub to and no tool has answered yet. */
function chooseTool(
  { tools, tool_choice: choice, messages }: ChatRequest,
  directives: Directives,
): ToolCall | undefined {
  if (!tools?.length || choice === 'none') return undefined;
  const asked = messages.at(-1)?.role === 'tool' ? undefined : directives.tool;
  const name =
    typeof choice === 'object' ? choice.function.name : choice === 'required' ? tools[0]?.function.name : asked;
  const tool = tools.find((candidate) => candidate.function.name === name);
  if (!tool) return undefined;
  const args = JSON.stringify(sampleOf(tool.function.parameters));
  return { id: `call_${randomUUID()}`, type: 'function', function: { name: tool.function.name, arguments: args } };
}

function stopAt(text: string, stop: string | string[] | undefined): string {
  const cuts = [stop ?? []].flat().map((sequence) => text.indexOf(sequence));
  const first = Math.min(...cuts.filter((index) => index >= 0));
  return Number.isFinite(first) ? text.slice(0, first) : text;
}

/** OpenAI's rule: three tokens around each message, three before the answer (cookbook, "How to count tokens"). */
async function countPrompt(messages: Message[]): Promise<number> {
  const counts = await Promise.all(
    messages.map(async (message) => 3 + (await countTokens(message.role)) + (await countTokens(textOf(message)))),
  );
  return counts.reduce((sum, count) => sum + count, 3);
}

function usageOf(promptTokens: number, spoken: number, thoughts: number): Reply['usage'] {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: spoken + thoughts,
    total_tokens: promptTokens + spoken + thoughts,
    ...(thoughts > 0 && { completion_tokens_details: { reasoning_tokens: thoughts } }),
  };
}

function textOf(message: Message | undefined): string {
  const content = message?.content ?? '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}
