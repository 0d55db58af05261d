import { DurableObject } from 'cloudflare:workers';
import type { ChannelEvent, Envelope } from './events.ts';

/** The log keeps this many events; a reader that was away for longer starts at the oldest one kept. */
const LOG_LIMIT = 1000;

/** Readers of one channel; more would not fit the object's memory. */
const READER_LIMIT = 10_000;

/** Close codes (4000 to 4999 are the application's, RFC 6455 §7.4.2). */
export const CLOSE = { policy: 1008, internal: 1011, tryAgain: 1013, unauthenticated: 4001, denied: 4003 } as const;

export type Reader = { userId: string; expiresAt: number | null };

/**
 * An ordered, bounded log of events and the sockets that follow it. It knows neither what the events mean nor who may
 * read: callers have decided that before they come here.
 */
export class Channel extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never);
    this.#sql = state.storage.sql;
    this.#sql.exec(`create table if not exists events (
      seq integer primary key autoincrement,
      event_id text not null unique,
      envelope text not null
    )`);
    // Answered by the runtime, so that a heartbeat wakes no hibernating object.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('{"type":"heartbeat"}', HEARTBEAT_ACK));
  }

  /** Appends events that are not in the log yet, and sends them to every reader. Returns the last sequence number. */
  publish(events: ChannelEvent[]): number {
    for (const event of events) {
      const envelope = this.#append(event);
      if (envelope) this.#broadcast(envelope);
    }
    this.#sql.exec('delete from events where seq <= (select max(seq) from events) - ?', LOG_LIMIT);
    return this.#lastSeq();
  }

  /** Opens a socket: a confirmation, what the log holds after `?after=`, then what is new. */
  override async fetch(request: Request): Promise<Response> {
    if (this.ctx.getWebSockets().length >= READER_LIMIT) return new Response(null, { status: 503 });
    const url = new URL(request.url);
    const reader = JSON.parse(url.searchParams.get('reader') ?? 'null') as Reader;
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [reader.userId]);
    server.serializeAttachment(reader);
    const after = url.searchParams.get('after');
    server.send(JSON.stringify(this.#confirmation(after)));
    if (after !== null) {
      for (const envelope of this.#replay(Number(after))) server.send(envelope);
    }
    await this.#scheduleExpiry(reader.expiresAt);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    // Heartbeats with other white space than the one answered by the runtime; all else is ignored, as it always was.
    if (typeof message === 'string' && message.length < 100 && /"type"\s*:\s*"heartbeat"/.test(message)) {
      socket.send(HEARTBEAT_ACK);
    }
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  /** Ends sockets whose credentials have expired. */
  override async alarm(): Promise<void> {
    let next: number | null = null;
    for (const socket of this.ctx.getWebSockets()) {
      const { expiresAt } = socket.deserializeAttachment() as Reader;
      if (expiresAt === null) continue;
      if (expiresAt <= Date.now()) socket.close(CLOSE.unauthenticated, 'credentials expired');
      else next = Math.min(next ?? expiresAt, expiresAt);
    }
    await this.#scheduleExpiry(next);
  }

  /** Whether the object answers, for health checks. */
  ping(): true {
    return true;
  }

  #append(event: ChannelEvent): string | null {
    const [row] = this.#sql
      .exec<{ seq: number }>(
        `insert into events (event_id, envelope) values (?, '') on conflict (event_id) do nothing returning seq`,
        event.eventId,
      )
      .toArray();
    if (!row) return null;
    const envelope = JSON.stringify({
      type: event.type,
      event_type: event.type,
      event_id: event.eventId,
      seq: row.seq,
      timestamp: new Date().toISOString(),
      data: event.data,
    } satisfies Envelope);
    this.#sql.exec('update events set envelope = ? where seq = ?', envelope, row.seq);
    return envelope;
  }

  #broadcast(envelope: string): void {
    for (const socket of this.ctx.getWebSockets()) {
      try {
        socket.send(envelope);
      } catch {
        // The socket is closing; its reader will ask for what it missed when it comes back.
      }
    }
  }

  *#replay(after: number): Generator<string> {
    const rows = this.#sql.exec<{ envelope: string }>('select envelope from events where seq > ? order by seq', after);
    for (const { envelope } of rows) yield envelope;
  }

  #confirmation(after: string | null): Envelope {
    const oldest = this.#sql.exec<{ seq: number | null }>('select min(seq) as seq from events').one().seq;
    const complete = after === null || oldest === null || oldest <= Number(after) + 1;
    return {
      type: 'subscription_confirmed',
      event_type: 'subscription_confirmed',
      event_id: crypto.randomUUID(),
      seq: this.#lastSeq(),
      timestamp: new Date().toISOString(),
      data: { replayed_from: after === null ? null : Number(after), complete },
    };
  }

  #lastSeq(): number {
    return this.#sql.exec<{ seq: number | null }>('select max(seq) as seq from events').one().seq ?? 0;
  }

  async #scheduleExpiry(at: number | null): Promise<void> {
    if (at === null) return;
    const scheduled = await this.ctx.storage.getAlarm();
    if (scheduled === null || at < scheduled) await this.ctx.storage.setAlarm(at);
  }
}

const HEARTBEAT_ACK = JSON.stringify({ type: 'heartbeat_ack', event_type: 'heartbeat_ack' });
