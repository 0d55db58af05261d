import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What must be measured, whatever comes out: no test asserts a time. */
const FIGURES = [
  '1 at once, beside a bare object',
  '4 at once, beside a bare object',
  'start acknowledged, 1 caller',
  'start acknowledged, 10 nodes',
  'a node of 10',
  'start acknowledged, 30 nodes',
  'a node of 30',
  'start acknowledged, with 100 finished runs',
  'result of 5 nodes, with 100 finished runs',
];

test('the benchmark of workflows measures every figure, and finds each run stored', { timeout: 240_000 }, () => {
  // Throws unless it ends with 0, which wrong results and missing runs keep it from.
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke'], { encoding: 'utf8' });
  const rows = output.split('\n').filter((line) => line.startsWith('| '));
  expect(rows.slice(2).map((row) => row.split('|')[1]!.trim())).toEqual(FIGURES);
  expect(output).toMatch(/^\d+ runs, each stored once with all of its steps/m);
  expect(output).not.toMatch(/NaN|Infinity|undefined/);
});
