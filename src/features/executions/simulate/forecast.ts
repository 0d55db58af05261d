import type { Plan } from '../engine/plan.ts';
import { NODE_RUNS_LIMIT } from '../runner/node-book.ts';
import { drawRun, type DrawnRun } from './draw-run.ts';
import type { Known } from './evaluate-purely.ts';
import type { History, RunRecord } from './history.ts';
import type { NodeBasis, NodeModel, Pass } from './node-models.ts';
import { seededRandom } from './random.ts';
import { heldShare, mean, predict, type Bounds } from './ranges.ts';

export type RunBasis = 'history' | 'similar_version' | 'estimate';

export type Range = Bounds & {
  /** The share of earlier executions that such a range, made of the others, would have held; null where it was not made of those. */
  confidence: number | null;
  samples: number;
  basis: RunBasis;
};

export type NodeForecast = {
  id: string;
  /** The share of executions in which it runs. */
  probability: number;
  runs: number;
  ms: Bounds;
  usd: Bounds;
  basis: NodeBasis;
  samples: number;
  onPath: boolean;
};

export type Forecast = { ms: Range; usd: Range; nodes: NodeForecast[]; path: string[]; pathShare: number };

/** Whole executions from which on they say more than their nodes put together. */
const RUNS_NEEDED = 10;

/** Executions that are made up, and the nodes of all of them together. */
const DRAWS = { typical: 400, low: 60, high: 60 };
const STEPS_LIMIT = 150_000;

/** What passes between two nodes of a workflow that never ran. */
const GAP_MS = 5;

type Facts = {
  plan: Plan;
  models: ReadonlyMap<string, NodeModel>;
  history: History;
  known: ReadonlyMap<string, Known>;
};

/**
 * What an execution will take. Earlier ones of the same nodes say it of the whole, where there are enough; otherwise
 * executions are made up along the graph: each follows an earlier one in all that it says, so that what belongs together
 * stays together, and the rest is drawn.
 * @param seed the same leads to the same
 */
export function forecast(facts: Facts, seed: number): Forecast {
  const { models, history, known } = facts;
  const fitting = new Map([...history.runs].filter(([, run]) => fits(run, known)));
  const bases = [...fitting.values()];
  const typical = drawRuns(facts, bases, 'typical', seed);
  const guessed = [...typical.nodes].filter((id) => models.get(id)!.basis === 'estimate');
  const [low, high] =
    guessed.length === 0
      ? [typical, typical]
      : (['low', 'high'] as const).map((pass) => drawRuns(facts, bases, pass, seed));
  const nodes = [...facts.plan.nodes.keys()].map((id) =>
    forecastNode(id, models.get(id)!, { typical, low: low!, high: high! }),
  );
  const [path, pathShare] = mostFrequentPath(typical.runs);
  for (const node of nodes) node.onPath = path.includes(node.id);
  const equal = history.equal.filter(({ id }) => known.size === 0 || fitting.has(id));
  const drawn = (valueOf: (run: DrawnRun) => number): Range => {
    const measured = fewest(facts, typical);
    return {
      low: predict(low!.runs.map(valueOf), measured).low,
      expected: mean(typical.runs.map(valueOf)),
      high: predict(high!.runs.map(valueOf), measured).high,
      confidence: null,
      samples: measured,
      basis: measured > 0 && !guessed.some((id) => matters(id, nodes)) ? 'similar_version' : 'estimate',
    };
  };
  const ranged = (values: number[]): Range => ({
    ...predict(values),
    confidence: heldShare(values),
    samples: values.length,
    basis: 'history',
  });
  const isEnough = equal.length >= RUNS_NEEDED;
  return {
    ms: isEnough ? ranged(equal.map(({ ms }) => ms)) : drawn(({ ms }) => ms),
    usd: isEnough ? ranged(equal.map(({ usd }) => usd)) : drawn(({ usd }) => usd),
    nodes,
    path,
    pathShare,
  };
}

/** Whether an execution went as one would that comes to the same where that is certain. */
function fits({ nodes, items }: RunRecord, known: ReadonlyMap<string, Known>): boolean {
  return [...known].every(([id, one]) => {
    const counts = items.get(id);
    if (one.items !== undefined && counts) {
      return counts.every((count) => count <= 2 * one.items! && one.items! <= 2 * count);
    }
    const records = nodes.get(id);
    return one.items !== undefined || !records || records.some(({ port }) => port === one.port);
  });
}

type Drawn = { runs: DrawnRun[]; nodes: Set<string> };

function drawRuns({ plan, models, history }: Facts, bases: RunRecord[], pass: Pass, seed: number): Drawn {
  const random = seededRandom(seed);
  const gapMs = history.gapMs ?? GAP_MS;
  const runs: DrawnRun[] = [];
  for (let steps = 0; runs.length < DRAWS[pass] && steps < STEPS_LIMIT;) {
    const base = bases[runs.length % bases.length] ?? null;
    const run = drawRun(plan, ({ node }) => models.get(node.id)!.draw(pass, base, random), gapMs, NODE_RUNS_LIMIT);
    runs.push(run);
    steps += run.steps + plan.nodes.size;
  }
  return { runs, nodes: new Set(runs.flatMap(({ nodes }) => [...nodes.keys()])) };
}

/** How often that was measured of which least was: a range is no surer than what it is made of. */
function fewest({ models }: Facts, { nodes }: Drawn): number {
  const measured = [...nodes]
    .map((id) => models.get(id)!)
    .filter(({ basis }) => basis === 'history' || basis === 'similar_nodes');
  return measured.length === 0 ? 0 : Math.min(...measured.map(({ samples }) => samples));
}

/** Whether it makes a difference what a node was taken to need. */
function matters(id: string, nodes: NodeForecast[]): boolean {
  const { ms, usd } = nodes.find((node) => node.id === id)!;
  const all = nodes.reduce((sum, node) => sum + node.ms.expected, 0);
  return usd.high > 0 || ms.high > Math.max(200, all / 10);
}

function forecastNode(
  id: string,
  { basis, samples }: NodeModel,
  { typical, low, high }: Record<Pass, Drawn>,
): NodeForecast {
  const ran = typical.runs.flatMap(({ nodes }) => nodes.get(id) ?? []);
  const boundsOf = (field: 'ms' | 'usd'): Bounds => {
    const valuesOf = ({ runs }: Drawn) => runs.flatMap(({ nodes }) => nodes.get(id)?.[field] ?? []);
    const values = valuesOf(typical);
    if (basis !== 'estimate') return predict(values, samples || values.length);
    const expected = mean(values);
    return { low: Math.min(expected, mean(valuesOf(low))), expected, high: Math.max(expected, mean(valuesOf(high))) };
  };
  return {
    id,
    probability: ran.length / typical.runs.length,
    runs: ran.reduce((sum, { runs }) => sum + runs, 0) / typical.runs.length,
    ms: boundsOf('ms'),
    usd: boundsOf('usd'),
    basis,
    samples,
    onPath: false,
  };
}

function mostFrequentPath(runs: DrawnRun[]): [path: string[], share: number] {
  const byPath = [...Map.groupBy(runs, ({ path }) => path.join('\n')).values()];
  const [most] = byPath.toSorted((one, other) => other.length - one.length);
  return most ? [most[0]!.path, most.length / runs.length] : [[], 0];
}
