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

/** Tells channels what happens to executions: all of it where somebody watches, and to their users how they begin and end. */
export class Announcer {
  readonly #ctx: Ctx;
  readonly #open = new Map<string, ChannelEvent[]>();

  constructor(ctx: Ctx) {
    this.#ctx = ctx;
  }

  tell(facts: RunFacts, step: Step): void {
    if (facts.isWatched) this.#add(channelName.execution(facts.executionId), WATCHED_MS, eventsOf(facts, step));
  }

  /** How an execution began or ended, which its user hears of wherever they are. */
  tellUser(facts: RunFacts, step: Step): void {
    const events = eventsOf(facts, step).filter(({ type }) => type !== 'execution_progress');
    this.#add(channelName.user(facts.userId), USER_MS, events);
  }

  /** Publishes at once what somebody has just asked for. */
  async publish(facts: RunFacts, steps: Step[]): Promise<void> {
    const events = steps.flatMap((step) => eventsOf(facts, step));
    await this.#publish(channelName.execution(facts.executionId), events);
  }

  #add(channel: string, afterMs: number, events: ChannelEvent[]): void {
    if (events.length === 0) return;
    const open = this.#open.get(channel);
    if (open) return void open.push(...events);
    this.#open.set(channel, [...events]);
    setTimeout(() => this.#ctx.waitUntil(this.#flush(channel)), afterMs);
  }

  async #flush(channel: string): Promise<void> {
    const events = this.#open.get(channel) ?? [];
    this.#open.delete(channel);
    await this.#publish(channel, events);
  }

  async #publish(channel: string, events: ChannelEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += PORTION) {
      await this.#ctx.channels.publish(channel, ...events.slice(at, at + PORTION));
    }
  }
}

const eventsOf = ({ executionId, userId, retryCount }: RunFacts, step: Step): ChannelEvent[] =>
  toEvents({ executionId, userId, retryCount }, step);
