/** Every gateway under every load: so many callers who each always have one call under way. */
import { alternate } from '../bench.ts';
import { Target, WrongAnswer } from '../load.ts';
import { median, percentile } from '../statistics.ts';
import type { Gateway } from './gateways.ts';

export interface Load {
  /** Milliseconds that the provider takes to answer. */
  wait: number;
  streamed: boolean;
  callers: number;
}

export const LOADS: Load[] = [0, 20, 100].flatMap((wait) =>
  [false, true].flatMap((streamed) => [1, 16, 64].map((callers) => ({ wait, streamed, callers }))),
);

/** Of one gateway under one load: the median of its rounds. */
export interface Figures {
  p50: number;
  p95: number;
  /** To the first token, for streams. */
  first: { p50: number; p95: number } | null;
  perSecond: number;
}

interface Round extends Figures {
  calls: number;
}

/** Stands at the end of every complete answer. */
const LAST_WORD = 'end-of-answer';

/** Returns the rounds of each gateway, in the order of `gateways`, and how many calls each has answered. */
export async function measureLoad(
  gateways: Gateway[],
  load: Load,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<{ rounds: Figures[][]; calls: number[] }> {
  const lines = gateways.map((gateway) => new Caller(gateway, load));
  try {
    const warm: Round[] = [];
    for (const line of lines) warm.push(await line.callFor(seconds / 4));
    const measured = await alternate(rounds, lines, (line) => line.callFor(seconds));
    const calls = measured.map((own, n) => own.reduce((sum, round) => sum + round.calls, warm[n]!.calls));
    return { rounds: measured, calls };
  } finally {
    await Promise.all(lines.map((line) => line.close()));
  }
}

export function medianOf(rounds: Figures[]): Figures {
  const of = (read: (figures: Figures) => number) => median(rounds.map(read));
  return {
    p50: of(({ p50 }) => p50),
    p95: of(({ p95 }) => p95),
    first: rounds[0]!.first && { p50: of(({ first }) => first!.p50), p95: of(({ first }) => first!.p95) },
    perSecond: of(({ perSecond }) => perSecond),
  };
}

class Caller {
  readonly #gateway: Gateway;
  readonly #load: Load;
  readonly #target: Target;

  constructor(gateway: Gateway, load: Load) {
    this.#gateway = gateway;
    this.#load = load;
    const messages = [{ role: 'user', content: `wait=${load.wait} Say something of twenty words.` }];
    const body = JSON.stringify({ model: 'local-small', messages, max_tokens: 100, stream: load.streamed });
    this.#target = new Target({ ...gateway.route, body }, load.callers);
  }

  /** Calls for so long, then waits until what the calls left behind is done. */
  async callFor(seconds: number): Promise<Round> {
    const [times, firsts]: [number[], number[]] = [[], []];
    const startedAt = performance.now();
    const until = startedAt + seconds * 1000;
    const work = async () => {
      do {
        const { time, first } = await this.#call();
        times.push(time);
        if (first !== null) firsts.push(first);
      } while (performance.now() < until);
    };
    await Promise.all(Array.from({ length: this.#load.callers }, work));
    const perSecond = (times.length / (performance.now() - startedAt)) * 1000;
    await this.#gateway.drain();
    return {
      ...spread(times),
      first: this.#load.streamed ? spread(firsts) : null,
      perSecond,
      calls: times.length,
    };
  }

  /** @throws {WrongAnswer} for an answer that is not complete */
  async #call(): Promise<{ time: number; first: number | null }> {
    const startedAt = performance.now();
    let first: number | null = null;
    const onText = (arrived: string) => {
      if (first === null && arrived.includes('word-0')) first = performance.now() - startedAt;
    };
    const text = await this.#target.send(this.#load.streamed ? onText : undefined);
    const time = performance.now() - startedAt;
    const isWhole = text.includes(LAST_WORD) && (!this.#load.streamed || text.includes(this.#gateway.end));
    if (!isWhole) throw new WrongAnswer(`${this.#gateway.name} ended early: ${text.slice(-300)}`);
    return { time, first };
  }

  async close(): Promise<void> {
    await this.#target.close();
  }
}

const spread = (values: number[]) => ({ p50: percentile(values, 0.5), p95: percentile(values, 0.95) });
