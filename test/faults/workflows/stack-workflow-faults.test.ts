import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a workflow that is killed goes on, and runs nothing twice that was done', { timeout: 480_000 }, () => {
  // Throws unless it ends with 0.
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke'], { encoding: 'utf8' });
  const rows = output
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  const ends = rows.map((row) => {
    const [, fault = '', ended = ''] = row.split('|').map((cell) => cell.trim());
    return `${fault}: ${ended}`;
  });
  expect(ends).toEqual([
    'killed once item/0 is done: completed',
    'killed while send waits for an answer: completed',
    'message lost: completed',
    'killed while send waits for an answer, without a key: failed: interrupted_unsafe',
  ]);
});
