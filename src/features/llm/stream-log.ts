import type { ChatDelta, ChatRequest } from '../../platform/llm/chat.ts';
import type { EmbeddingRequest } from '../../platform/llm/embeddings.ts';
import type { ResponseFormat } from '../../platform/llm/request.ts';
import type { CallOutcome } from './outcome.ts';

/**
 * A call as its object was asked to make it. Messages and texts are forgotten once it is settled, and the key that it is made
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
  /** What is to be turned into vectors; a chat where absent. */
  embedding?: EmbeddingRequest;
};

/** A call that has begun; `accepted` once the provider has taken it. */
export type StartedCall = CallSpec & { startedAt: number; accepted: boolean };

/** Deltas are written in batches of this many, or after this time, whichever comes first. */
const BATCH_SIZE = 64;
const BATCH_MS = 250;

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

  get spec(): StartedCall | null {
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

  begin(spec: CallSpec): StartedCall {
    const startedAt = Date.now();
    this.#write('spec', { ...spec, startedAt });
    return { ...spec, startedAt, accepted: false };
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
    this.#storage.sql.exec('insert into batches (deltas) values (?)', JSON.stringify(this.#pending));
    this.#pending = [];
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
    if (spec) this.#write('spec', { ...spec, messages: [], embedding: undefined });
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
