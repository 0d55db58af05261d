/** The matrix as Markdown, and what of it is a goal. */
import type { Row } from '../bench.ts';
import { median } from '../statistics.ts';
import { showNumber } from '../table.ts';
import { medianOf, type Figures, type Load } from './matrix.ts';

/** Below this, a difference is not shown: the machine itself drifts by as much. */
const NOISE = 1.2;

/** What we may add to the first token of a caller who is alone. */
const FIRST_TOKEN_LIMIT_MS = 3;

/** The rounds of one load: without a gateway, through the rival's, and through ours. */
export interface Measured {
  load: Load;
  direct: Figures[];
  rival: Figures[];
  own: Figures[];
}

export function composeRows(rivalName: string, isGoal: boolean, { load, ...rounds }: Measured): Row[] {
  const { wait, streamed, callers } = load;
  const name = `${wait} ms, ${streamed ? 'stream' : 'plain'}, ${callers} at once`;
  const [direct, rival, own] = [medianOf(rounds.direct), medianOf(rounds.rival), medianOf(rounds.own)];
  const added = (figures: Figures) => `+${showSpread(figures, direct)}, ${showNumber(figures.perSecond)}/s`;
  const slower = ratio(rounds.own, rounds.rival, ({ p50 }) => p50);
  const rows: Row[] = [
    {
      figure: name,
      measured: added(own),
      baseline: added(rival),
      ratio: `${slower.toFixed(2)}; ${ratio(rounds.own, rounds.rival, ({ perSecond }) => perSecond).toFixed(2)}`,
      goal: isGoal ? `no slower than ${rivalName}` : '',
      met: isGoal ? slower <= NOISE : null,
    },
  ];
  if (own.first && rival.first && direct.first) {
    const addedFirst = own.first.p50 - direct.first.p50;
    rows.push({
      figure: `${name}: first token`,
      measured: `+${showSpread(own.first, direct.first)}`,
      baseline: `+${showSpread(rival.first, direct.first)}`,
      ratio: ratio(rounds.own, rounds.rival, ({ first }) => first!.p50).toFixed(2),
      goal: callers === 1 ? `p50 under +${FIRST_TOKEN_LIMIT_MS} ms` : '',
      met: callers === 1 ? addedFirst < FIRST_TOKEN_LIMIT_MS : null,
    });
  }
  return rows;
}

type Spread = { p50: number; p95: number };

const showSpread = (one: Spread, base: Spread): string =>
  `${(one.p50 - base.p50).toFixed(1)} / ${(one.p95 - base.p95).toFixed(1)} ms`;

/** Round by round, then the median: the machine's drift between rounds cancels out. */
function ratio(own: Figures[], rival: Figures[], read: (figures: Figures) => number): number {
  return median(own.map((round, n) => read(round) / read(rival[n]!)));
}
