import type { ChatDelta } from '../../../platform/llm/chat.ts';
import type { AttemptRecord, CallEnd } from './outcome.ts';
import type { CallTarget, Passed } from './call-spec.ts';
import type { StartedCall } from './call-log.ts';

/** What was asked of a target, which is forgotten before the rest. */
export type Asked = Pick<CallTarget, 'messages' | 'parameters' | 'embedding'>;

/** How far a call has come. */
export type Progress = { attempts: AttemptRecord[]; passed: Passed[]; end: CallEnd | null };

/** A call that was begun; `spec` is without what was asked. */
export type KeptCall = Progress & { spec: StartedCall; isConfirmed: boolean };

type Row = { spec: string | null; attempts: string; passed: string; ended: string | null; confirmed: number };

/**
 * The calls of one object, each as a row that says when it is to be looked at again, with what was asked and what was
 * answered beside it. Statements of one turn are written to disk together.
 */
export class CallTables {
  readonly #storage: DurableObjectStorage;
  #areThere: boolean;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#areThere = storage.sql.exec("select 1 from sqlite_master where name = 'calls'").toArray().length > 0;
  }

  /** The call; `abandoned` where it was given up before it began, null where there is none. */
  find(callId: string): KeptCall | 'abandoned' | null {
    const [row] = this.#select<Row>('select spec, attempts, passed, ended, confirmed from calls where id = ?', callId);
    if (!row) return null;
    if (row.spec === null) return 'abandoned';
    return {
      spec: JSON.parse(row.spec) as StartedCall,
      attempts: JSON.parse(row.attempts) as AttemptRecord[],
      passed: JSON.parse(row.passed) as Passed[],
      end: row.ended === null ? null : (JSON.parse(row.ended) as CallEnd),
      isConfirmed: row.confirmed === 1,
    };
  }

  /** What was asked of each target; nothing once that is forgotten. */
  asked(callId: string): Asked[] {
    const rows = this.#select<{ request: string }>(
      'select request from requests where call_id = ? order by target',
      callId,
    );
    return rows.map(({ request }) => JSON.parse(request) as Asked);
  }

  insert(spec: StartedCall, asked: Asked[], { attempts, passed, end }: Progress, due: number): void {
    this.#exec(
      'insert into calls (id, spec, attempts, passed, ended, due, keep_ms) values (?, ?, ?, ?, ?, ?, ?)',
      spec.callId,
      JSON.stringify(spec),
      JSON.stringify(attempts),
      JSON.stringify(passed),
      end && JSON.stringify(end),
      due,
      spec.keepMs,
    );
    for (const [target, request] of asked.entries()) {
      const text = JSON.stringify(request);
      this.#exec('insert into requests (call_id, target, request) values (?, ?, ?)', spec.callId, target, text);
    }
  }

  update(callId: string, { attempts, passed, end }: Progress, due: number): void {
    this.#exec(
      'update calls set attempts = ?, passed = ?, ended = ?, due = ? where id = ?',
      JSON.stringify(attempts),
      JSON.stringify(passed),
      end && JSON.stringify(end),
      due,
      callId,
    );
  }

  /** Remembers until `due` that a call was given up, which then will not begin. */
  abandon(callId: string, due: number): void {
    this.#exec("insert into calls (id, attempts, passed, due, keep_ms) values (?, '[]', '[]', ?, 0)", callId, due);
  }

  /** The outcomes are in the ledger: what was asked is forgotten, the answers are kept for whoever asks again. */
  confirm(callIds: readonly string[], now: number): void {
    if (callIds.length === 0) return;
    const ids = JSON.stringify(callIds);
    const are = 'in (select value from json_each(?))';
    this.#exec(`update calls set confirmed = 1, due = ? + keep_ms where id ${are} and confirmed = 0`, now, ids);
    this.#exec(`delete from requests where call_id ${are}`, ids);
  }

  addPiece(callId: string, attempt: number, deltas: string): void {
    this.#exec('insert into pieces (call_id, attempt, deltas) values (?, ?, ?)', callId, attempt, deltas);
  }

  /** What is written down of an answer: of one attempt, or of all whose text counts. */
  *deltas(callId: string, attempt?: number): Generator<ChatDelta> {
    const rows = this.#select<{ deltas: string }>(
      'select deltas from pieces where call_id = ? and attempt = coalesce(?, attempt) order by id',
      callId,
      attempt ?? null,
    );
    for (const { deltas } of rows) yield* JSON.parse(deltas) as ChatDelta[];
  }

  deletePieces(callId: string): void {
    this.#exec('delete from pieces where call_id = ?', callId);
  }

  /** Calls without an end. */
  unfinished(): string[] {
    return this.#ids('select id from calls where ended is null and spec is not null');
  }

  /** Calls whose outcome nobody has confirmed in time. */
  unconfirmed(now: number): string[] {
    return this.#ids('select id from calls where ended is not null and confirmed = 0 and due <= ?', now);
  }

  /** Has these looked at again at another time. */
  postpone(callIds: readonly string[], due: number): void {
    for (const callId of callIds) this.#exec('update calls set due = ? where id = ?', due, callId);
  }

  /** Forgets what was kept for long enough, as if those calls had never been. */
  forgetDue(now: number): void {
    const ids = this.#ids('select id from calls where (confirmed = 1 or spec is null) and due <= ?', now);
    for (const id of ids) {
      this.deletePieces(id);
      this.#exec('delete from calls where id = ?', id);
    }
  }

  /** When the next of them is to be looked at; null where there is none. */
  nextDue(): number | null {
    return this.#select<{ due: number | null }>('select min(due) as due from calls')[0]?.due ?? null;
  }

  /** Leaves nothing behind. */
  async clear(): Promise<void> {
    this.#areThere = false;
    await this.#storage.deleteAll();
  }

  #ids(statement: string, ...values: SqlStorageValue[]): string[] {
    return this.#select<{ id: string }>(statement, ...values).map(({ id }) => id);
  }

  #select<T extends Record<string, SqlStorageValue>>(statement: string, ...values: SqlStorageValue[]): T[] {
    return this.#areThere ? this.#storage.sql.exec<T>(statement, ...values).toArray() : [];
  }

  #exec(statement: string, ...values: SqlStorageValue[]): void {
    if (!this.#areThere) this.#create();
    this.#storage.sql.exec(statement, ...values);
  }

  /** With the first write and in its transaction; to ask leaves nothing behind. */
  #create(): void {
    this.#areThere = true;
    this.#storage.sql.exec(`
      create table calls (
        id text primary key, spec text, attempts text not null, passed text not null, ended text,
        confirmed integer not null default 0, due integer not null, keep_ms integer not null
      );
      create index calls_due on calls (due);
      create table requests (
        call_id text not null, target integer not null, request text not null, primary key (call_id, target)
      );
      create table pieces (id integer primary key, call_id text not null, attempt integer not null, deltas text not null);
      create index pieces_call on pieces (call_id);
    `);
  }
}
