import { expect, test } from 'vitest';
import { seededClock } from '../../src/core/expression-clock.ts';
import { canonicalJson, inStoredOrder } from '../../src/core/json-order.ts';
import { sql } from '../helpers/database.ts';

test('keys stand in the order in which PostgreSQL keeps them', async () => {
  const { random } = seededClock(0, 'keys');
  const letters = ['a', 'b', 'Z', '_', '-', 'é', '漢', '😀', '1', ' ', '"', '\\'];
  const key = () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => letters[Math.floor(random() * 12)]).join('');
  const value = Object.fromEntries(
    Array.from({ length: 200 }, () => [key(), { [key()]: 1, [key()]: [{ [key()]: 2 }] }]),
  );
  const [row] = await sql`select ${JSON.stringify(value)}::jsonb::text as text`;
  expect(JSON.stringify(inStoredOrder(value))).toBe(JSON.stringify(JSON.parse(row!.text)));
});

test('equal values have the same text', () => {
  expect(canonicalJson({ b: [{ y: 1, x: null }], a: 'ä' })).toBe(canonicalJson({ a: 'ä', b: [{ x: null, y: 1 }] }));
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});
