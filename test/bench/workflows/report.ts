/** Ours beside everybody else, as rows of the table. */
import type { Row } from '../bench.ts';
import { median } from '../statistics.ts';
import { showNumber } from '../table.ts';
import { medianOf, type Figures } from './callers.ts';

export interface Line {
  name: string;
  rounds: Figures[];
  /** Whether we mean to be quicker. */
  isRival: boolean;
}

/** The first line is ours. */
export function compareAll(callers: number, [own, ...others]: Line[]): Row[] {
  return others.map(({ name, rounds, isRival }) => {
    const slower = ratioOf(own!.rounds, rounds, 'p50');
    const faster = ratioOf(own!.rounds, rounds, 'perSecond');
    return {
      figure: `${callers} at once, beside ${name}`,
      measured: show(medianOf(own!.rounds)),
      baseline: show(medianOf(rounds)),
      ratio: `${slower.toFixed(2)}; ${faster.toFixed(2)}`,
      goal: isRival ? `ahead of ${name}` : '',
      met: isRival ? faster > 1 : null,
    };
  });
}

const show = ({ p50, p95, perSecond }: Figures): string =>
  `${p50.toFixed(1)} / ${p95.toFixed(1)} ms, ${showNumber(perSecond)}/s`;

/** Round by round, then the median: the machine's drift between rounds cancels out. */
function ratioOf(own: Figures[], other: Figures[], name: keyof Figures): number {
  return median(own.map((round, n) => round[name] / other[n]![name]));
}
