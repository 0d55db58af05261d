import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What must be measured, whatever comes out: no test asserts a time. */
const FIGURES = [
  '20 ms, plain, 1 at once',
  '20 ms, plain, 16 at once',
  '20 ms, stream, 1 at once',
  '20 ms, stream, 1 at once: first token',
  '20 ms, stream, 16 at once',
  '20 ms, stream, 16 at once: first token',
];

test('the benchmark of calls measures every figure, and finds each call in the ledger', { timeout: 240_000 }, () => {
  // Throws unless it ends with 0, which wrong answers and missing lines keep it from.
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke'], { encoding: 'utf8' });
  const rows = output.split('\n').filter((line) => line.startsWith('| '));
  expect(rows.slice(2).map((row) => row.split('|')[1]!.trim())).toEqual(FIGURES);
  expect(output).toMatch(/^\d+ calls, each with one usage line and one billing event/m);
  expect(output).not.toMatch(/NaN|Infinity|undefined/);
});
