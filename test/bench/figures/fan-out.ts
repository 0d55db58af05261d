/** From publishing an event until each of many subscribers has it: a workspace's channel against a bare object. */
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { alternate, type Bench, type Row } from '../bench.ts';
import { atFixedRate, Target, WrongAnswer } from '../load.ts';
import { acrossRounds, percentiles, ratiosOf, type Percentiles } from '../statistics.ts';
import { showRatios, showTimes } from '../table.ts';

const PER_SECOND = 10;
const CONNECTING_AT_ONCE = 25;
const DELIVERY_LIMIT_MS = 10_000;

/** The channel keeps an order and a log, which the bare object does not. */
const RATIO = 1.25;

/** Stands in front of the number of a message, in events and in what the bare object sends. */
const MARK = 'bench-message-';

export async function measureFanOut(bench: Bench): Promise<Row[]> {
  const { started, extent, members, workspaceId } = bench;
  const post = { method: 'POST', origin: started.baseline } as const;
  const name = encodeURIComponent(`workspace:${workspaceId}`);
  const rooms = [
    new Audience({
      socket: `${started.baseline}/room`,
      publish: (mark) => new Target({ ...post, path: '/room', body: JSON.stringify(envelopeOf(mark)) }),
    }),
    new Audience({
      socket: `${started.worker}/api/v1/ws/workspace/${workspaceId}`,
      headers: members,
      publish: (mark) => new Target({ ...post, path: `/channel/${name}`, body: JSON.stringify(eventOf(mark)) }),
    }),
  ];
  try {
    for (const room of rooms) await room.gather(extent.subscribers);
    for (const room of rooms) await room.deliver(0.5);
    const rounds = await alternate(extent.rounds, rooms, (room) => room.deliver(extent.seconds * 1.5));
    const [bare = [], channel = []] = rounds;
    const ratios = ratiosOf(channel, bare);
    return [
      {
        figure: `fan-out, ${PER_SECOND}/s to ${extent.subscribers} subscribers, p50/p95/p99`,
        measured: showTimes(acrossRounds(channel)),
        baseline: showTimes(acrossRounds(bare)),
        ratio: showRatios(ratios),
        goal: `p95 within ${RATIO}×`,
        met: ratios.p95 <= RATIO,
      },
    ];
  } finally {
    for (const room of rooms) room.leave();
  }
}

interface Venue {
  socket: string;
  /** Of those who connect, taking turns. */
  headers?: Record<string, string>[];
  publish(mark: string): Target;
}

/** Subscribers of one object, and the times at which messages reached them. */
class Audience {
  readonly #venue: Venue;
  readonly #sockets: WebSocket[] = [];
  readonly #sentAt: number[] = [];
  #delays: number[] = [];

  constructor(venue: Venue) {
    this.#venue = venue;
  }

  async gather(count: number): Promise<void> {
    const connect = async () => {
      while (this.#sockets.length < count) await this.#connect();
    };
    await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, connect));
  }

  #connect(): Promise<void> {
    const { socket: url, headers } = this.#venue;
    const options = { headers: headers?.[this.#sockets.length % headers.length], perMessageDeflate: false };
    const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
    this.#sockets.push(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (error) => reject(new WrongAnswer(`a socket did not open: ${error.message}`)));
      socket.on('message', (data) => this.#receive(data as Buffer));
    });
  }

  #receive(data: Buffer): void {
    const now = performance.now();
    const at = data.indexOf(MARK);
    if (at < 0) return;
    const start = at + MARK.length;
    const number = Number.parseInt(data.toString('latin1', start, start + 9), 10);
    this.#delays.push(now - this.#sentAt[number]!);
  }

  /** Publishes for so many seconds. @throws {WrongAnswer} when a subscriber misses a message or gets one twice */
  async deliver(seconds: number): Promise<Percentiles> {
    this.#delays = [];
    const sent = await atFixedRate(PER_SECOND, seconds, () => this.#publish());
    const expected = sent.length * this.#sockets.length;
    const deadline = performance.now() + DELIVERY_LIMIT_MS;
    while (this.#delays.length < expected && performance.now() < deadline) await sleep(5);
    if (this.#delays.length !== expected) {
      throw new WrongAnswer(`${this.#delays.length} of ${expected} messages arrived`);
    }
    return percentiles(this.#delays);
  }

  async #publish(): Promise<void> {
    const target = this.#venue.publish(`${MARK}${this.#sentAt.length}`);
    this.#sentAt.push(performance.now());
    await target.send();
    await target.close();
  }

  leave(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}

/** An event as a finished call publishes it. */
function eventOf(mark: string) {
  const data = {
    usage_log_id: mark,
    call_id: crypto.randomUUID(),
    user_id: crypto.randomUUID(),
    provider: 'local',
    model: 'local-small',
    input_tokens: 12,
    output_tokens: 34,
    cost_usd: '0.000046',
    status: 'success',
  };
  return { type: 'llm_usage', eventId: crypto.randomUUID(), data };
}

/** What a channel sends for it, so that both send as many bytes. */
function envelopeOf(mark: string) {
  const { type, eventId, data } = eventOf(mark);
  return { type, event_type: type, event_id: eventId, seq: 1234, timestamp: new Date().toISOString(), data };
}
