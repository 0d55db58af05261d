/** Callers who each always have one request under way, at one engine. */
import { setTimeout as sleep } from 'node:timers/promises';
import { alternate } from '../bench.ts';
import { Target, WrongAnswer } from '../load.ts';
import { median, percentile } from '../statistics.ts';
import { hasResult, type Engine } from './engines.ts';
import { drain } from './store.ts';

export interface Extent {
  rounds: number;
  seconds: number;
}

/** Of one engine: a round, or the median of several. */
export interface Figures {
  p50: number;
  p95: number;
  perSecond: number;
}

/** Returns the rounds of each engine, in their order, and how many runs all of them made. */
export async function measureCallers(
  engines: Engine[],
  callers: number,
  extent: Extent,
  isRight = hasResult,
): Promise<{ rounds: Figures[][]; runs: number }> {
  const groups = engines.map((engine) => new Callers(engine, callers, isRight));
  try {
    for (const group of groups) await group.warmUp(extent.seconds / 4);
    const rounds = await alternate(extent.rounds, groups, (group) => group.callFor(extent.seconds));
    return { rounds, runs: groups.reduce((sum, { runs }) => sum + runs, 0) };
  } finally {
    await Promise.all(groups.map((group) => group.close()));
  }
}

export function medianOf(rounds: Figures[]): Figures {
  const of = (name: keyof Figures) => median(rounds.map((round) => round[name]));
  return { p50: of('p50'), p95: of('p95'), perSecond: of('perSecond') };
}

class Callers {
  readonly #engine: Engine;
  readonly #callers: number;
  readonly #isRight: (text: string) => boolean;
  readonly #target: Target;
  /** Stored before. */
  #stored = 0;
  runs = 0;

  constructor(engine: Engine, callers: number, isRight: (text: string) => boolean) {
    this.#engine = engine;
    this.#callers = callers;
    this.#isRight = isRight;
    this.#target = new Target(engine.route, callers);
  }

  async warmUp(seconds: number): Promise<void> {
    // What was answered before may not be stored yet.
    for (let earlier = -1; earlier !== this.#stored; await sleep(250)) {
      earlier = this.#stored;
      this.#stored = await this.#engine.countStored();
    }
    await this.callFor(seconds);
  }

  /** Calls for so long, then waits until every run is stored. @throws {WrongAnswer} unless each is stored once */
  async callFor(seconds: number): Promise<Figures> {
    const times: number[] = [];
    const startedAt = performance.now();
    const until = startedAt + seconds * 1000;
    const work = async () => {
      do times.push(await this.#call());
      while (performance.now() < until);
    };
    await Promise.all(Array.from({ length: this.#callers }, work));
    const perSecond = (times.length / (performance.now() - startedAt)) * 1000;
    this.runs += times.length;
    await drain(this.#engine, this.#stored + this.runs);
    return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), perSecond };
  }

  async #call(): Promise<number> {
    const startedAt = performance.now();
    const text = await this.#target.send();
    const time = performance.now() - startedAt;
    if (!this.#isRight(text)) throw new WrongAnswer(`${this.#engine.name} answered ${text.slice(0, 300)}`);
    return time;
  }

  async close(): Promise<void> {
    await this.#target.close();
  }
}
