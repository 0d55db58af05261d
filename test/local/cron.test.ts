import { describe, expect, it } from 'vitest';
import { isDue, readCrons } from '../../local/cron.ts';

/** A Sunday. */
const at = (time: string) => new Date(`2026-03-01T${time}:00Z`);

describe('cron', () => {
  it('reads the expressions of wrangler.toml', () => {
    expect(readCrons()).toContain('* * * * *');
  });

  it.each([
    ['* * * * *', '10:07', true],
    ['7 * * * *', '10:07', true],
    ['7 * * * *', '10:08', false],
    ['*/5 * * * *', '10:10', true],
    ['*/5 * * * *', '10:11', false],
    ['10-20/5 * * * *', '10:15', true],
    ['10-20/5 * * * *', '10:25', false],
    ['3/20 * * * *', '10:43', true],
    ['0,30 9-17 * * *', '17:30', true],
    ['0,30 9-17 * * *', '18:30', false],
    ['0 0 1 3 *', '00:00', true],
    ['0 0 2 3 *', '00:00', false],
    // Cloudflare counts the days of the week from Sunday = 1.
    ['0 0 * * 1', '00:00', true],
    ['0 0 * * 2', '00:00', false],
  ])('%s at %s: %s', (expression, time, due) => {
    expect(isDue(expression, at(time))).toBe(due);
  });

  it('refuses what it does not understand', () => {
    expect(() => isDue('* * * *', at('10:00'))).toThrow(/five fields/);
    expect(() => isDue('0 0 L * *', at('00:00'))).toThrow(/not understood/);
  });
});
