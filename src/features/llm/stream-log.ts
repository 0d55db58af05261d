import type { ChatDelta, ChatRequest } from '../../platform/llm/chat.ts';
import type { ResponseFormat } from '../../platform/llm/request.ts';
import type { CallOutcome } from './outcome.ts';

/**
 * A call as its object was asked to make it. Messages are forgotten once it is settled, and the key that it is made
 * with is never written down.
 */
export type CallSpec = ChatRequest & {
  callId: string;
  provider: string;
  /** Whether the key is the caller's. */
  ownKey: boolean;
  /** Fields that the provider's endpoint does not know, and that are honoured otherwise. */
  emulated: string[];
  /** The form that the answer must have. */
  format: ResponseFormat | null;
};

/** Deltas are written in batches of this many, or after this time, whichever comes first. */
const BATCH_SIZE = 64;
const BATCH_MS = 250;

/** A row of a Durable Object takes two megabytes. */
const ROW_BYTES = 1_500_000;

/** The durable side of a call: its spec, the deltas that arrived, and its outcome. */
export class StreamLog {
  readonly #storage: DurableObjectStorage;
  #pending: ChatDelta[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec('create table if not exists facts (name text primary key, value text not null)');
    storage.sql.exec('create table if not exists batches (id integer primary key autoincrement, deltas text not null)');
  }

  get spec(): (CallSpec & { startedAt: number; accepted: boolean }) | null {
    const spec = this.#read<CallSpec & { startedAt: number }>('spec');
    return spec && { ...spec, accepted: this.#read<boolean>('accepted') ?? false };
  }

  get outcome(): CallOutcome | null {
    return this.#read<CallOutcome>('outcome');
  }

  get abandoned(): boolean {
    return this.#read<boolean>('abandoned') ?? false;
  }

  get confirmed(): boolean {
    return this.#read<boolean>('confirmed') ?? false;
  }

  begin(spec: CallSpec): void {
    this.#write('spec', { ...spec, startedAt: Date.now() });
  }

  /** The provider has taken the request: from here on it may be charged. */
  accept(): void {
    this.#write('accepted', true);
  }

  add(delta: ChatDelta): void {
    this.#pending.push(delta);
    if (this.#pending.length >= BATCH_SIZE) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    this.#insert(pending);
  }

  /** In as many rows as it takes, where a few of them are more than one can hold. */
  #insert(deltas: ChatDelta[]): void {
    const text = JSON.stringify(deltas);
    if (deltas.length > 1 && Buffer.byteLength(text) > ROW_BYTES) {
      const half = deltas.length >> 1;
      this.#insert(deltas.slice(0, half));
      this.#insert(deltas.slice(half));
    } else {
      this.#storage.sql.exec('insert into batches (deltas) values (?)', text);
    }
  }

  /** The deltas as far as they were written down. */
  *deltas(): Generator<ChatDelta> {
    const rows = this.#storage.sql.exec<{ deltas: string }>('select deltas from batches order by id').toArray();
    for (const { deltas } of rows) yield* JSON.parse(deltas) as ChatDelta[];
  }

  end(outcome: CallOutcome): void {
    this.flush();
    this.#write('outcome', outcome);
  }

  abandon(): void {
    this.#write('abandoned', true);
  }

  /** The outcome is in the ledger: what was asked is forgotten, the answer is kept for repetitions. */
  confirm(): void {
    this.#write('confirmed', true);
    const spec = this.#read<CallSpec>('spec');
    if (spec) this.#write('spec', { ...spec, messages: [] });
  }

  #read<T>(name: string): T | null {
    const [row] = this.#storage.sql.exec<{ value: string }>('select value from facts where name = ?', name).toArray();
    return row ? (JSON.parse(row.value) as T) : null;
  }

  #write(name: string, value: unknown): void {
    this.#storage.sql.exec(
      'insert into facts (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
      name,
      JSON.stringify(value),
    );
  }
}
