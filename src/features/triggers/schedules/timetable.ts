import { CronExpression, occurrences, type Timetable } from '../../../core/cron.ts';
import { TimeZone } from '../../../core/time-zone.ts';
import type { schedules } from '../../../db/schema/index.ts';

/** What says when a schedule is due. */
export type Timing = Pick<
  typeof schedules.$inferSelect,
  'cron' | 'timeZone' | 'nonexistentTime' | 'repeatedTime' | 'startsAt' | 'endsAt'
>;

/** @throws {RangeError} for a time zone that the runtime has not, or no more */
export const timetableOf = ({ cron, timeZone, nonexistentTime, repeatedTime }: Timing): Timetable => ({
  cron: CronExpression.of(cron),
  zone: TimeZone.of(timeZone),
  rules: { nonexistent: nonexistentTime, repeated: repeatedTime },
});

/** What is due after a moment, with what is left out, within the time that the schedule has. */
export function* upcoming(timing: Timing, after: number) {
  const start = Math.max(after, (timing.startsAt?.getTime() ?? 0) - 1);
  const end = timing.endsAt?.getTime() ?? Infinity;
  for (const found of occurrences(timetableOf(timing), start)) {
    if (found.at > end) return;
    yield found;
  }
}

/** When it is due next; null where it never is again. */
export function nextDue(timing: Timing, after: number): Date | null {
  for (const found of upcoming(timing, after)) if ('local' in found) return new Date(found.at);
  return null;
}
