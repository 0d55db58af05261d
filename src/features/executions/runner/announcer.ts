import type { Ctx } from '../../../context.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import type { ChannelEvent } from '../../../platform/realtime/events.ts';
import { toEvents, type Step } from '../events.ts';
import type { RunFacts } from './facts.ts';

/** Those who watch see things so soon; what happens in the meantime is told together. */
const WATCHED_MS = 25;

/** What a user is told of all of their executions. */
const USER_MS = 500;

/** Events that one publication holds. */
const PORTION = 100;

/** What waits to be told on a channel; `facts` of the execution that it is the channel of. */
type Batch = { events: ChannelEvent[]; facts: RunFacts | null };

/**
 * Tells channels what happens to executions: all of it where somebody watches, and to their users how they begin and end.
 * One publication of a channel after the other, in the order in which things happened. Where one fails, its execution is
 * not watched any more until somebody asks for it again, which tells all of it: whoever follows asks every few seconds.
 */
export class Announcer {
  readonly #ctx: Ctx;
  readonly #waiting = new Map<string, Batch>();
  readonly #busy = new Set<string>();

  constructor(ctx: Ctx) {
    this.#ctx = ctx;
  }

  tell(facts: RunFacts, step: Step): void {
    if (!facts.isWatched) return;
    this.#add(channelName.execution(facts.executionId), WATCHED_MS, eventsOf(facts, step), facts);
  }

  /** How an execution began or ended, which its user hears of wherever they are. */
  tellUser(facts: RunFacts, step: Step): void {
    const events = eventsOf(facts, step).filter(({ type }) => type !== 'execution_progress');
    this.#add(channelName.user(facts.userId), USER_MS, events, null);
  }

  /** Tells what has happened so far, before all that is told from now on. */
  async publish(facts: RunFacts, steps: Step[]): Promise<void> {
    const channel = channelName.execution(facts.executionId);
    const events = steps.flatMap((step) => eventsOf(facts, step));
    const waiting = this.#waiting.get(channel);
    this.#waiting.set(channel, { facts, events: [...events, ...(waiting?.events ?? [])] });
    await this.#flush(channel);
  }

  #add(channel: string, afterMs: number, events: ChannelEvent[], facts: RunFacts | null): void {
    if (events.length === 0) return;
    const waiting = this.#waiting.get(channel);
    if (waiting) return void waiting.events.push(...events);
    this.#waiting.set(channel, { events: [...events], facts });
    setTimeout(() => this.#ctx.waitUntil(this.#flush(channel)), afterMs);
  }

  async #flush(channel: string): Promise<void> {
    // Whoever is at it goes on with what has come meanwhile.
    if (this.#busy.has(channel)) return;
    this.#busy.add(channel);
    for (let batch = this.#waiting.get(channel); batch; batch = this.#waiting.get(channel)) {
      this.#waiting.delete(channel);
      if (await this.#isTold(channel, batch.events)) continue;
      // What comes after a gap is not told before it.
      if (batch.facts) {
        batch.facts.isWatched = false;
        this.#waiting.delete(channel);
      }
    }
    this.#busy.delete(channel);
  }

  async #isTold(channel: string, events: ChannelEvent[]): Promise<boolean> {
    for (let at = 0; at < events.length; at += PORTION) {
      if (!(await this.#ctx.channels.publish(channel, ...events.slice(at, at + PORTION)))) return false;
    }
    return true;
  }
}

const eventsOf = ({ executionId, userId, retryCount }: RunFacts, step: Step): ChannelEvent[] =>
  toEvents({ executionId, userId, retryCount }, step);
