import type { Answer } from './answer.ts';
import { encodeFrame, type CallFacts, type Frame } from './frames.ts';
import type { CountedUsage } from './outcome.ts';
import type { CallFault } from './service/faults.ts';

/** `sse`: every frame as it comes. `json`: one document at the end. */
export type ReadMode = 'sse' | 'json';

/** The document that a `json` reader gets. */
export type Completion = CallFacts & {
  content: string;
  reasoning_content: string | null;
  finish_reason: string;
  function_call: Answer['functionCall'];
  tool_calls: Answer['toolCalls'];
  usage: CountedUsage;
  latency_ms: number;
  first_token_ms: number | null;
};

export type CompletionResult = { completion: Completion } | { fault: CallFault };

type Reader = { mode: ReadMode; controller: ReadableStreamDefaultController<Uint8Array>; after: number };

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

  /** Lets somebody read along who has the frames up to `after`; those of `past` that are missing come first. */
  open(mode: ReadMode, past: Iterable<Frame> = [], after = 0): ReadableStream<Uint8Array> {
    let reader: Reader;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        reader = { mode, controller, after };
        this.#readers.add(reader);
        if (mode !== 'sse') return;
        let id = 0;
        for (const frame of past) if ((id += 1) > after) this.#show(reader, frame, this.#encode(id, frame));
        this.#lastId = Math.max(this.#lastId, id);
      },
      cancel: () => this.#leave(reader),
    });
  }

  send(frame: Frame): void {
    const id = (this.#lastId += 1);
    let bytes: Uint8Array | undefined;
    for (const reader of this.#readers) {
      if (reader.mode === 'sse' && id > reader.after) this.#show(reader, frame, (bytes ??= this.#encode(id, frame)));
    }
  }

  /** Begins anew with the first frame, since nobody has seen any. */
  rewind(): void {
    this.#lastId = 0;
  }

  /** Sends the last words and ends every reader's stream. */
  end(result: CompletionResult): void {
    const document = this.#encoder.encode(JSON.stringify(result));
    for (const reader of this.#readers) if (reader.mode === 'json') this.#write(reader, document);
    for (const { controller } of this.#readers) controller.close();
    this.#readers.clear();
  }

  #encode(id: number, frame: Frame): Uint8Array {
    return this.#encoder.encode(encodeFrame(id, frame));
  }

  #show(reader: Reader, frame: Frame, bytes: Uint8Array): void {
    this.#hasShown ||= frame.type === 'delta';
    this.#write(reader, bytes);
  }

  #write(reader: Reader, bytes: Uint8Array): void {
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
