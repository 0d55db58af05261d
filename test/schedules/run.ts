/** `npm run test:schedules`: every change of the clock in every time zone, from 2020 to 2035. */
import { checkZone } from './check-zone.ts';

const startedAt = Date.now();
const totals = { changes: 0, comparisons: 0, occurrences: 0, faults: 0 };
const zones = Intl.supportedValuesOf('timeZone');
for (const zone of zones) {
  const { changes, comparisons, occurrences, faults } = checkZone(zone);
  totals.changes += changes;
  totals.comparisons += comparisons;
  totals.occurrences += occurrences;
  totals.faults += faults.length;
  for (const fault of faults.slice(0, 5)) console.error(fault);
}
console.log(`${zones.length} time zones of version ${process.versions.tz}, from 2020 to 2035:`);
console.log(`  ${totals.changes} changes of the clock`);
console.log(
  `  ${totals.comparisons} comparisons, of a cron and its rules around a change, with every minute looked at`,
);
console.log(`  ${totals.occurrences} occurrences`);
console.log(`  ${totals.faults} faults, in ${Math.round((Date.now() - startedAt) / 1000)} s`);
process.exitCode = totals.faults > 0 ? 1 : 0;
