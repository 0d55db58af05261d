import type { ChatDelta, ToolCallDelta, Usage, Vector } from '../../../platform/llm/chat.ts';

export type ToolCall = { id: string; type: string; function: { name: string; arguments: string } };

/** An answer put together from its deltas. */
export class Answer {
  content = '';
  reasoning = '';
  finishReason: string | null = null;
  usage: Usage | null = null;
  functionCall: { name: string; arguments: string } | null = null;
  vectors: Vector[] | null = null;
  readonly #toolCalls: ToolCall[] = [];

  add(delta: ChatDelta): void {
    this.content += delta.content ?? '';
    this.reasoning += delta.reasoning ?? '';
    if (delta.functionCall) {
      this.functionCall ??= { name: '', arguments: '' };
      this.functionCall.name += delta.functionCall.name ?? '';
      this.functionCall.arguments += delta.functionCall.arguments ?? '';
    }
    for (const call of delta.toolCalls ?? []) this.#addToolCall(call);
    this.finishReason = delta.finishReason ?? this.finishReason;
    this.usage = delta.usage ?? this.usage;
    this.vectors = delta.vectors ?? this.vectors;
  }

  get toolCalls(): ToolCall[] | null {
    return this.#toolCalls.length > 0 ? this.#toolCalls.filter(Boolean) : null;
  }

  /** All that the model wrote, for counting. */
  get text(): string {
    return this.reasoning + this.#answered.join('');
  }

  /** What it answered, calls of tools included, for comparing. */
  get said(): string {
    return this.#answered.filter(Boolean).join('\n');
  }

  get #answered(): string[] {
    const calls = [this.functionCall, ...(this.toolCalls ?? []).map((call) => call.function)].filter((c) => c !== null);
    return [this.content, ...calls.flatMap((call) => [call.name, call.arguments])];
  }

  #addToolCall({ index, id, type, name, arguments: args }: ToolCallDelta): void {
    const call = (this.#toolCalls[index] ??= { id: '', type: 'function', function: { name: '', arguments: '' } });
    call.id = id ?? call.id;
    call.type = type ?? call.type;
    call.function.name += name ?? '';
    call.function.arguments += args ?? '';
  }
}
