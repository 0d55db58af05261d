import { DAY, SECOND } from './time.ts';

/** From `at` on, clocks are `after` ahead of UTC, and until then `before`: all in milliseconds. */
export type ClockChange = { at: number; before: number; after: number };

/** A clock's reading is one of two where clocks were set back over it, or will be. */
export type Reading = 'only' | 'first' | 'second';

/** As far as clocks are ever set at once: over the date line, by a day. */
const LONGEST_CHANGE = 26 * 60 * 60 * SECOND;

/** Changes are looked for in portions of time, and kept. */
const PORTION = 364 * DAY;
const PORTIONS_KEPT = 100;

/** Two changes that cancel each other out within so little time are not seen; there are none. */
const STEP = 7 * DAY;

const ZONES_KEPT = 1_000;

const zones = new Map<string, TimeZone>();

/** When clocks of a place show what, by the runtime's own time zone data. Local times are milliseconds as if they were UTC. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  readonly #portions = new Map<number, ClockChange[]>();

  private constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, hour: 'numeric', timeZoneName: 'longOffset' });
  }

  /** @throws {RangeError} for a name that is not in the data */
  static of(name: string): TimeZone {
    let zone = zones.get(name);
    if (!zone) {
      zone = new TimeZone(name);
      if (zones.size >= ZONES_KEPT) zones.delete(zones.keys().next().value!);
      zones.set(name, zone);
    }
    return zone;
  }

  offsetAt(at: number): number {
    const [, sign, hours, minutes, seconds] = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(
      this.#format.format(at),
    )!;
    if (sign === undefined) return 0;
    const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * SECOND;
    return sign === '-' ? -size : size;
  }

  /** The first change after a moment and until another one, that included. */
  nextChange(after: number, until: number): ClockChange | null {
    for (let portion = Math.floor(after / PORTION); portion * PORTION < until; portion++) {
      for (const change of this.#changesIn(portion)) {
        if (change.at > until) return null;
        if (change.at > after) return change;
      }
    }
    return null;
  }

  /** Whether the clock, which shows `local` then, shows the same again later, or has before. */
  readingAt(at: number, local: number): Reading {
    const next = this.nextChange(at, at + LONGEST_CHANGE);
    if (next && local >= next.at + next.after) return 'first';
    const last = this.nextChange(at - LONGEST_CHANGE, at);
    return last && local < last.at + last.before ? 'second' : 'only';
  }

  #changesIn(portion: number): ClockChange[] {
    const known = this.#portions.get(portion);
    if (known) return known;
    const changes: ClockChange[] = [];
    const end = (portion + 1) * PORTION;
    let before = this.offsetAt(portion * PORTION);
    for (let from = portion * PORTION; from < end; from += STEP) {
      const until = from + STEP;
      const last = this.offsetAt(until);
      for (let since = from; before !== last;) {
        const at = this.#findChange(since, until, before);
        const after = this.offsetAt(at);
        changes.push({ at, before, after });
        [since, before] = [at, after];
      }
    }
    if (this.#portions.size >= PORTIONS_KEPT) this.#portions.delete(this.#portions.keys().next().value!);
    this.#portions.set(portion, changes);
    return changes;
  }

  /** The first moment, to a second, at which the offset is another one. */
  #findChange(since: number, until: number, before: number): number {
    while (until - since > SECOND) {
      const middle = since + Math.floor((until - since) / 2 / SECOND) * SECOND;
      if (this.offsetAt(middle) === before) since = middle;
      else until = middle;
    }
    return until;
  }
}
