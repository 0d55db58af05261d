export type Percentiles = { p50: number; p95: number; p99: number };

/** The value that `share` of all values do not exceed: nearest rank, so always one that was measured. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function percentiles(values: number[]): Percentiles {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
}

export const median = (values: number[]): number => percentile(values, 0.5);

/** The median of each percentile over rounds, so that one disturbed round decides nothing. */
export function acrossRounds(rounds: Percentiles[]): Percentiles {
  const of = (name: keyof Percentiles) => median(rounds.map((round) => round[name]));
  return { p50: of('p50'), p95: of('p95'), p99: of('p99') };
}

/** One by another, round by round, then the median: the machine's drift between rounds cancels out. */
export function ratiosOf(rounds: Percentiles[], baseline: Percentiles[]): Percentiles {
  const divide = (round: Percentiles, index: number): Percentiles => {
    const base = baseline[index]!;
    return { p50: round.p50 / base.p50, p95: round.p95 / base.p95, p99: round.p99 / base.p99 };
  };
  return acrossRounds(rounds.map(divide));
}
