/** Load on one route over connections that are kept: latency at a fixed rate, and apart from it requests a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

const CONNECTIONS = 32;
const TIMEOUT_MS = 30_000;

export interface Route {
  origin: string;
  path: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

/** A route's answer was not what was asked for: the figure would be one of failing quickly. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

/** A route with its own connections. */
export class Target {
  readonly #route: Route;
  readonly #pool: Pool;

  constructor(route: Route, connections = CONNECTIONS) {
    this.#route = route;
    const timeouts = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
    this.#pool = new Pool(route.origin, { connections, ...timeouts });
  }

  /**
   * One request, read to its end; `onText` sees what has arrived so far, each time that is more.
   * @throws {WrongAnswer} unless the status is 2xx
   */
  send(onText?: (text: string) => void): Promise<string> {
    const { path, method = 'GET', headers, body } = this.#route;
    return new Promise((resolve, reject) => {
      let status = 0;
      let text = '';
      this.#pool.dispatch(
        { path, method, headers, body },
        {
          onRequestStart: () => {},
          onResponseStart: (_, statusCode) => void (status = statusCode),
          onResponseData: (_, chunk) => {
            text += chunk.toString('latin1');
            onText?.(text);
          },
          onResponseEnd: () => {
            if (status >= 200 && status < 300) return resolve(text);
            reject(new WrongAnswer(`${method} ${path} answered ${status}: ${text.slice(0, 300)}`));
          },
          onResponseError: (_, error) => reject(new WrongAnswer(`${method} ${path}: ${error.message}`)),
        },
      );
    });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/**
 * Starts `measure` so many times a second, whether or not earlier ones have ended, so that a slow answer hides no other
 * one. Returns what each measured.
 */
export async function atFixedRate<T>(perSecond: number, seconds: number, measure: () => Promise<T>): Promise<T[]> {
  const startedAt = performance.now();
  const measured: Promise<T>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    const wait = startedAt + (n * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const result = measure();
    // Reported by Promise.all below; until then nobody listens.
    result.catch(() => {});
    measured.push(result);
  }
  return Promise.all(measured);
}

/** Milliseconds of one request, from its start to the end of its answer. */
export async function timeRequest(target: Target): Promise<number> {
  const startedAt = performance.now();
  await target.send();
  return performance.now() - startedAt;
}

/** Requests a second while every connection always has one under way. */
export async function atFullSpeed(target: Target, seconds: number): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let answered = 0;
  const work = async () => {
    for (; performance.now() < until; answered++) await target.send();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return (answered / (performance.now() - startedAt)) * 1000;
}
