import { expect, test } from 'vitest';
import { chooseLocale, fill } from '../../src/core/locale.ts';

test.each([
  [null, 'en'],
  ['', 'en'],
  ['pt', 'pt'],
  ['pt-BR,pt;q=0.9,en;q=0.8', 'pt'],
  ['PT-br', 'pt'],
  ['fr, pt;q=0.4, en;q=0.3', 'pt'],
  ['en;q=0.5, pt;q=0.7', 'pt'],
  ['pt;q=0, en;q=0.1', 'en'],
  ['de, fr', 'en'],
  ['*', 'en'],
  ['pt;level=1;q=0.9, en;q=0.8', 'pt'],
  [';;;,,q=', 'en'],
])('%j is answered in %s', (header, locale) => {
  expect(chooseLocale(header)).toBe(locale);
});

test('a header without end is read to its end', () => {
  expect(chooseLocale(`${'x,'.repeat(10_000)}pt`)).toBe('pt');
});

test('placeholders take their values once, and stay where there is none', () => {
  expect(fill('{a} and {b} and {a}', { a: 1, b: '{a}' })).toBe('1 and {a} and 1');
  expect(fill('{missing}', {})).toBe('{missing}');
  expect(fill('{constructor}')).toBe('{constructor}');
});
