import { Cron } from 'croner';
import type { TimeZone } from './time-zone.ts';

/** What a schedule does where the clock is set forward or back. */
export type ClockRules = {
  /** A local time that does not exist is left out, or made up for at the first moment after it. */
  nonexistent: 'skip' | 'run_after';
  /** A local time that comes twice counts at one of its readings, or at both. */
  repeated: 'first' | 'second' | 'both';
};

export type Timetable = { cron: CronExpression; zone: TimeZone; rules: ClockRules };

/** A moment at which something is due. Local times are milliseconds as if they were UTC. */
export type Occurrence = {
  at: number;
  local: number;
  /** How the clock was set there: it has been moved behind a gap, or is one of two readings of the same time. */
  note: 'moved' | 'first_of_two' | 'second_of_two' | null;
  /** What was meant, where that local time does not exist. */
  meant: number | null;
};

/** A local time that does not exist, and for which nothing happens: the clock goes over it at `at`. */
export type LeftOut = { at: number; leftOut: number };

export class CronError extends Error {}

const PATTERNS_KEPT = 1_000;

/** Far enough for a 29 February that is to be a Monday. */
const LONGEST_PAUSE_YEARS = 41;

const patterns = new Map<string, CronExpression>();

/** When, by a clock that is never set, something is due: five fields, or a name such as `@daily`. */
export class CronExpression {
  readonly #pattern: Cron;
  /**
   * Whether it goes by intervals: there is a `*` in its minutes or hours. Such jobs are due whenever the clock shows a time
   * that matches, and rules for single times are not for them: so does Vixie's cron, cron(8).
   */
  readonly isInterval: boolean;

  private constructor(pattern: Cron) {
    this.#pattern = pattern;
    const [minutes, hours] = pattern.getPattern()!.trim().split(/\s+/);
    this.isInterval = /[*?]/.test(`${minutes} ${hours}`);
  }

  /** @throws {CronError} with what is wrong with it, for people */
  static of(text: string): CronExpression {
    const known = patterns.get(text);
    if (known) return known;
    const expression = new CronExpression(parse(text));
    if (expression.after(Date.now()) === null) throw new CronError('never comes: there is no such day');
    if (patterns.size >= PATTERNS_KEPT) patterns.delete(patterns.keys().next().value!);
    patterns.set(text, expression);
    return expression;
  }

  /** The first local time after another one; null where there is none for decades. */
  after(local: number): number | null {
    const next = this.#pattern.nextRun(new Date(local));
    if (!next || next.getUTCFullYear() > new Date(local).getUTCFullYear() + LONGEST_PAUSE_YEARS) return null;
    return next.getTime();
  }
}

function parse(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (!/^@[a-z]+$/i.test(text.trim()) && fields.length !== 5) {
    const hint = fields.length > 5 ? '; seconds and years are not among them' : '';
    throw new CronError(
      `must have 5 fields (minute, hour, day, month, weekday) or be a name such as @daily${hint}: it has ${fields.length}`,
    );
  }
  try {
    return new Cron(text.trim(), { mode: '5-part', utcOffset: 0, paused: true });
  } catch (error) {
    throw new CronError(
      (error as Error).message.replace(/^\w+: /, '').replace(/configuration entry \d+ /, 'the field '),
    );
  }
}

/**
 * What is due after a moment, in order and without end, with what is left out in between. It goes from one change of the
 * clock to the next, since between them the clock only runs.
 */
export function* occurrences({ cron, zone, rules }: Timetable, after: number): Generator<Occurrence | LeftOut> {
  let [at, since, offset] = [after, after, zone.offsetAt(after)];
  for (;;) {
    const local = cron.after(at + offset);
    if (local === null) return;
    const change = zone.nextChange(Math.max(at, since), local - offset);
    if (!change) {
      at = local - offset;
      const reading = zone.readingAt(at, local);
      if (cron.isInterval || reading === 'only' || rules.repeated === 'both' || reading === rules.repeated) {
        yield { at, local, note: reading === 'only' ? null : `${reading}_of_two`, meant: null };
      }
      continue;
    }
    // The clock is set before it shows that time. What it shows then is still to be looked at, so this stops just short of it.
    const shown = change.at + change.after;
    [at, since, offset] = [change.at - 1, change.at, change.after];
    if (cron.isInterval || local >= shown) continue;
    if (rules.nonexistent === 'skip') yield { at: change.at, leftOut: local };
    else if (cron.after(shown - 1) !== shown) {
      at = change.at;
      yield { at, local: shown, note: 'moved', meant: local };
    }
  }
}

/** What is due first after a moment; null where nothing is. */
export function nextOccurrence(timetable: Timetable, after: number): number | null {
  for (const found of occurrences(timetable, after)) if ('local' in found) return found.at;
  return null;
}

/** The last moments at which something was due, after one and until another, that included; oldest first. */
export function lastOccurrences(timetable: Timetable, after: number, until: number, limit: number): number[] {
  if (limit === 0 || after >= until) return [];
  // Looks back further and further, so that days of minutes are not gone through for the last few of them.
  for (let span = 3_600_000; ; span *= 8) {
    const from = Math.max(after, until - span);
    const found: number[] = [];
    for (const occurrence of occurrences(timetable, from)) {
      if (occurrence.at > until) break;
      if ('local' in occurrence) found.push(occurrence.at);
    }
    if (found.length >= limit || from === after) return found.slice(-limit);
  }
}
