/** What has to hold for schedules in a time zone, whatever its clocks do. */
import { CronExpression, occurrences, type ClockRules } from '../../src/core/cron.ts';
import { TimeZone } from '../../src/core/time-zone.ts';
import { dueIn, findChanges, windowAround, type Due } from './oracle.ts';

const FROM = Date.UTC(2020, 0, 1);
const UNTIL = Date.UTC(2036, 0, 1);
const DAY = 86_400_000;

/** Single times, for which the rules are; many of them are at the hours at which clocks are set. */
const FIXED = [
  '30 2 * * *',
  '0 0 * * *',
  '0 3 * * *',
  '15 1,2,3 * * *',
  '5,35 0-4 * * *',
  '0-59 2 * * *',
  '59 23 * * *',
  '30 1 * * 0',
];

/** What goes by intervals, whatever the rules say. */
const INTERVALS = ['*/15 * * * *', '30 * * * *', '0 */2 * * *', '*/20 1-3 * * *', '7 */3 * * 0'];

const RULES: ClockRules[] = (['skip', 'run_after'] as const).flatMap((nonexistent) =>
  (['first', 'second', 'both'] as const).map((repeated) => ({ nonexistent, repeated })),
);

const CASES = [
  ...FIXED.flatMap((cron) => RULES.map((rules) => ({ cron, rules }))),
  ...INTERVALS.flatMap((cron) => [RULES[0]!, RULES[4]!].map((rules) => ({ cron, rules }))),
];

export type Report = { zone: string; changes: number; comparisons: number; occurrences: number; faults: string[] };

/** Compares what is due with what has to be, around each change of the clock from 2020 to 2035 and in between. */
export function checkZone(name: string): Report {
  const zone = TimeZone.of(name);
  const changes = findChanges(name, FROM, UNTIL);
  const report: Report = { zone: name, changes: changes.length, comparisons: 0, occurrences: 0, faults: [] };
  const known = [];
  for (let at = FROM, change; (change = zone.nextChange(at, UNTIL)); at = change.at) known.push(change);
  if (JSON.stringify(known) !== JSON.stringify(changes)) report.faults.push(`${name}: other changes of the clock`);
  for (const change of changes) {
    const window = windowAround(name, change);
    for (const { cron, rules } of CASES) {
      const [wanted, found] = [dueIn(window, cron, rules), foundIn(zone, cron, rules, window)];
      report.comparisons += 1;
      report.occurrences += wanted.length;
      if (JSON.stringify(wanted) === JSON.stringify(found)) continue;
      const when = new Date(change.at).toISOString();
      report.faults.push(
        `${name} ${when} ${cron} ${JSON.stringify(rules)}: ${show(found)} in place of ${show(wanted)}`,
      );
    }
  }
  report.faults.push(...lostSundays(name, zone));
  return report;
}

function foundIn(zone: TimeZone, cron: string, rules: ClockRules, { from, until }: { from: number; until: number }) {
  const found: Due[] = [];
  for (const occurrence of occurrences({ cron: CronExpression.of(cron), zone, rules }, from - 1)) {
    if (occurrence.at > until) break;
    if ('local' in occurrence) found.push({ at: occurrence.at, note: occurrence.note });
  }
  return found;
}

/** Over all the years there is each Sunday once, on which nearly all clocks are set. */
function lostSundays(name: string, zone: TimeZone): string[] {
  const rules = { nonexistent: 'run_after', repeated: 'first' } as const;
  let [at, day] = [-Infinity, 0];
  for (const occurrence of occurrences({ cron: CronExpression.of('30 2 * * 0'), zone, rules }, FROM)) {
    if (!('local' in occurrence)) continue;
    const next = Math.floor(occurrence.local / DAY);
    if (occurrence.at <= at || (day > 0 && next !== day + 7))
      return [`${name}: ${new Date(occurrence.at).toISOString()}`];
    [at, day] = [occurrence.at, next];
    if (at > UNTIL) break;
  }
  return [];
}

const show = (due: Due[]) =>
  due.map(({ at, note }) => `${new Date(at).toISOString()}${note ? ` ${note}` : ''}`).join(', ');
