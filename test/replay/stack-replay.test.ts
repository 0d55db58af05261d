import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a run is repeated by its version to the same, and by the next one to what differs', { timeout: 240_000 }, () => {
  // Throws unless it ends with 0.
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'run.ts')], { encoding: 'utf8' });
  expect(output).toMatch(/by version 1: completed\.\n {2}No difference\./);
  expect(output).toMatch(/node total +output\/words (\d+) → (\d+)/);
  expect(output).toMatch(/node ask +would ask for something else/);
  expect(output).toMatch(/node end +added/);
});
