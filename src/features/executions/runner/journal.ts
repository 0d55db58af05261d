import type { RunFacts, NodeRow, Value } from './facts.ts';
import type { LiveLog, RunSpec } from './types.ts';

/** A row of a Durable Object takes two megabytes, a character of UTF-8 up to three bytes. */
const PART_LENGTH = 500_000;

/** Ids that one statement takes; a statement of SQLite here takes a hundred parameters. */
const PORTION = 90;

/**
 * What a runner must not forget, in its own storage: every execution that is not in the database yet, what became of its
 * nodes, and what it said. Nothing here waits: writes of one turn reach the disk together, and before anything that is
 * said to others after them.
 */
export class Journal {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      create table if not exists runs (id text primary key, facts text not null, output text, object_key text, bytes integer)
        without rowid;
      create table if not exists specs (run_id text, part integer, text text not null, primary key (run_id, part))
        without rowid;
      create table if not exists nodes (run_id text, ord integer, facts text not null, output text,
        primary key (run_id, ord)) without rowid;
      create table if not exists logs (run_id text, seq integer, line text not null, primary key (run_id, seq))
        without rowid;
      create table if not exists notes (name text primary key, value text not null) without rowid;
    `);
  }

  /** An execution that was not known before. */
  addRun(facts: RunFacts, spec: RunSpec): void {
    this.saveRun(facts);
    const text = JSON.stringify(spec);
    for (let at = 0, part = 0; at < text.length; at += PART_LENGTH, part++) {
      const piece = text.slice(at, at + PART_LENGTH);
      this.#sql.exec(
        'insert or replace into specs (run_id, part, text) values (?, ?, ?)',
        facts.executionId,
        part,
        piece,
      );
    }
  }

  saveRun(facts: RunFacts): void {
    this.#sql.exec(
      'insert into runs (id, facts) values (?, ?) on conflict (id) do update set facts = excluded.facts',
      facts.executionId,
      JSON.stringify(facts),
    );
  }

  saveOutput(runId: string, { text, objectKey, bytes }: Value): void {
    this.#sql.exec('update runs set output = ?, object_key = ?, bytes = ? where id = ?', text, objectKey, bytes, runId);
  }

  outputOf(runId: string): Value | null {
    const [row] = this.#sql
      .exec<{ text: string | null; objectKey: string | null; bytes: number | null }>(
        'select output as text, object_key as objectKey, bytes from runs where id = ?',
        runId,
      )
      .toArray();
    return row && row.bytes !== null ? { text: row.text, objectKey: row.objectKey, bytes: row.bytes } : null;
  }

  runs(): RunFacts[] {
    const rows = this.#sql.exec<{ facts: string }>('select facts from runs').toArray();
    return rows.map(({ facts }) => JSON.parse(facts));
  }

  specOf(runId: string): RunSpec {
    const rows = this.#sql.exec<{ text: string }>('select text from specs where run_id = ? order by part', runId);
    return JSON.parse([...rows].map(({ text }) => text).join(''));
  }

  /** @param text its output, where it has one that is kept here; left out where that has not changed */
  saveNode(runId: string, row: NodeRow, text?: string | null): void {
    const facts = JSON.stringify(row);
    if (text === undefined) {
      this.#sql.exec(
        'insert into nodes (run_id, ord, facts) values (?, ?, ?) on conflict do update set facts = excluded.facts',
        runId,
        row.order,
        facts,
      );
    } else {
      this.#sql.exec(
        'insert or replace into nodes (run_id, ord, facts, output) values (?, ?, ?, ?)',
        runId,
        row.order,
        facts,
        text,
      );
    }
  }

  nodesOf(runId: string): NodeRow[] {
    const rows = this.#sql.exec<{ facts: string }>('select facts from nodes where run_id = ? order by ord', runId);
    return [...rows].map(({ facts }) => JSON.parse(facts));
  }

  textOf(runId: string, order: number): string | null {
    const query = 'select output from nodes where run_id = ? and ord = ?';
    return this.#sql.exec<{ output: string | null }>(query, runId, order).toArray()[0]?.output ?? null;
  }

  forgetNode(runId: string, order: number): void {
    this.#sql.exec('delete from nodes where run_id = ? and ord = ?', runId, order);
  }

  addLog(runId: string, line: LiveLog): void {
    this.#sql.exec(
      'insert or replace into logs (run_id, seq, line) values (?, ?, ?)',
      runId,
      line.seq,
      JSON.stringify(line),
    );
  }

  lastLogOf(runId: string): number {
    const query = 'select coalesce(max(seq), 0) as seq from logs where run_id = ?';
    return this.#sql.exec<{ seq: number }>(query, runId).one().seq;
  }

  *logsOf(runId: string, after = 0): Generator<LiveLog> {
    const query = 'select line from logs where run_id = ? and seq > ? order by seq';
    for (const { line } of this.#sql.exec<{ line: string }>(query, runId, after)) yield JSON.parse(line);
  }

  /** Executions that the database has: nothing of them is needed any more. */
  forget(runIds: string[]): void {
    for (let at = 0; at < runIds.length; at += PORTION) {
      const ids = runIds.slice(at, at + PORTION);
      const list = ids.map(() => '?').join(', ');
      for (const table of ['specs', 'nodes', 'logs'])
        this.#sql.exec(`delete from ${table} where run_id in (${list})`, ...ids);
      this.#sql.exec(`delete from runs where id in (${list})`, ...ids);
    }
  }

  note(name: string, value: unknown): void {
    this.#sql.exec('insert or replace into notes (name, value) values (?, ?)', name, JSON.stringify(value));
  }

  noted<T>(name: string): T | null {
    const [row] = this.#sql.exec<{ value: string }>('select value from notes where name = ?', name).toArray();
    return row ? JSON.parse(row.value) : null;
  }
}
