import { toOpenaiError } from '../../../http/errors/openai-form.ts';
import { encodeFrame, type Frame } from '../calls/frames.ts';
import { toAppError } from '../service/faults.ts';
import { completionId, toSeconds } from './completion-id.ts';

/** What every chunk says of the call. */
export type ChunkFacts = { callId: string; provider: string; model: string; startedAt: number };

type UsageFrame = Extract<Frame, { type: 'usage' }>;

/** Writes the frames of one stream as the chunks that OpenAI's clients read. */
export class ChunkEncoder {
  readonly #facts: ChunkFacts;
  readonly #includesUsage: boolean;
  #begun = false;
  #usage: UsageFrame | null = null;

  constructor(facts: ChunkFacts, includesUsage: boolean) {
    this.#facts = facts;
    this.#includesUsage = includesUsage;
  }

  /** The chunks for a frame; none where there are none yet. */
  encode(id: number, frame: Frame): string {
    const chunks = this.#chunks(id, frame);
    if (!chunks || chunks.startsWith('id: ')) return chunks;
    // By which a client that comes back says what it has, once it has all of the frame; OpenAI's own reads past it.
    const end = chunks.lastIndexOf('\n\n', chunks.length - 3);
    const at = end < 0 ? 0 : end + 2;
    return `${chunks.slice(0, at)}id: ${id}\n${chunks.slice(at)}`;
  }

  #chunks(id: number, frame: Frame): string {
    switch (frame.type) {
      case 'delta':
        return this.#delta(frame);
      case 'usage':
        // It comes after the end, where OpenAI has it.
        this.#usage = frame;
        return '';
      case 'done':
        return this.#end(frame);
      case 'error':
        // One that comes first is not passed on, but answered with a status.
        return id === 1 ? encodeFrame(id, frame) : this.#error(frame);
    }
  }

  #delta({ type: _, ...delta }: Extract<Frame, { type: 'delta' }>): string {
    const calls = delta.tool_calls?.map((call) => (call.id === undefined ? call : { ...call, type: 'function' }));
    return this.#choice({ ...delta, ...(calls && { tool_calls: calls }) }, null);
  }

  #end({ finish_reason: reason, route }: Extract<Frame, { type: 'done' }>): string {
    const opening = this.#begun ? '' : this.#choice({ content: '' }, null);
    return `${opening}${this.#choice({}, reason, { route })}${this.#usageChunk()}data: [DONE]\n\n`;
  }

  #usageChunk(): string {
    if (!this.#includesUsage || !this.#usage) return '';
    const { type: _, source: __, reasoning_tokens: thoughts, ...tokens } = this.#usage;
    return this.#chunk({ choices: [], usage: { ...tokens, ...detailsOf(thoughts) } });
  }

  #choice(delta: object, reason: string | null, more: object = {}): string {
    const role = this.#begun ? {} : { role: 'assistant' };
    this.#begun = true;
    const choices = [{ index: 0, delta: { ...role, ...delta }, logprobs: null, finish_reason: reason }];
    return this.#chunk({ choices, ...(this.#includesUsage && { usage: null }), ...more });
  }

  #chunk(fields: object): string {
    const { callId, model, startedAt } = this.#facts;
    const head = { id: completionId(callId), object: 'chat.completion.chunk', created: toSeconds(startedAt), model };
    return `data: ${JSON.stringify({ ...head, ...fields })}\n\n`;
  }

  /** A stream that broke off has no `[DONE]`: clients raise the error. */
  #error(frame: Extract<Frame, { type: 'error' }>): string {
    const { provider, model } = this.#facts;
    return `data: ${JSON.stringify(toOpenaiError(toAppError(frame, { provider, name: model }), 'en'))}\n\n`;
  }
}

export const detailsOf = (thoughts: number | undefined) =>
  thoughts === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thoughts } };
