import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What must be measured, whatever comes out: no test asserts a time. */
const FIGURES = [
  'GET /health, p50/p95/p99',
  'GET /health, requests a second',
  'GET /auth/me, p50/p95/p99',
  'GET /auth/me, requests a second',
  'GET /llm/models, p50/p95/p99',
  'GET /llm/models, requests a second',
  'chat, first token',
  'fan-out',
  'bundle, compressed',
  'start-up',
  'GET /llm/models, new isolate',
  'the same with the database stopped',
  'GET /llm/models warm, database stopped',
];

test('the benchmark measures every figure, of answers that are right', { timeout: 120_000 }, () => {
  // Throws unless it ends with 0, which wrong answers keep it from.
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke'], { encoding: 'utf8' });
  const rows = output.split('\n').filter((line) => line.startsWith('| '));
  const figures = rows.slice(2).map((row) => row.split('|')[1]!.trim());
  expect(figures).toEqual(FIGURES.map((figure) => expect.stringContaining(figure)));
  expect(output).not.toMatch(/NaN|Infinity|undefined/);
  expect(output).toMatch(/\d cores .*, \d+ GiB, .* workerd \d/);
});
