import { expect, test } from 'vitest';
import { findUnstorable } from '../../src/core/storable.ts';

/** An array in an array, so deep. */
function nest(depth: number): unknown {
  let value: unknown = 'innermost';
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

test.each([
  ['NUL in a text', { a: ['fine', 'not\0fine'] }, ['a', 1]],
  ['NUL in a key', { a: { 'b\0': 1 } }, ['a']],
  ['a lone surrogate', { a: '\ud800' }, ['a']],
])('finds %s', (_, input, path) => {
  expect(findUnstorable(input)).toMatchObject({ path });
});

test('finds nesting without end, however deep', () => {
  expect(findUnstorable(nest(65))).toMatchObject({ reason: expect.stringContaining('deeper') });
  expect(findUnstorable(nest(200_000))).toMatchObject({ reason: expect.stringContaining('deeper') });
});

test('lets through what can be stored', () => {
  expect(findUnstorable({ text: 'olá 👋 \\u0000', list: [1, null, true], deep: nest(60) })).toBeNull();
});
