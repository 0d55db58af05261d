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

/** The durable side of a call: its spec, the deltas that arrived, and its outcome. */
export class StreamLog {
  readonly #storage: DurableObjectStorage;
  /** What stands in the table of facts: nobody else writes it. */
  readonly #facts = new Map<string, unknown>();
  #hasTables: boolean;
  #pending: ChatDelta[] = [];
  #isAcceptanceWritten = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#hasTables = storage.sql.exec("select 1 from sqlite_master where name = 'facts'").toArray().length > 0;
    if (!this.#hasTables) return;
    for (const { name, value } of storage.sql.exec<{ name: string; value: string }>('select name, value from facts')) {
      this.#facts.set(name, JSON.parse(value));
    }
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

  /**
   * The provider has taken the request: from here on it may be charged. Written down with what arrives first: by itself
   * it would keep the first token waiting for the disk.
   */
  accept(): void {
    this.#facts.set('accepted', true);
    this.#isAcceptanceWritten = false;
    this.#flushSoon();
  }

  add(delta: ChatDelta): void {
    this.#pending.push(delta);
    if (this.#pending.length >= BATCH_SIZE) this.flush();
    else this.#flushSoon();
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isAcceptanceWritten) this.#write('accepted', true);
    this.#isAcceptanceWritten = true;
    if (this.#pending.length === 0) return;
    this.#storage.sql.exec('insert into batches (deltas) values (?)', JSON.stringify(this.#pending));
    this.#pending = [];
  }

  /** The deltas as far as they were written down. */
  *deltas(): Generator<ChatDelta> {
    if (!this.#hasTables) return;
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

  /** Forgets everything, as if the call had never been. */
  async clear(): Promise<void> {
    clearTimeout(this.#timer);
    this.#facts.clear();
    this.#hasTables = false;
    await this.#storage.deleteAll();
  }

  #read<T>(name: string): T | null {
    return (this.#facts.get(name) as T | undefined) ?? null;
  }

  #write(name: string, value: unknown): void {
    if (!this.#hasTables) this.#createTables();
    this.#storage.sql.exec(
      'insert into facts (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
      name,
      JSON.stringify(value),
    );
    this.#facts.set(name, value);
  }

  /** With the first write and in its transaction: to a new object, each one by itself is a wait for the disk. */
  #createTables(): void {
    this.#storage.sql.exec('create table facts (name text primary key, value text not null)');
    this.#storage.sql.exec('create table batches (id integer primary key autoincrement, deltas text not null)');
    this.#hasTables = true;
  }
}
