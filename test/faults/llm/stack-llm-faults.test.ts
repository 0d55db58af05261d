import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('no fault of a provider ends an answer in silence, or is billed twice', { timeout: 240_000 }, () => {
  // Throws unless it ends with 0.
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke'], { encoding: 'utf8' });
  const rows = output
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells).toHaveLength(4 * 3 * 2);
  const ends = cells.map(([fault, surface, fallback, seen]) => `${fault}, ${surface}, ${fallback}: ${seen}`);
  expect(ends.filter((end) => /, yes: /.test(end)).every((end) => end.endsWith('complete'))).toBe(true);
  expect(ends).toContain('status 500, plain, no: provider_unavailable (503)');
  expect(ends).toContain('connection cut, stream, no: provider_unavailable in the stream');
  expect(ends).toContain('connection cut, /v1 stream, no: provider_unavailable in the stream');
});
