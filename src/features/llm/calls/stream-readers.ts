import type { Vector } from '../../../platform/llm/chat.ts';
import type { Answer } from './answer.ts';
import { encodeFrame, type CallFacts, type Frame } from './frames.ts';
import { ChunkEncoder, type ChunkFacts } from '../openai/chunks.ts';
import type { CountedUsage } from './outcome.ts';
import type { RouteReport } from './route-report.ts';
import type { CallFault } from '../service/faults.ts';

/** `sse`: every frame as it comes. `chunks`: the same as OpenAI writes it. `json`: one document at the end. */
export type ReadMode = 'sse' | 'chunks' | 'chunks_with_usage' | 'json';

/** The document that a `json` reader gets. */
export type Completion = CallFacts & {
  content: string;
  reasoning_content: string | null;
  finish_reason: string;
  function_call: Answer['functionCall'];
  tool_calls: Answer['toolCalls'];
  /** Of an embedding; they are not kept, so that one that is shown again has none. */
  vectors: Vector[] | null;
  usage: CountedUsage;
  started_at: number;
  latency_ms: number;
  first_token_ms: number | null;
};

export type CompletionResult = { completion: Completion } | { fault: CallFault; route: RouteReport | null };

type Reader = {
  /** Null for who reads nothing but the document. */
  encode: ((id: number, frame: Frame) => string) | null;
  /** The last frame that they have. */
  after: number;
  controller: ReadableStreamDefaultController<Uint8Array>;
  /** What goes to them together, once they have taken what went before; whether they wait for it. */
  pending: string;
  isWaiting: boolean;
};

/** What somebody has seen who comes back: the frames of the answer so far, and the last that they have. */
export type Past = { frames: Iterable<Frame>; after: number };

const NOTHING: Past = { frames: [], after: 0 };

/** Everyone who reads one call's answer. Frames are numbered from 1. */
export class StreamReaders {
  readonly #readers = new Set<Reader>();
  readonly #encoder = new TextEncoder();
  readonly #onEmpty: () => void;
  #lastId = 0;
  #hasShown = false;

  /** @param onEmpty called when the last reader has left before the end. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** Whether anybody has seen a part of the answer, which then stands. */
  get hasShown(): boolean {
    return this.#hasShown;
  }

  /** Lets somebody read along; what they miss of the past comes first. */
  open(mode: ReadMode, call: ChunkFacts, { frames, after }: Past = NOTHING): ReadableStream<Uint8Array> {
    let reader: Reader;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          reader = { encode: encoderOf(mode, call), after, controller, pending: '', isWaiting: false };
          this.#readers.add(reader);
          let id = 0;
          for (const frame of frames) this.#show(reader, (id += 1), frame);
          this.#lastId = Math.max(this.#lastId, id);
        },
        pull: () => {
          reader.isWaiting = true;
          this.#flush(reader);
        },
        cancel: () => this.#leave(reader),
      },
      // Asked for as it is taken on: each piece costs the whole way, however small it is.
      { highWaterMark: 0 },
    );
  }

  send(frame: Frame): void {
    this.#lastId += 1;
    for (const reader of this.#readers) this.#show(reader, this.#lastId, frame);
  }

  /** Begins anew with the first frame, since nobody has seen any. */
  rewind(): void {
    this.#lastId = 0;
  }

  /** Sends the last words and ends every reader's stream. */
  end(result: CompletionResult): void {
    for (const reader of this.#readers) {
      if (!reader.encode) reader.pending = JSON.stringify(result);
      // What is closed keeps what was put into it.
      reader.isWaiting = true;
      this.#flush(reader);
    }
    for (const { controller } of this.#readers) controller.close();
    this.#readers.clear();
  }

  /** An encoder sees every frame, those included that its reader has already. */
  #show(reader: Reader, id: number, frame: Frame): void {
    const text = reader.encode?.(id, frame);
    if (text === undefined) return;
    this.#hasShown ||= frame.type === 'delta';
    if (text && id > reader.after) {
      reader.pending += text;
      this.#flush(reader);
    }
  }

  /** Gives a reader who waits all that there is. */
  #flush(reader: Reader): void {
    if (!reader.isWaiting || reader.pending === '') return;
    const bytes = this.#encoder.encode(reader.pending);
    reader.pending = '';
    reader.isWaiting = false;
    try {
      reader.controller.enqueue(bytes);
    } catch {
      this.#leave(reader);
    }
  }

  #leave(reader: Reader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#onEmpty();
  }
}

function encoderOf(mode: ReadMode, call: ChunkFacts): Reader['encode'] {
  if (mode === 'json') return null;
  if (mode === 'sse') return encodeFrame;
  const encoder = new ChunkEncoder(call, mode === 'chunks_with_usage');
  return (id, frame) => encoder.encode(id, frame);
}
