import { DAY } from '../../core/time.ts';
import type { ChannelEvent, Envelope } from './events.ts';

/** What a channel keeps: as many events as this, and as many bytes; a reader that was away for longer is told so. */
const LOG_LIMIT = 1000;
const LOG_BYTES = 1024 * 1024;

/** Events older than this are deleted, read or not. */
const KEEP_MS = 7 * DAY;

/** One event, as readers get it. Larger things are announced by their id and fetched. */
const EVENT_BYTES = 64 * 1024;

/** An ordered log of events in a Durable Object's own storage, bounded in number, bytes and age. */
export class EventLog {
  readonly #sql: SqlStorage;
  #bytes: number;
  #lastSeq: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`create table if not exists log (
      seq integer primary key,
      event_id text not null unique,
      envelope text not null,
      bytes integer not null,
      created_at integer not null
    )`);
    // Numbers go on where they were when the log has been emptied by age: readers remember them.
    sql.exec(`create table if not exists position (id integer primary key check (id = 0), last_seq integer not null)`);
    this.#bytes = sql.exec<{ bytes: number }>('select coalesce(sum(bytes), 0) as bytes from log').one().bytes;
    // The log may be ahead of the position, should somebody have been stopped between the two.
    this.#lastSeq = sql
      .exec<{ last_seq: number }>(
        `select max(coalesce((select last_seq from position), 0), coalesce((select max(seq) from log), 0)) as last_seq`,
      )
      .one().last_seq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Appends the events that are not there yet; gives the envelopes to send, and the ids of events that are too large. */
  append(events: ChannelEvent[], now: Date): { envelopes: string[]; refused: string[] } {
    const envelopes: string[] = [];
    const refused: string[] = [];
    for (const event of events) {
      const seq = this.#lastSeq + 1;
      const envelope = JSON.stringify(toEnvelope(event, seq, now));
      const bytes = Buffer.byteLength(envelope);
      if (bytes > EVENT_BYTES) refused.push(event.eventId);
      else if (this.#insert(seq, event.eventId, envelope, bytes, now)) envelopes.push(envelope);
    }
    if (envelopes.length > 0) {
      this.#sql.exec(
        'insert into position values (0, ?) on conflict (id) do update set last_seq = excluded.last_seq',
        this.#lastSeq,
      );
      this.#trim();
    }
    return { envelopes, refused };
  }

  /** Whether it was not there yet. */
  #insert(seq: number, eventId: string, envelope: string, bytes: number, now: Date): boolean {
    const inserted = this.#sql.exec(
      `insert into log (seq, event_id, envelope, bytes, created_at) values (?, ?, ?, ?, ?)
        on conflict (event_id) do nothing returning seq`,
      seq,
      eventId,
      envelope,
      bytes,
      now.getTime(),
    );
    if (inserted.toArray().length === 0) return false;
    this.#lastSeq = seq;
    this.#bytes += bytes;
    return true;
  }

  /** The envelopes after a sequence number, oldest first. */
  *after(seq: number): Generator<string> {
    for (const { envelope } of this.#sql.exec<{ envelope: string }>(
      'select envelope from log where seq > ? order by seq',
      seq,
    )) {
      yield envelope;
    }
  }

  /** After which sequence number so many of the last events come, or all that there are. */
  beforeLast(count: number): number {
    return Math.max(this.#lastSeq - count, (this.#oldest()?.seq ?? this.#lastSeq + 1) - 1);
  }

  has(eventId: string): boolean {
    return this.#sql.exec('select 1 from log where event_id = ?', eventId).toArray().length > 0;
  }

  /** When the first and the last of the events that are kept were appended; null for an empty log. */
  get extent(): { firstAt: number; lastAt: number } | null {
    const query = 'select created_at from log order by seq desc limit 1';
    const last = this.#sql.exec<{ created_at: number }>(query).toArray()[0];
    return last ? { firstAt: this.#oldest()!.created_at, lastAt: last.created_at } : null;
  }

  /** Whether a reader who has everything up to `seq` misses nothing with what {@link after} gives. */
  isComplete(seq: number): boolean {
    return seq >= (this.#oldest()?.seq ?? this.#lastSeq + 1) - 1 && seq <= this.#lastSeq;
  }

  /** Deletes what is too old. */
  forgetOld(now: Date): void {
    this.#delete('created_at <= ?', now.getTime() - KEEP_MS);
  }

  /** When there will be something too old, in milliseconds; null for an empty log. */
  oldestEndsAt(): number | null {
    const oldest = this.#oldest();
    return oldest && oldest.created_at + KEEP_MS;
  }

  #trim(): void {
    this.#delete('seq <= ?', this.#lastSeq - LOG_LIMIT);
    for (let oldest = this.#oldest(); oldest && this.#bytes > LOG_BYTES; oldest = this.#oldest()) {
      this.#delete('seq <= ?', oldest.seq);
    }
  }

  #delete(condition: string, value: number): void {
    const deleted = this.#sql.exec<{ bytes: number }>(`delete from log where ${condition} returning bytes`, value);
    for (const { bytes } of deleted) this.#bytes -= bytes;
  }

  #oldest(): { seq: number; created_at: number } | null {
    const query = 'select seq, created_at from log order by seq limit 1';
    return this.#sql.exec<{ seq: number; created_at: number }>(query).toArray()[0] ?? null;
  }
}

const toEnvelope = (event: ChannelEvent, seq: number, now: Date): Envelope => ({
  type: event.type,
  event_type: event.type,
  event_id: event.eventId,
  ...event.subject,
  seq,
  timestamp: new Date(event.happenedAt ?? now).toISOString(),
  data: event.data,
});
