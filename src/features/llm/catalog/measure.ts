import type { Health } from './queries.ts';

export type Measured = {
  /** Calls of the last 24 hours, and those of them that failed through no fault of their caller. */
  calls: number;
  failedCalls: number;
  averageLatencyMs: number;
  /** To the first token, of the calls that got as far; null where none did. */
  averageFirstTokenMs: number | null;
  /** From 0 to 1, to four places. */
  errorRate: number;
  availabilityPercent: number;
  status: 'healthy' | 'degraded' | 'unhealthy';
  /** When that was so, in ISO 8601. */
  checkedAt: string;
};

/** Below these shares of calls that did not fail, something is called degraded, and unhealthy. */
const HEALTHY_PERCENT = 95;
const DEGRADED_PERCENT = 50;

/** How some models have done together, each of them by its calls; null where nobody has called them. */
export function measure(health: readonly Health[]): Measured | null {
  const sum = (valueOf: (one: Health) => number) => health.reduce((total, one) => total + valueOf(one), 0);
  const calls = sum((one) => one.calls);
  if (calls === 0) return null;
  const timed = health.filter((one) => one.averageFirstTokenMs !== null);
  const timedCalls = timed.reduce((total, one) => total + one.calls, 0);
  const failedCalls = sum((one) => one.failedCalls);
  const availabilityPercent = (100 * (calls - failedCalls)) / calls;
  return {
    calls,
    failedCalls,
    averageLatencyMs: Math.round(sum((one) => one.calls * one.averageLatencyMs) / calls),
    averageFirstTokenMs:
      timedCalls === 0
        ? null
        : Math.round(timed.reduce((total, one) => total + one.calls * one.averageFirstTokenMs!, 0) / timedCalls),
    errorRate: Math.round((failedCalls / calls) * 10_000) / 10_000,
    availabilityPercent,
    status:
      availabilityPercent >= HEALTHY_PERCENT
        ? 'healthy'
        : availabilityPercent >= DEGRADED_PERCENT
          ? 'degraded'
          : 'unhealthy',
    checkedAt: health.map((one) => one.updatedAt).reduce((latest, one) => (one > latest ? one : latest)),
  };
}
