/** Plain requests: latency at a fixed rate and, apart from it, requests a second. */
import { alternate, type Bench, type Row } from '../bench.ts';
import { atFixedRate, atFullSpeed, Target, timeRequest } from '../load.ts';
import { acrossRounds, median, percentiles, ratiosOf } from '../statistics.ts';
import { showNumber, showTimes, showRatios } from '../table.ts';

const PER_SECOND = 200;

/** A listing may take this much longer than a route that does nothing. */
const LISTING_RATIO = 1.5;

export async function measureRoutes({ started, extent, authorization }: Bench): Promise<Row[]> {
  const { worker, baseline } = started;
  const routes = [
    { name: 'bare Hono route', target: new Target({ origin: baseline, path: '/' }) },
    { name: 'GET /health', target: new Target({ origin: worker, path: '/health' }) },
    {
      name: 'GET /auth/me',
      target: new Target({ origin: worker, path: '/api/v1/auth/me', headers: authorization }),
    },
    {
      name: 'GET /llm/models',
      target: new Target({ origin: worker, path: '/api/v1/llm/models', headers: authorization }),
      goal: LISTING_RATIO,
    },
  ];
  const targets = routes.map(({ target }) => target);
  try {
    for (const target of targets) await atFullSpeed(target, extent.seconds / 2);
    const times = await alternate(extent.rounds, targets, async (target) =>
      percentiles(await atFixedRate(PER_SECOND, extent.seconds, () => timeRequest(target))),
    );
    const speeds = await alternate(extent.rounds, targets, (target) => atFullSpeed(target, extent.seconds));
    return routes.flatMap(({ name, goal }, index) => {
      if (index === 0) return [];
      const ratios = ratiosOf(times[index]!, times[0]!);
      const speedRatio = median(speeds[index]!.map((speed, round) => speed / speeds[0]![round]!));
      return [
        {
          figure: `${name}, p50/p95/p99 at ${PER_SECOND}/s`,
          measured: showTimes(acrossRounds(times[index]!)),
          baseline: showTimes(acrossRounds(times[0]!)),
          ratio: showRatios(ratios),
          goal: goal ? `p95 within ${goal}×` : '',
          met: goal ? ratios.p95 <= goal : null,
        },
        {
          figure: `${name}, requests a second`,
          measured: showNumber(median(speeds[index]!)),
          baseline: showNumber(median(speeds[0]!)),
          ratio: speedRatio.toFixed(2),
          goal: '',
          met: null,
        },
      ];
    });
  } finally {
    await Promise.all(targets.map((target) => target.close()));
  }
}
