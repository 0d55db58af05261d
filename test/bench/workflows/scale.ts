/** What must not grow: the cost of a node and the time of a start, with more nodes in a run and more runs in the tables. */
import type { Row } from '../bench.ts';
import { Target, WrongAnswer } from '../load.ts';
import { percentile } from '../statistics.ts';
import { showTime } from '../table.ts';
import { STEPS } from './chain.ts';
import { measureCallers, medianOf, type Extent } from './callers.ts';
import { addFinishedRuns, createChain, own, untilNothingRuns, type Place } from './own.ts';
import { drain } from './store.ts';

/** An answer that comes at once, for one caller. */
const START_LIMIT_MS = 20;

/** Below this, a difference is not shown: the machine itself drifts by as much. */
const NOISE = 1.2;

const hasStarted = (text: string): boolean => /"execution_id":"[\w-]{36}"/.test(text);

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
      measured: showTime(chain.start),
      baseline: '',
      ratio: '',
      goal: `p50 under ${START_LIMIT_MS} ms`,
      met: chain.start < START_LIMIT_MS,
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
    compare(`start acknowledged, ${name}`, 'without', late.start, chain.start),
    compare(`result of ${STEPS} nodes, ${name}`, 'without', late.whole, chain.whole),
  );
  return { rows, runs: runs + late.runs };
}

/** Of a workflow of so many nodes: milliseconds, at the median. */
interface Measured {
  length: number;
  start: number;
  whole: number;
  runs: number;
}

async function measureChain(place: Place, workflow: string, length: number, extent: Extent): Promise<Measured> {
  const starts = await measureStarts(place, workflow, length, extent);
  const wholes = await measureCallers([own(place, workflow, { length })], 1, extent);
  return {
    start: percentile(starts, 0.5),
    whole: medianOf(wholes.rounds[0]!).p50,
    runs: starts.length + wholes.runs,
    length,
  };
}

/** One start after the other, each once the run before it has ended and is stored: milliseconds until the answers. */
async function measureStarts(place: Place, workflow: string, length: number, { rounds, seconds }: Extent) {
  const engine = own(place, workflow, { length, waits: false });
  const target = new Target(engine.route, 1);
  const before = await engine.countStored();
  const times: number[] = [];
  try {
    for (const until = performance.now() + rounds * seconds * 1000; performance.now() < until;) {
      const startedAt = performance.now();
      const text = await target.send();
      times.push(performance.now() - startedAt);
      if (!hasStarted(text)) throw new WrongAnswer(`a start answered ${text.slice(0, 300)}`);
      await untilNothingRuns(place);
    }
  } finally {
    await target.close();
  }
  await drain(engine, before + times.length);
  return times;
}

function compareLength(shortest: Measured, { length, start, whole }: Measured): Row[] {
  const perNode = whole / length;
  if (length === shortest.length) {
    const row = { baseline: '', ratio: '', goal: '', met: null };
    return [
      { ...row, figure: `start acknowledged, ${length} nodes`, measured: showTime(start) },
      { ...row, figure: `a node of ${length}`, measured: showTime(perNode) },
    ];
  }
  const beside = `${shortest.length} nodes`;
  return [
    compare(`start acknowledged, ${length} nodes`, beside, start, shortest.start),
    compare(`a node of ${length}`, beside, perNode, shortest.whole / shortest.length),
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
