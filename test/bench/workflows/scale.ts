/** What must not grow: the cost of a node and the time of a start, with more nodes in a run and more runs in the tables. */
import type { Row } from '../bench.ts';
import { showTime } from '../table.ts';
import { STEPS } from './chain.ts';
import { measureCallers, medianOf, type Extent, type Figures } from './callers.ts';
import { addFinishedRuns, createChain, own, type Place } from './own.ts';

/** An answer that comes at once, for one caller. */
const START_LIMIT_MS = 20;

/** Below this, a difference is not shown: the machine itself drifts by as much. */
const NOISE = 1.2;

const hasStarted = (text: string): boolean => /"execution_id":"[\w-]{36}"/.test(text);

/** Starts are not run into a queue that is full: each round ends once all are stored. */
const startsOf = (place: Place, workflow: string, length: number) => own(place, workflow, { length, waits: false });

export async function measureScale(
  place: Place,
  extent: Extent,
  { lengths, finishedRuns }: { lengths: number[]; finishedRuns: number },
): Promise<{ rows: Row[]; runs: number }> {
  const workflow = await createChain(place);
  const chain = await measureChain(place, workflow, STEPS, extent);
  const rows: Row[] = [
    {
      figure: 'start acknowledged, 1 caller',
      measured: showTime(chain.start.p50),
      baseline: '',
      ratio: '',
      goal: `p50 under ${START_LIMIT_MS} ms`,
      met: chain.start.p50 < START_LIMIT_MS,
    },
  ];
  let { runs } = chain;
  const byLength: Measured[] = [];
  for (const length of lengths) {
    const measured = await measureChain(place, await createChain(place, length), length, extent);
    byLength.push(measured);
    runs += measured.runs;
    rows.push(...compareLength(byLength[0]!, measured));
  }
  await addFinishedRuns(place, workflow, finishedRuns);
  const late = await measureChain(place, workflow, STEPS, extent);
  const name = `with ${finishedRuns.toLocaleString('en')} finished runs`;
  rows.push(
    compare(`start acknowledged, ${name}`, 'without', late.start.p50, chain.start.p50),
    compare(`result of ${STEPS} nodes, ${name}`, 'without', late.whole.p50, chain.whole.p50),
  );
  return { rows, runs: runs + late.runs };
}

interface Measured {
  length: number;
  start: Figures;
  whole: Figures;
  runs: number;
}

async function measureChain(place: Place, workflow: string, length: number, extent: Extent): Promise<Measured> {
  const starts = await measureCallers([startsOf(place, workflow, length)], 1, extent, hasStarted);
  const wholes = await measureCallers([own(place, workflow, { length })], 1, extent);
  return {
    length,
    start: medianOf(starts.rounds[0]!),
    whole: medianOf(wholes.rounds[0]!),
    runs: starts.runs + wholes.runs,
  };
}

function compareLength(shortest: Measured, { length, start, whole }: Measured): Row[] {
  const perNode = whole.p50 / length;
  if (length === shortest.length) {
    const row = { baseline: '', ratio: '', goal: '', met: null };
    return [
      { ...row, figure: `start acknowledged, ${length} nodes`, measured: showTime(start.p50) },
      { ...row, figure: `a node of ${length}`, measured: showTime(perNode) },
    ];
  }
  const beside = `${shortest.length} nodes`;
  return [
    compare(`start acknowledged, ${length} nodes`, beside, start.p50, shortest.start.p50),
    compare(`a node of ${length}`, beside, perNode, shortest.whole.p50 / shortest.length),
  ];
}

function compare(figure: string, beside: string, measured: number, baseline: number): Row {
  const ratio = measured / baseline;
  return {
    figure,
    measured: showTime(measured),
    baseline: `${showTime(baseline)} (${beside})`,
    ratio: ratio.toFixed(2),
    goal: 'does not grow',
    met: ratio <= NOISE,
  };
}
