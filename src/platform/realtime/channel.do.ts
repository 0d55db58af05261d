import { DurableObject } from 'cloudflare:workers';
import { sha256 } from '../../core/crypto.ts';
import { describeError, logEvent } from '../../core/log.ts';
import { MINUTE, SECOND, withTimeLimit } from '../../core/time.ts';
import { EventLog } from './event-log.ts';
import type { ChannelEvent, Envelope } from './events.ts';
import { noticeFrame, readMessageType, RecentAnswers, type Notice } from './notices.ts';
import { PRESENCE_MS, PresenceBook, type Connections, type Presence } from './presence.ts';
import { SUBSCRIPTION_HEADER, type Reader, type Refusal, type Subscription } from './reader.ts';

/** Readers of one channel; more would not fit the object's memory. */
const READER_LIMIT = 10_000;

/** Connections of one user to one channel: tabs and devices, with room to spare. */
const READERS_PER_USER = 50;

/**
 * How often readers are asked for again while there are any, so that whoever loses a right loses the connection within
 * ten seconds, however the right was lost: no message that somebody forgets to send, or that gets lost, is relied on.
 *
 * What it costs: while a channel has readers, one alarm and one statement by primary keys for all of them, every seven
 * seconds; where an execution is followed, a call of its runner besides; once a minute, a note of who is connected. An object between two alarms is idle and could hibernate, which is not billed for duration, whether or not it
 * gets that far (developers.cloudflare.com/durable-objects/platform/pricing). With 50 ms an alarm, a channel that is
 * watched all month costs 370,000 alarms and 2,300 GB-s, 8 cents; kept awake by plain sockets it would be 324,000 GB-s,
 * 4 dollars. A channel without readers costs nothing.
 */
const VERIFY_MS = 7 * SECOND;

/** While rights cannot be found out, readers stay for so long: nearly always because nobody can change them either. */
const UNVERIFIED_LIMIT_MS = MINUTE;

/** Others are not waited for any longer, since the rights of readers are verified after it. */
const TEND_LIMIT_MS = 2 * SECOND;

/** Alarms are no closer than this, however many credentials end at nearly the same time. */
const ALARM_SPACING_MS = SECOND;

const EXPIRED: Refusal = { code: 4001, reason: 'credentials expired' };
const UNVERIFIABLE: Refusal = { code: 1013, reason: 'try again later' };

const UNVERIFIED_SINCE = 'unverified-since';

/** What was noted last of who is connected, and when. */
const PRESENCE_NOTED = 'presence-noted';

/** How often a greeting is made anew because something happened while it was made. */
const GREETING_ATTEMPTS = 3;

/** What a publication came to. An event is refused for its size. */
export type Published = { lastSeq: number; refused: string[] };

/** What a channel holds, and how many follow it. Times are milliseconds since 1970. */
export type ChannelState = {
  readers: number;
  lastSeq: number;
  /** Of what is kept; null where nothing is. */
  extent: { firstAt: number; lastAt: number } | null;
};

/**
 * An ordered, bounded log of events and the sockets that follow it. It knows neither what the events mean nor who may
 * read: callers have decided on that before they come here, and `verify` decides again. How the things stand that the
 * events are about, `greet`, `answer` and `tend` know.
 *
 * A slow reader: workerd tells nobody how much of a socket is unsent (github.com/cloudflare/workerd/issues/988), so what
 * bounds its backlog here is the size of events and their number; a reader over SSE is counted by the Worker instead.
 */
export abstract class ChannelObject extends DurableObject {
  readonly #log: EventLog;
  readonly #answers = new RecentAnswers();

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never);
    this.#log = new EventLog(state.storage.sql);
    // Answered by the runtime, so that a heartbeat wakes no hibernating object.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('{"type":"heartbeat"}', HEARTBEAT_ACK));
  }

  /** Says for each reader whether they must go. @throws when it cannot be found out */
  protected abstract verify(readers: Reader[]): Promise<(Refusal | null)[]>;

  /** What somebody is told who has just come; null for nothing. */
  protected abstract greet(reader: Reader): Promise<Notice | null>;

  /** The answer to what a reader asks; null where it is no question. */
  protected abstract answer(question: string, reader: Reader): Promise<Notice | null> | null;

  /**
   * What is done every few seconds while somebody reads, and what they are all told by it.
   * @param workspaceId where all of them read
   */
  protected abstract tend(workspaceId: string | null): Promise<Notice | null>;

  /** Notes elsewhere who is connected. */
  protected abstract tellPresence(connections: Connections): Promise<void>;

  /** Appends events that are not in the log yet, and sends them to every reader. */
  async publish(events: ChannelEvent[]): Promise<Published> {
    const { envelopes, refused } = this.#log.append(events, new Date());
    for (const envelope of envelopes) this.#broadcast(envelope);
    if ((await this.ctx.storage.getAlarm()) === null) await this.#arm();
    return { lastSeq: this.#log.lastSeq, refused };
  }

  /** Opens a socket: a confirmation, what the log holds after `after`, how things stand, then what is new. */
  override async fetch(request: Request): Promise<Response> {
    const subscription = JSON.parse(request.headers.get(SUBSCRIPTION_HEADER)!) as Subscription;
    const { reader, after, recent } = subscription;
    if (this.ctx.getWebSockets().length >= READER_LIMIT) return new Response(null, { status: 503 });
    if (this.ctx.getWebSockets(reader.userId).length >= READERS_PER_USER) return new Response(null, { status: 429 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [reader.userId]);
    server.serializeAttachment(reader);
    const from = after ?? (recent > 0 ? this.#log.beforeLast(recent) : null);
    const replay = from === null ? [] : [...this.#log.after(from)];
    server.send(JSON.stringify(this.#confirmation(subscription, from, replay.length)));
    for (const envelope of replay) server.send(envelope);
    this.ctx.waitUntil(this.#greet(server, reader));
    await this.#arm();
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Whatever is no heartbeat and no question is ignored, as it always was. */
  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const type = readMessageType(message);
    if (type === null) return;
    // One with other white space than the one that the runtime answers.
    if (type === 'heartbeat') return socket.send(HEARTBEAT_ACK);
    const reader = readerOf(socket);
    const notice = await this.#answers.give(`${reader.userId} ${type}`, this.#log.lastSeq, () => {
      const answer = this.answer(type, reader);
      return answer && this.#orNothing(answer);
    });
    if (notice) send(socket, noticeFrame(notice));
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  /** Ends what has come to its end: expired credentials, lost rights, old events. */
  override async alarm(): Promise<void> {
    try {
      this.#closeExpired();
      await this.#verifyReaders();
      this.#log.forgetOld(new Date());
    } catch (error) {
      // One that throws is tried six times and then forgotten, and with it every alarm after it.
      logEvent('error', 'channel_alarm_failed', { error: describeError(error) });
    }
    await this.#tend();
    await this.#arm();
  }

  /** How many follow the channel now. */
  countReaders(): number {
    return this.#openSockets().length;
  }

  /** Whether an event is in the log. */
  has(eventId: string): boolean {
    return this.#log.has(eventId);
  }

  describe(): ChannelState {
    return { readers: this.countReaders(), lastSeq: this.#log.lastSeq, extent: this.#log.extent };
  }

  /** Of the one object that keeps who is connected where. */
  notePresence(channel: string, connections: Connections): void {
    new PresenceBook(this.ctx.storage.sql).note(channel, connections, Date.now());
  }

  countPresence(): Presence {
    return new PresenceBook(this.ctx.storage.sql).count(Date.now());
  }

  /** Whether the object answers, for health checks. */
  ping(): true {
    return true;
  }

  #broadcast(frame: string): void {
    for (const socket of this.ctx.getWebSockets()) send(socket, frame);
  }

  #confirmation({ after, subject, facts }: Subscription, from: number | null, replayed: number): Envelope {
    return {
      type: 'subscription_confirmed',
      event_type: 'subscription_confirmed',
      event_id: crypto.randomUUID(),
      ...subject,
      seq: this.#log.lastSeq,
      timestamp: new Date().toISOString(),
      data: {
        ...facts,
        replayed_from: from,
        complete: after === null || this.#log.isComplete(after),
        room_connections: this.#openSockets().length,
        history_events: replayed,
      },
    };
  }

  /** What is older than an event that its reader has is not told any more, but found out anew. */
  async #greet(socket: WebSocket, reader: Reader): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const seq = this.#log.lastSeq;
      const notice = await this.#orNothing(this.greet(reader));
      if (seq !== this.#log.lastSeq && attempt < GREETING_ATTEMPTS) continue;
      if (notice) send(socket, noticeFrame(notice));
      return;
    }
  }

  /** Whoever can be told nothing now may ask again. */
  async #orNothing(notice: Promise<Notice | null>): Promise<Notice | null> {
    try {
      return await notice;
    } catch (error) {
      logEvent('warn', 'reader_not_told', { channel: this.ctx.id.name, error: describeError(error) });
      return null;
    }
  }

  /** Looks after what the events are about while somebody reads, and says elsewhere who does. */
  async #tend(): Promise<void> {
    const sockets = this.#openSockets();
    const tell = async () => {
      if (sockets.length === 0) return;
      const notice = await this.tend(readerOf(sockets[0]!).workspaceId);
      if (notice) this.#broadcast(noticeFrame(notice));
    };
    for (const result of await Promise.allSettled([this.#notePresence(sockets), tell()].map(inTime))) {
      if (result.status === 'fulfilled') continue;
      logEvent('warn', 'channel_not_tended', { channel: this.ctx.id.name, error: describeError(result.reason) });
    }
  }

  async #notePresence(sockets: WebSocket[]): Promise<void> {
    const connections: Connections = {};
    for (const socket of sockets) {
      const { userId } = readerOf(socket);
      connections[userId] = (connections[userId] ?? 0) + 1;
    }
    const noted = await this.ctx.storage.get<{ digest: string; at: number }>(PRESENCE_NOTED);
    if (!noted && sockets.length === 0) return;
    const digest = sha256(JSON.stringify(connections));
    if (noted?.digest === digest && Date.now() - noted.at < PRESENCE_MS) return;
    await this.tellPresence(connections);
    if (sockets.length === 0) await this.ctx.storage.delete(PRESENCE_NOTED);
    else await this.ctx.storage.put(PRESENCE_NOTED, { digest, at: Date.now() });
  }

  #closeExpired(): void {
    for (const socket of this.#openSockets()) {
      const { expiresAt } = readerOf(socket);
      if (expiresAt !== null && expiresAt <= Date.now()) close(socket, EXPIRED);
    }
  }

  async #verifyReaders(): Promise<void> {
    // Tabs of one person have the same rights, which one question settles.
    const byRights = Map.groupBy(this.#openSockets(), (socket) => {
      const { expiresAt: _, ...rights } = readerOf(socket);
      return JSON.stringify(rights);
    });
    const groups = [...byRights.values()];
    if (groups.length === 0) return;
    const refusals = await this.#askFor(groups.map(([socket]) => readerOf(socket!)));
    for (const [at, sockets] of groups.entries()) {
      const refusal = refusals[at];
      if (refusal) for (const socket of sockets) close(socket, refusal);
    }
  }

  /** What cannot be found out for a moment ends nobody's connection; for longer, everybody's. */
  async #askFor(readers: Reader[]): Promise<(Refusal | null)[]> {
    const since = await this.ctx.storage.get<number>(UNVERIFIED_SINCE);
    try {
      const refusals = await this.verify(readers);
      if (since !== undefined) await this.ctx.storage.delete(UNVERIFIED_SINCE);
      return refusals;
    } catch (error) {
      logEvent('warn', 'readers_not_verified', { readers: readers.length, error: describeError(error) });
      if (since === undefined) await this.ctx.storage.put(UNVERIFIED_SINCE, Date.now());
      const isTooLong = since !== undefined && Date.now() - since >= UNVERIFIED_LIMIT_MS;
      return readers.map(() => (isTooLong ? UNVERIFIABLE : null));
    }
  }

  /** Sets the alarm to what is due first. Everything that gives a reason for one comes by here. */
  async #arm(): Promise<void> {
    const now = Date.now();
    const sockets = this.#openSockets();
    const due = [
      ...(sockets.length > 0 ? [now + VERIFY_MS] : []),
      ...sockets.map((socket) => readerOf(socket).expiresAt).filter((at) => at !== null),
    ];
    const oldestEnds = this.#log.oldestEndsAt();
    if (oldestEnds !== null) due.push(oldestEnds);
    if (due.length === 0) return;
    const next = Math.max(Math.min(...due), now + ALARM_SPACING_MS);
    const scheduled = await this.ctx.storage.getAlarm();
    if (scheduled === null || next < scheduled) await this.ctx.storage.setAlarm(next);
  }

  #openSockets(): WebSocket[] {
    return this.ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
  }
}

const inTime = (promise: Promise<void>) => withTimeLimit(promise, TEND_LIMIT_MS);

const readerOf = (socket: WebSocket) => socket.deserializeAttachment() as Reader;

function send(socket: WebSocket, frame: string): void {
  try {
    socket.send(frame);
  } catch {
    // The socket is closing; its reader will ask for what it missed when it comes back.
  }
}

function close(socket: WebSocket, { code, reason }: Refusal): void {
  try {
    socket.close(code, reason);
  } catch {
    // It is closed already.
  }
}

const HEARTBEAT_ACK = JSON.stringify({ type: 'heartbeat_ack', event_type: 'heartbeat_ack' });
