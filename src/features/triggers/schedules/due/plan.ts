import { CronError, lastOccurrences, type Timetable } from '../../../../core/cron.ts';
import { digestUuid } from '../../../../core/ids.ts';
import { MINUTE, SECOND } from '../../../../core/time.ts';
import { nextDue, timetableOf } from '../timetable.ts';
import type { DueSchedule } from './queries.ts';

/** Within so long nothing is late: the clock strikes each minute, and not always to the second. */
const PUNCTUAL_MS = 2 * MINUTE;

/** An occurrence that somebody has to decide on; or, where `missedUntil` is given, all of them until then, which are missed. */
export type Slot = { id: string; scheduleId: string; dueAt: Date; missedUntil: Date | null };

export type Plan = {
  scheduleId: string;
  /** The schedule as it was read: if it is another one by then, nothing of this holds. */
  revision: number;
  dueAt: Date;
  nextDueAt: Date | null;
  slots: Slot[];
  /** Why it has to stop. */
  stops: string | null;
};

/** What a schedule that is due has to do by now, and when it is due again. */
export function planOf(row: DueSchedule, now: Date): Plan {
  const { id: scheduleId, revision, nextDueAt: dueAt } = row;
  const plan = { scheduleId, revision, dueAt, stops: null };
  try {
    const due = findDue(timetableOf(row), row, now.getTime());
    return { ...plan, nextDueAt: nextDue(row, now.getTime()), slots: due };
  } catch (error) {
    // The time zone data of another runtime, or another version of what reads the cron.
    if (!(error instanceof RangeError || error instanceof CronError)) throw error;
    return { ...plan, nextDueAt: null, slots: [slotOf(scheduleId, dueAt.getTime())], stops: 'invalid_timetable' };
  }
}

function findDue(timetable: Timetable, row: DueSchedule, now: number): Slot[] {
  const first = row.nextDueAt.getTime();
  const last = Math.min(now, row.endsAt?.getTime() ?? Infinity);
  const late = Math.min(now - PUNCTUAL_MS, last);
  const wanted = { none: 0, latest: 1, all: row.catchUpLimit }[row.catchUp];
  const since = Math.max(first - 1, now - row.catchUpSeconds * SECOND);
  const madeUp = lastOccurrences(timetable, since, late, wanted);
  const punctual = lastOccurrences(timetable, Math.max(first - 1, late), last, Infinity);
  const missed = lastOccurrences(timetable, first - 1, Math.min(late, (madeUp[0] ?? Infinity) - 1), 1);
  return [
    ...missed.map((until) => slotOf(row.id, first, until)),
    ...[...madeUp, ...punctual].map((at) => slotOf(row.id, at)),
  ];
}

const slotOf = (scheduleId: string, dueAt: number, missedUntil: number | null = null): Slot => ({
  id: digestUuid('schedule', scheduleId, dueAt),
  scheduleId,
  dueAt: new Date(dueAt),
  missedUntil: missedUntil === null ? null : new Date(missedUntil),
});
