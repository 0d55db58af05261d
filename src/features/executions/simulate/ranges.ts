/** What something takes: {@link SHARE} of the runs to come are to lie between low and high, and expected is their mean. */
export type Bounds = { low: number; expected: number; high: number };

/** Of the runs to come, the share that is to lie within. */
const SHARE = 0.95;
const TAIL = (1 - SHARE) / 2;

/**
 * Between which values the next one lies that is drawn like these, for 95 of 100: the wider of two intervals.
 *
 * 1. Of the ordered values x(1) … x(n), the next one lies between x(k) and x(n+1−k) with probability (n+1−2k)/(n+1),
 *    whatever their distribution (Wilks 1941; Hahn & Meeker, Statistical Intervals, 2nd ed., §5.4). Here k is the
 *    largest that gives 95 %, or 1 where even that gives less, with fewer than 39 values.
 * 2. m ± t(n−1; 0.975) · s · √(1 + 1/n), of values that are normally distributed (ibid. §4.7), which reaches beyond what
 *    was seen where little was. Times and costs are so by their logarithms rather, where none of them is zero.
 *
 * @param n how many of them were measured, where they are draws made of fewer
 */
export function predict(values: readonly number[], n: number = values.length): Bounds {
  if (values.length === 0) return { low: 0, expected: 0, high: 0 };
  const sorted = values.toSorted((one, other) => one - other);
  // Nothing is lost of what is always the same.
  if (sorted[0] === sorted.at(-1)) return { low: sorted[0]!, expected: sorted[0]!, high: sorted[0]! };
  const share = Math.max(1, Math.floor((n + 1) * TAIL)) / (n + 1);
  const [least, most] = n < 2 || n * TAIL < 1 ? [0, 1] : [share, 1 - share];
  const isPositive = sorted[0]! > 0;
  const [low, high] = isPositive ? spread(sorted.map(Math.log), n).map(Math.exp) : spread(sorted, n);
  return {
    low: Math.max(0, Math.min(quantile(sorted, least), low!)),
    expected: mean(values),
    high: Math.max(quantile(sorted, most), high!),
  };
}

/** The second interval: as wide as what was seen, where one value tells nothing of how they vary. */
function spread(values: readonly number[], n: number): [number, number] {
  const middle = mean(values);
  if (n < 2) return [middle, middle];
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, values.length - 1));
  const reach = studentT(n - 1) * deviation * Math.sqrt(1 + 1 / n);
  return [middle - reach, middle + reach];
}

/**
 * The 0.975 quantile of Student's distribution, by its expansion about the normal one (Abramowitz & Stegun, 26.7.5): to
 * one per cent from four degrees of freedom on, and less than it should be below.
 */
export function studentT(freedom: number): number {
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of ordered values, that of a share of them, between neighbours by the straight line. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [before, after] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return before + (after - before) * (at - Math.floor(at));
}

/** The share of values that a range made of the others would have held: what such a range is worth. */
export function heldShare(values: readonly number[]): number {
  const held = values.filter((value, at) => {
    const { low, high } = predict(values.toSpliced(at, 1));
    return value >= low && value <= high;
  });
  return held.length / values.length;
}
