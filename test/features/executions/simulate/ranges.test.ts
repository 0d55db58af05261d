import { expect, test } from 'vitest';
import { pick, seededRandom } from '../../../../src/features/executions/simulate/random.ts';
import { heldShare, predict, studentT } from '../../../../src/features/executions/simulate/ranges.ts';

test('random numbers are the same for the same seed, and spread evenly', () => {
  const [one, other] = [seededRandom(5), seededRandom(5)];
  const numbers = Array.from({ length: 10_000 }, one);
  expect(Array.from({ length: 10_000 }, other)).toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  for (let tenth = 0; tenth < 10; tenth++) {
    const share = numbers.filter((number) => Math.floor(number * 10) === tenth).length / 10_000;
    expect(share).toBeGreaterThan(0.09);
    expect(share).toBeLessThan(0.11);
  }
});

test('Student’s quantiles are those of the tables', () => {
  for (const [freedom, value] of [
    [4, 2.776],
    [9, 2.262],
    [29, 2.045],
    [100, 1.984],
  ] as const) {
    expect(Math.abs(studentT(freedom) / value - 1)).toBeLessThan(0.01);
  }
});

test('of nothing nothing is expected, and of what never varies nothing else', () => {
  expect(predict([])).toEqual({ low: 0, expected: 0, high: 0 });
  for (const value of [0, 0.1234567, 1_500]) {
    const { low, expected, high } = predict([value, value, value]);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    expect(expected).toBeCloseTo(value);
    expect(high - low).toBeLessThan(1e-6);
  }
});

/** What things take: evenly spread, with a long tail, in two heaps, and mostly nothing. */
const KINDS: Record<string, (random: () => number) => number> = {
  even: (random) => 100 + 400 * random(),
  skewed: (random) => 100 * Math.exp(2 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())),
  twofold: (random) => (random() < 0.3 ? 2_000 : 100) + 50 * random(),
  rare: (random) => (random() < 0.1 ? 0.02 + 0.01 * random() : 0),
};

test.each(Object.keys(KINDS).flatMap((kind) => [10, 30, 100].map((count) => ({ kind, count }))))(
  'a range of $count values ($kind) holds nine of ten that follow',
  ({ kind, count }) => {
    const random = seededRandom(count);
    const draw = () => KINDS[kind]!(random);
    let held = 0;
    for (let round = 0; round < 300; round++) {
      const { low, high } = predict(Array.from({ length: count }, draw));
      held += Array.from({ length: 20 }, draw).filter((value) => value >= low && value <= high).length / 20;
    }
    expect(held / 300).toBeGreaterThan(kind === 'rare' && count === 10 ? 0.88 : 0.93);
  },
);

test('what a range is worth is told by what it was made of', () => {
  const random = seededRandom(3);
  expect(heldShare(Array.from({ length: 100 }, () => KINDS['even']!(random)))).toBeGreaterThan(0.93);
  expect(pick([7], random)).toBe(7);
});
