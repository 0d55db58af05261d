/**
 * When schedules are due around changes of the clock, found the slow way: every minute is looked at, with what the
 * runtime says that a clock shows then. It shares no code with what it judges.
 */
import type { ClockRules } from '../../src/core/cron.ts';

const MINUTE = 60_000;

export type Change = { at: number; before: number; after: number };

export type Due = { at: number; note: string | null };

/** What a clock shows, in milliseconds as if it were UTC. */
export function clockOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (at) => {
    const [month, day, year, hour, minute, second] = format.format(at).match(/\d+/g)!.map(Number);
    return Date.UTC(year!, month! - 1, day, hour, minute, second);
  };
}

/** Every change of a clock, by looking twice a day, and then for the minute. */
export function findChanges(zone: string, from: number, until: number): Change[] {
  const clock = clockOf(zone);
  const offsetAt = (at: number) => clock(at) - at;
  const changes: Change[] = [];
  for (let at = from, before = offsetAt(from); at < until; at += 720 * MINUTE) {
    const after = offsetAt(at + 720 * MINUTE);
    if (before === after) continue;
    let minute = at;
    while (offsetAt(minute) === before) minute += MINUTE;
    changes.push({ at: minute, before, after: offsetAt(minute) });
    before = after;
  }
  return changes;
}

/** What a clock shows in each minute around a change. */
export type Window = {
  from: number;
  until: number;
  shown: number[];
  at: Map<number, number[]>;
  /** From the earliest that it shows to the latest, those included that it leaves out. */
  locals: Date[];
};

export function windowAround(zone: string, { at: change, before, after }: Change): Window {
  const clock = clockOf(zone);
  const width = 2 * Math.abs(after - before) + 180 * MINUTE;
  const [from, until] = [change - width, change + width];
  const shown: number[] = [];
  const at = new Map<number, number[]>();
  for (let minute = from; minute <= until; minute += MINUTE) {
    const local = clock(minute);
    shown.push(local);
    at.set(local, [...(at.get(local) ?? []), minute]);
  }
  const locals: Date[] = [];
  const last = shown.reduce((one, other) => Math.max(one, other));
  for (let local = shown.reduce((one, other) => Math.min(one, other)); local <= last; local += MINUTE) {
    locals.push(new Date(local));
  }
  return { from, until, shown, at, locals };
}

/** What is due in a window, each with how the clock was set there. */
export function dueIn({ from, shown, at, locals }: Window, cron: string, rules: ClockRules): Due[] {
  const matches = matcherOf(cron);
  const isInterval = /^\S*\*|^\S+ \S*\*/.test(cron);
  const due = new Map<number, string | null>();
  for (const date of locals) {
    if (!matches(date)) continue;
    const local = date.getTime();
    const moments = at.get(local) ?? [];
    if (moments.length === 0) {
      if (isInterval || rules.nonexistent === 'skip') continue;
      const behind = shown.findIndex((next, place) => next > local && (shown[place - 1] ?? next) < local);
      const moment = from + behind * MINUTE;
      if (!due.has(moment)) due.set(moment, 'moved');
    } else if (moments.length === 1) due.set(moments[0]!, null);
    else {
      const names = ['first', 'second'];
      moments.forEach((moment, place) => {
        const isWanted = isInterval || rules.repeated === 'both' || rules.repeated === names[place];
        if (isWanted) due.set(moment, `${names[place]}_of_two`);
      });
    }
  }
  return [...due].map(([moment, note]) => ({ at: moment, note })).toSorted((one, other) => one.at - other.at);
}

/** Five fields of numbers, lists, ranges and steps; days of the month or of the week, not both. */
function matcherOf(cron: string): (local: Date) => boolean {
  const [minutes, hours, days, months, weekdays] = cron.split(' ').map(valuesOf);
  return (local) =>
    minutes!(local.getUTCMinutes()) &&
    hours!(local.getUTCHours()) &&
    days!(local.getUTCDate()) &&
    months!(local.getUTCMonth() + 1) &&
    weekdays!(local.getUTCDay());
}

function valuesOf(field: string): (value: number) => boolean {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [low = 0, high = low] = range === '*' ? [0, 59] : range.split('-').map(Number);
    for (let value = low; value <= high; value += Number(step)) values.add(value);
  }
  return (value) => values.has(value);
}
