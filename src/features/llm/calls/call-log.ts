import { MINUTE, SECOND } from '../../../core/time.ts';
import type { ChatDelta } from '../../../platform/llm/chat.ts';
import type { CallSpec, CallTarget, Passed } from './call-spec.ts';
import type { Asked, CallTables, KeptCall, Progress } from './call-tables.ts';
import type { AttemptRecord, CallEnd, CallOutcome } from './outcome.ts';
import type { CallFault } from '../service/faults.ts';
import type { WriteSoon } from './write-soon.ts';

/** Deltas are written in batches of this many, or soon, whichever comes first. */
const BATCH_SIZE = 64;

/** A row of a Durable Object takes two megabytes. */
const ROW_BYTES = 1_500_000;

/** How soon an object that was restarted notices that a call of its broke off. */
export const WATCH_MS = 30 * SECOND;

/** How often it is tried to settle what nobody has confirmed. */
export const SETTLE_AGAIN_MS = 2 * MINUTE;

/** A call that has begun. */
export type StartedCall = CallSpec & { startedAt: number };

/** Where the calls of an object are written down, at once and soon. */
export type CallBook = { tables: CallTables; soon: WriteSoon };

/**
 * One call of its object: its spec, its attempts with the deltas that each of them brought, and how it ended. It is held
 * in memory while it goes on. Written down are, each before anybody can hear of it, that an upstream call begins and how
 * all of it ended; what arrives in between, soon.
 */
export class CallLog {
  readonly spec: StartedCall;
  readonly #book: CallBook;
  readonly #progress: Progress;
  /** Whether there is a row, with how far the call had come. */
  #isWritten: boolean;
  #hasChanged = false;
  #hasPieces: boolean;
  #pending: ChatDelta[] = [];
  readonly #flush = () => this.flush();

  private constructor(book: CallBook, spec: StartedCall, progress: Progress, isWritten: boolean) {
    this.#book = book;
    this.spec = spec;
    this.#progress = progress;
    this.#isWritten = isWritten;
    this.#hasPieces = isWritten;
  }

  static begin(book: CallBook, spec: CallSpec): CallLog {
    const progress = { attempts: [], passed: spec.excluded, end: null };
    return new CallLog(book, { ...spec, startedAt: Date.now() }, progress, false);
  }

  /** A call as it was written down; what was asked is read where it is wanted. */
  static readBack(book: CallBook, { spec, attempts, passed, end }: KeptCall): CallLog {
    return new CallLog(book, spec, { attempts, passed, end }, true);
  }

  /** The attempts in their order; the last one may be under way. */
  get attempts(): AttemptRecord[] {
    return this.#progress.attempts;
  }

  /** Targets that were passed over, those of the spec included. */
  get passed(): Passed[] {
    return this.#progress.passed;
  }

  get end(): CallEnd | null {
    return this.#progress.end;
  }

  beginAttempt(attempt: Pick<AttemptRecord, 'callId' | 'target' | 'continues'>): void {
    // What is pending is of the attempt before.
    if (this.#pending.length > 0) this.flush();
    this.attempts.push({ ...attempt, startedAt: Date.now(), accepted: false, outcome: null, fault: null });
    this.#hasChanged = true;
    this.flush();
  }

  /** The provider has taken the request: from here on it may be charged. */
  accept(): void {
    this.#changeAttempt({ accepted: true });
  }

  /** Written down with the next attempt, or with the end. */
  endAttempt(outcome: CallOutcome, fault: CallFault | null): void {
    this.#changeAttempt({ outcome, fault });
  }

  pass(passed: Passed): void {
    this.#progress.passed = [...this.passed, passed];
    this.#changeSoon();
  }

  add(delta: ChatDelta): void {
    this.#pending.push(delta);
    if (this.#pending.length >= BATCH_SIZE) this.flush();
    else this.#book.soon.add(this.#flush);
  }

  flush(): void {
    const { tables, soon } = this.#book;
    soon.remove(this.#flush);
    if (!this.#isWritten || this.#hasChanged) this.#writeRow(tables);
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    this.#insert(pending);
  }

  #writeRow(tables: CallTables): void {
    const due = Date.now() + (this.end ? SETTLE_AGAIN_MS : WATCH_MS);
    if (this.#isWritten) tables.update(this.spec.callId, this.#progress, due);
    else tables.insert(withoutAsked(this.spec), this.spec.targets.map(toAsked), this.#progress, due);
    this.#isWritten = true;
    this.#hasChanged = false;
  }

  /** In as many rows as it takes, where a few of them are more than one can hold. */
  #insert(deltas: ChatDelta[]): void {
    const text = JSON.stringify(deltas);
    if (deltas.length > 1 && Buffer.byteLength(text) > ROW_BYTES) {
      const half = deltas.length >> 1;
      this.#insert(deltas.slice(0, half));
      this.#insert(deltas.slice(half));
    } else {
      this.#book.tables.addPiece(this.spec.callId, this.attempts.length - 1, text);
      this.#hasPieces = true;
    }
  }

  /** The deltas so far, of one attempt or of all whose text counts. */
  *deltas(attempt?: number): Generator<ChatDelta> {
    if (this.#hasPieces) yield* this.#book.tables.deltas(this.spec.callId, attempt);
    if (attempt === undefined || attempt === this.attempts.length - 1) yield* this.#pending;
  }

  /** What was asked of a target; undefined once that is forgotten. */
  asked(target: number): Asked | undefined {
    return this.#book.tables.asked(this.spec.callId)[target];
  }

  /** Forgets what was written so far: nobody has seen it, and the next attempt begins anew. */
  discardText(): void {
    this.#pending = [];
    if (this.#hasPieces) this.#book.tables.deletePieces(this.spec.callId);
    this.#hasPieces = false;
  }

  finish(end: CallEnd): void {
    this.#progress.end = end;
    this.#hasChanged = true;
    this.flush();
  }

  #changeAttempt(changes: Partial<AttemptRecord>): void {
    const last = this.attempts.at(-1);
    if (!last) throw new Error('there is no attempt');
    Object.assign(last, changes);
    this.#changeSoon();
  }

  #changeSoon(): void {
    this.#hasChanged = true;
    this.#book.soon.add(this.#flush);
  }
}

const toAsked = ({ messages, parameters, embedding }: CallTarget): Asked => ({ messages, parameters, embedding });

/** The rest goes on being known once what was asked is forgotten. */
const withoutAsked = (spec: StartedCall): StartedCall => ({
  ...spec,
  targets: spec.targets.map((target) => ({ ...target, messages: [], parameters: {}, embedding: undefined })),
});
