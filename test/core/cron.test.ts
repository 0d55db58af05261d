import { describe, expect, test } from 'vitest';
import { CronError, CronExpression, lastOccurrences, nextOccurrence, occurrences } from '../../src/core/cron.ts';
import { TimeZone } from '../../src/core/time-zone.ts';
import { checkZone } from '../schedules/check-zone.ts';

describe('changes of the clock', () => {
  // By an hour, by half of one, back in winter and in Ramadan, at midnight; given up, and never.
  test.each([
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'America/Havana',
    'America/Mexico_City',
    'Asia/Kolkata',
  ])('%s: each occurrence is there once, in order, and as the rules say', (zone) => {
    const report = checkZone(zone);
    expect(report.faults).toEqual([]);
    expect(report.comparisons > 0).toBe(zone !== 'Asia/Kolkata');
  });

  const at = (
    cron: string,
    zone: string,
    nonexistent: 'skip' | 'run_after',
    repeated: 'first' | 'second' | 'both',
  ) => ({
    cron: CronExpression.of(cron),
    zone: TimeZone.of(zone),
    rules: { nonexistent, repeated },
  });
  const firstOf = (timetable: ReturnType<typeof at>, after: string, count: number) => {
    const found: string[] = [];
    for (const one of occurrences(timetable, Date.parse(after))) {
      found.push('local' in one ? new Date(one.at).toISOString() : `none at ${new Date(one.at).toISOString()}`);
      if (found.length === count) return found;
    }
    return found;
  };

  test('a time that does not exist is made up for once, or left out', () => {
    const times = '10,40 2 * * *';
    expect(firstOf(at(times, 'Europe/Berlin', 'run_after', 'first'), '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:10:00.000Z',
    ]);
    expect(firstOf(at(times, 'Europe/Berlin', 'skip', 'first'), '2026-03-28T12:00:00Z', 2)).toEqual([
      'none at 2026-03-29T01:00:00.000Z',
      '2026-03-30T00:10:00.000Z',
    ]);
  });

  test('a day that an island left out is made up for on the next one', () => {
    expect(firstOf(at('0 12 30 12 *', 'Pacific/Apia', 'run_after', 'first'), '2011-12-01T00:00:00Z', 1)).toEqual([
      '2011-12-30T10:00:00.000Z',
    ]);
  });

  test('what goes by intervals goes on in even steps through both changes', () => {
    for (const change of ['2026-03-28T23:00:00Z', '2026-10-24T22:00:00Z']) {
      const found = firstOf(at('*/15 * * * *', 'Europe/Berlin', 'run_after', 'first'), change, 24).map(Date.parse);
      expect(found.slice(1).map((time, place) => time - found[place]!)).toEqual(Array(23).fill(900_000));
    }
  });

  test('the last few of years of minutes are found without going through them', () => {
    const minutes = at('* * * * *', 'Europe/Berlin', 'skip', 'first');
    const until = Date.parse('2026-06-01T00:00:30Z');
    const startedAt = Date.now();
    expect(lastOccurrences(minutes, 0, until, 3)).toEqual([2, 1, 0].map((ago) => until - 30_000 - ago * 60_000));
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('expressions', () => {
  const next = (cron: string, after = '2026-01-01T00:00:00Z') => {
    const rules = { nonexistent: 'skip', repeated: 'first' } as const;
    const found = nextOccurrence({ cron: CronExpression.of(cron), zone: TimeZone.of('UTC'), rules }, Date.parse(after));
    return new Date(found!).toISOString();
  };

  test.each([
    ['@daily', '2026-01-02T00:00:00.000Z'],
    ['0 9 * JAN MON', '2026-01-05T09:00:00.000Z'],
    ['0 9 L * *', '2026-01-31T09:00:00.000Z'],
    ['0 9 * * FRI#2', '2026-01-09T09:00:00.000Z'],
    ['0 9 1-7 * +MON', '2026-01-05T09:00:00.000Z'],
    ['0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
  ])('%s is understood', (cron, expected) => expect(next(cron)).toBe(expected));

  test.each([
    ['0 0 30 2 *', /never comes/],
    ['0 0 31 4,6,9,11 *', /never comes/],
    ['*/5 * * * * *', /5 fields .* seconds .* has 6/],
    ['0 0 * *', /5 fields .* has 4/],
    ['2026-01-01T00:00:00', /5 fields/],
    ['60 * * * *', /minute: 60/],
    ['@reboot', /not supported/],
    ['at noon on every day', /illegal characters/],
  ])('%s is refused with the reason', (cron, reason) => {
    expect(() => CronExpression.of(cron)).toThrow(CronError);
    expect(() => CronExpression.of(cron)).toThrow(reason);
  });
});
