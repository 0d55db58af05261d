import type { Plan, PlannedNode } from '../engine/plan.ts';
import { RunState, wayAfterFailure, type Step } from '../engine/run-state.ts';

/** What one run of a node takes, and how it goes on. */
export type Draw = {
  ms: number;
  usd: number;
  /** Null where it fails. */
  port: string | null;
  /** Of a loop. */
  items?: number;
};

/** What becomes of a node in a run that is made up. */
export type DrawNode = (planned: PlannedNode) => Draw;

export type DrawnRun = {
  ms: number;
  usd: number;
  /** How many nodes it ran. */
  steps: number;
  /** What each node took together, by its id. */
  nodes: Map<string, { runs: number; ms: number; usd: number }>;
  /** What had it take as long as it did: each node was begun by the end of the one before. */
  path: string[];
};

/** A node that runs, and what its end had begun. */
type Event = { at: number; step: Step; draw: Draw; cause: Cause | null };
type Cause = { id: string; cause: Cause | null };

/**
 * Runs a plan without doing anything: what runs when, and what follows from it, is decided by the engine's own rules, and
 * what each node takes by `drawNode`.
 * @param gapMs what passes between the end of a node and the beginning of the next
 * @param stepsLimit nodes after which it is broken off: the engine does not run more either
 */
export function drawRun(plan: Plan, drawNode: DrawNode, gapMs: number, stepsLimit: number): DrawnRun {
  const state = new RunState(plan);
  const events = new Events();
  const nodes: DrawnRun['nodes'] = new Map();
  let [now, usd, steps]: number[] = [0, 0, 0];
  let cause: Cause | null = null;
  const begin = () => {
    for (let work = state.next(); work && steps! <= stepsLimit; work = state.next()) {
      const { planned } = work.step;
      // What is passed over is work too.
      steps! += 1 + state.skipped.splice(0).length;
      if (work.kind === 'loop') {
        endLoop(state, work.step, work.fault !== null);
      } else if (planned.node.isDisabled) {
        state.complete(work.step, 'output');
      } else {
        const draw = drawNode(planned);
        count(nodes, planned.node.id, draw);
        usd! += draw.usd;
        events.add({ at: now! + gapMs + draw.ms, step: work.step, draw, cause });
      }
    }
  };
  begin();
  for (let event = events.take(); event && steps! <= stepsLimit; event = events.take()) {
    now = event.at;
    cause = { id: event.step.planned.node.id, cause: event.cause };
    end(state, event);
    begin();
  }
  return { ms: now!, usd: usd!, steps: steps!, nodes, path: pathOf(cause) };
}

const FAULT = { code: 'failed', message: '', nodeKey: null, details: {}, isRetryable: false };

function end(state: RunState, { step, draw }: Event): void {
  const { planned } = step;
  if (draw.port !== null && planned.body) {
    const parallelism = Number(planned.node.config['parallelism'] ?? 1) || 1;
    state.openLoop(step, draw.items ?? 0, Math.min(Math.max(parallelism, 1), 20));
    return;
  }
  const way = draw.port ?? wayAfterFailure(planned);
  if (way === null) state.fail(step, FAULT);
  else state.complete(step, way);
}

function endLoop(state: RunState, step: Step, hasFailed: boolean): void {
  const way = hasFailed ? wayAfterFailure(step.planned) : 'done';
  if (way === null) state.fail(step, FAULT);
  else state.complete(step, way);
}

function count(nodes: DrawnRun['nodes'], id: string, { ms, usd }: Draw): void {
  const known = nodes.get(id);
  if (!known) nodes.set(id, { runs: 1, ms, usd });
  else Object.assign(known, { runs: known.runs + 1, ms: known.ms + ms, usd: known.usd + usd });
}

/** As many nodes as anybody reads; of a loop each but once. */
const PATH_LIMIT = 1_000;

function pathOf(last: Cause | null): string[] {
  const path = new Set<string>();
  for (let at = last; at && path.size < PATH_LIMIT; at = at.cause) path.add(at.id);
  return [...path].toReversed();
}

/** What is to happen, the soonest first: a binary heap. */
class Events {
  readonly #heap: Event[] = [];

  add(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= event.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  take(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
