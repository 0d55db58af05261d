/**
 * A circuit breaker (Nygard, "Release It!"): closed while calls succeed, open once too many fail, and half open when one
 * call may try whether the other side is back. It knows no clock: `now` is given, in milliseconds.
 */
import { MINUTE, SECOND } from './time.ts';

export type CircuitState = 'closed' | 'open' | 'half_open';

/** What others see of a circuit. `retryAt` is null while it is closed. */
export type CircuitView = { state: CircuitState; calls: number; failedCalls: number; retryAt: number | null };

/** Calls of one caller since the last report. */
export type CircuitReport = { caller: string; succeeded: number; failed: number };

/** What is kept of a circuit that opened. */
export type OpenCircuit = { retryAt: number; openings: number };

const WINDOW_MS = MINUTE;
const BUCKET_MS = 5 * SECOND;

/** It opens where so large a share of the window's calls failed. */
const FAILURE_SHARE = 0.5;

/** The first time it stays open for so long, then twice as long each time, up to the limit. */
const OPEN_MS = 30 * SECOND;
const OPEN_LIMIT_MS = 5 * MINUTE;

/** A call that tries the other side has so long to tell; then another one may. */
const PROBE_MS = 30 * SECOND;

/** More callers in one bucket are counted as one. */
const CALLERS_LIMIT = 500;

type Bucket = { startedAt: number; callers: Map<string, { succeeded: number; failed: number }> };

export class Circuit {
  readonly #leastFailures: number;
  #buckets: Bucket[] = [];
  #open: OpenCircuit | null;
  #probeUntil = 0;

  /** @param leastFailures fewer failures in a minute never open it */
  constructor(leastFailures: number, open: OpenCircuit | null = null) {
    this.#leastFailures = leastFailures;
    this.#open = open;
  }

  /** What has to be kept; null while it is closed. */
  get open(): OpenCircuit | null {
    return this.#open;
  }

  view(now: number): CircuitView {
    const { calls, failedCalls } = this.#count(now);
    return { state: this.#stateAt(now), calls, failedCalls, retryAt: this.#open?.retryAt ?? null };
  }

  /** Counts calls that have ended; true where that changed the state. */
  report(reports: readonly CircuitReport[], now: number): boolean {
    const before = this.#open;
    if (before && this.#stateAt(now) === 'open') return false;
    for (const report of reports) this.#add(report, now);
    if (before) this.#endProbe(before, reports, now);
    else if (this.#hasTooManyFailures(now)) this.#openUntil(1, now);
    return this.#open !== before;
  }

  /** Whether a call may try the other side now: one at a time, once the circuit has been open for long enough. */
  claimProbe(now: number): boolean {
    const state = this.#stateAt(now);
    if (state === 'closed') return true;
    if (state === 'open' || now < this.#probeUntil) return false;
    this.#probeUntil = now + PROBE_MS;
    return true;
  }

  #stateAt(now: number): CircuitState {
    if (!this.#open) return 'closed';
    return now < this.#open.retryAt ? 'open' : 'half_open';
  }

  /** One success closes it. Calls that had begun before it opened may end now, too: they tell as much. */
  #endProbe({ openings }: OpenCircuit, reports: readonly CircuitReport[], now: number): void {
    if (reports.some(({ succeeded }) => succeeded > 0)) {
      this.#open = null;
      this.#buckets = [];
    } else if (reports.some(({ failed }) => failed > 0)) {
      this.#openUntil(openings + 1, now);
    }
  }

  #openUntil(openings: number, now: number): void {
    this.#open = { openings, retryAt: now + Math.min(OPEN_MS * 2 ** (openings - 1), OPEN_LIMIT_MS) };
    this.#probeUntil = 0;
  }

  /** One caller alone does not open it for others: its requests may be what is wrong. */
  #hasTooManyFailures(now: number): boolean {
    const { calls, failedCalls, callers, failing } = this.#count(now);
    const isEverybody = failing > 1 || callers === 1;
    return isEverybody && failedCalls >= this.#leastFailures && failedCalls >= calls * FAILURE_SHARE;
  }

  #count(now: number) {
    this.#buckets = this.#buckets.filter(({ startedAt }) => startedAt > now - WINDOW_MS);
    const callers = new Set<string>();
    const failing = new Set<string>();
    let [calls, failedCalls] = [0, 0];
    for (const bucket of this.#buckets) {
      for (const [caller, { succeeded, failed }] of bucket.callers) {
        callers.add(caller);
        if (failed > 0) failing.add(caller);
        calls += succeeded + failed;
        failedCalls += failed;
      }
    }
    return { calls, failedCalls, callers: callers.size, failing: failing.size };
  }

  #add({ caller, succeeded, failed }: CircuitReport, now: number): void {
    let bucket = this.#buckets.at(-1);
    if (!bucket || bucket.startedAt <= now - BUCKET_MS) {
      bucket = { startedAt: now, callers: new Map() };
      this.#buckets.push(bucket);
    }
    const known = bucket.callers.has(caller) || bucket.callers.size < CALLERS_LIMIT;
    const name = known ? caller : 'others';
    const counts = bucket.callers.get(name) ?? { succeeded: 0, failed: 0 };
    bucket.callers.set(name, { succeeded: counts.succeeded + succeeded, failed: counts.failed + failed });
  }
}
