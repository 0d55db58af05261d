import type { ChatDelta } from '../../platform/llm/chat.ts';
import type { CallSpec, Passed } from './call-spec.ts';
import type { AttemptRecord, CallEnd, CallOutcome } from './outcome.ts';
import type { CallFault } from './service/faults.ts';

/** Deltas are written in batches of this many, or after this time, whichever comes first. */
const BATCH_SIZE = 64;
const BATCH_MS = 250;

/** A row of a Durable Object takes two megabytes. */
const ROW_BYTES = 1_500_000;

/** A call that has begun. */
export type StartedCall = CallSpec & { startedAt: number };

/**
 * The durable side of a call: its spec, its attempts with the deltas that each of them brought, and how it ended. What
 * is small is held in memory too, so that nothing is read twice.
 */
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
    for (const { name, value } of storage.sql.exec('select name, value from facts')) {
      this.#facts.set(String(name), JSON.parse(String(value)));
    }
  }

  get spec(): StartedCall | null {
    return this.#read<StartedCall>('spec');
  }

  /** The attempts in their order; the last one may be under way. */
  get attempts(): AttemptRecord[] {
    return this.#read<AttemptRecord[]>('attempts') ?? [];
  }

  /** Targets that were passed over, those of the spec included. */
  get passed(): Passed[] {
    return this.#read<Passed[]>('passed') ?? this.spec?.excluded ?? [];
  }

  get end(): CallEnd | null {
    return this.#read<CallEnd>('end');
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
    return { ...spec, startedAt };
  }

  beginAttempt(attempt: Pick<AttemptRecord, 'callId' | 'target' | 'continues'>): void {
    const record = { ...attempt, startedAt: Date.now(), accepted: false, outcome: null, fault: null };
    this.#write('attempts', [...this.attempts, record]);
  }

  /**
   * The provider has taken the request: from here on it may be charged. Written down with what arrives first: by itself
   * it would keep the first token waiting for the disk.
   */
  accept(): void {
    this.#facts.set('attempts', this.#changedAttempts({ accepted: true }));
    this.#isAcceptanceWritten = false;
    this.#flushSoon();
  }

  endAttempt(outcome: CallOutcome, fault: CallFault | null): void {
    this.flush();
    this.#write('attempts', this.#changedAttempts({ outcome, fault }));
  }

  pass(passed: Passed): void {
    this.#write('passed', [...this.passed, passed]);
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
    if (!this.#isAcceptanceWritten) this.#write('attempts', this.attempts);
    this.#isAcceptanceWritten = true;
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
      if (!this.#hasTables) this.#createTables();
      const attempt = this.attempts.length - 1;
      this.#storage.sql.exec('insert into pieces (attempt, deltas) values (?, ?)', attempt, text);
    }
  }

  /** The deltas so far, of one attempt or of all whose text counts. */
  *deltas(attempt?: number): Generator<ChatDelta> {
    if (!this.#hasTables) return;
    const rows = this.#storage.sql
      .exec<{ deltas: string }>(
        'select deltas from pieces where attempt = coalesce(?, attempt) order by id',
        attempt ?? null,
      )
      .toArray();
    for (const { deltas } of rows) yield* JSON.parse(deltas) as ChatDelta[];
    if (attempt === undefined || attempt === this.attempts.length - 1) yield* this.#pending;
  }

  /** Forgets what was written so far: nobody has seen it, and the next attempt begins anew. */
  discardText(): void {
    this.#pending = [];
    this.#storage.sql.exec('delete from pieces');
  }

  finish(end: CallEnd): void {
    this.flush();
    this.#write('end', end);
  }

  abandon(): void {
    this.#write('abandoned', true);
  }

  /** The outcome is in the ledger: what was asked is forgotten, the answer is kept for whoever asks again. */
  confirm(): void {
    this.#write('confirmed', true);
    const { spec } = this;
    if (!spec) return;
    const targets = spec.targets.map((target) => ({ ...target, messages: [], parameters: {}, embedding: undefined }));
    this.#write('spec', { ...spec, targets });
  }

  #changedAttempts(changes: Partial<AttemptRecord>): AttemptRecord[] {
    const { attempts } = this;
    const last = attempts.at(-1);
    if (!last) throw new Error('there is no attempt');
    return [...attempts.slice(0, -1), { ...last, ...changes }];
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
    this.#storage.sql.exec(
      'create table pieces (id integer primary key autoincrement, attempt integer not null, deltas text not null)',
    );
    this.#hasTables = true;
  }
}
