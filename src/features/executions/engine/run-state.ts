import type { Plan, PlannedNode, Scope } from './plan.ts';

/** Why a part of an execution did not come to its end. */
export type Fault = {
  code: string;
  message: string;
  nodeKey: string | null;
  details: Record<string, unknown>;
  isRetryable: boolean;
};

/** A node, in the iteration of the loop that it is in. */
export type Step = { planned: PlannedNode; frame: Frame };

/** What is to be done next: a node is to be run, or a loop has come to its end. */
export type Work = { kind: 'node'; step: Step } | { kind: 'loop'; step: Step; fault: Fault | null };

type Loop = {
  step: Step;
  count: number;
  next: number;
  open: number;
  /** Why it does not go on. */
  fault: Fault | null;
  /** Iterations that failed and were passed over. */
  faults: Map<number, Fault>;
};

const OPEN = 0;
const STARTED = 1;
const ENDED = 2;

/** One pass through a scope: the execution itself, or an iteration of a loop. */
export type Frame = {
  scope: Scope;
  loop: Loop | null;
  /** Places of the items in the loops around it, outermost first. */
  iteration: number[];
  states: Uint8Array;
  /** By node: the ways that lead to it of which nothing is known yet, and those that were taken. */
  pending: Int32Array;
  taken: Int32Array;
  /** Nodes that have not ended, and those of them that have begun. */
  remaining: number;
  active: number;
  fault: Fault | null;
  isOver: boolean;
};

/** Whether a node goes on after a failure, and by which way. */
export function wayAfterFailure({ outgoing, node, body }: PlannedNode): 'error' | 'output' | null {
  if (outgoing.some(({ fromPort }) => fromPort === 'error')) return 'error';
  // What a loop goes on after are its iterations.
  return node.continueOnError && !body ? 'output' : null;
}

/**
 * How far an execution has come: which ways were taken, and what follows from that. It runs nothing and waits for nothing;
 * the same reports in any order that the ways allow lead to the same end, so that it is made anew from a journal.
 */
export class RunState {
  readonly root: Frame;
  /** Nodes that will not run, since no way led to them; whoever writes that down empties it. */
  readonly skipped: Step[] = [];
  readonly #work: Work[] = [];
  #at = 0;
  readonly #loops = new Map<string, Loop>();
  /** Nodes that run at some time, as far as is known: with each loop that begins there are more. */
  totalNodes: number;
  isOver = false;

  constructor(plan: Plan) {
    this.totalNodes = plan.root.nodes.length;
    this.root = this.#openFrame(plan.root, null, []);
  }

  get fault(): Fault | null {
    return this.root.fault;
  }

  /** What can be done now; each thing is given once. */
  next(): Work | null {
    for (let work = this.#work[this.#at]; work; work = this.#work[this.#at]) {
      this.#at += 1;
      const { frame } = work.step;
      if (work.kind === 'loop') return work;
      if (!this.isStopped(frame)) {
        frame.active += 1;
        return work;
      }
      // Nobody else may come by here again.
      this.#endFrameIfOver(frame);
    }
    this.#work.length = this.#at = 0;
    return null;
  }

  /** Whether nothing new begins there, because something has failed. */
  isStopped(frame: Frame): boolean {
    for (let at: Frame | null = frame; at; at = at.loop?.step.frame ?? null) {
      if (at.fault || at.loop?.fault) return true;
    }
    return false;
  }

  /** A node has ended, and it goes on by that port. */
  complete(step: Step, port: string): void {
    const { planned, frame } = step;
    this.#end(step);
    this.#leave(frame, planned, port);
    this.#endFrameIfOver(frame);
  }

  /** A node has failed for good: nothing new begins where that matters, and what runs there comes to its end. */
  fail(step: Step, fault: Fault): void {
    this.#end(step);
    this.#stop(step.frame, fault);
    this.#endFrameIfOver(step.frame);
  }

  /** A node that had begun is given up, since its part of the execution was stopped. */
  abandon(step: Step): void {
    step.frame.states[step.planned.slot] = OPEN;
    step.frame.active -= 1;
    this.#endFrameIfOver(step.frame);
  }

  /** A loop begins, which has so many items; at most `parallelism` of them are worked on at once. */
  openLoop(step: Step, count: number, parallelism: number): void {
    const body = step.planned.body!;
    const loop: Loop = { step, count, next: 0, open: 0, fault: null, faults: new Map() };
    this.#loops.set(keyOf(step), loop);
    this.totalNodes += body.nodes.length * count;
    if (body.nodes.length === 0) loop.next = count;
    while (loop.next < Math.min(count, parallelism)) this.#openIteration(loop);
    this.#endLoopIfOver(loop);
  }

  /** Iterations of a loop that failed and were passed over, by their place. */
  faultsOf(step: Step): ReadonlyMap<number, Fault> {
    return this.#loops.get(keyOf(step))?.faults ?? new Map();
  }

  #openIteration(loop: Loop): void {
    const { planned, frame } = loop.step;
    const index = loop.next;
    loop.next += 1;
    loop.open += 1;
    this.#openFrame(planned.body!, loop, [...frame.iteration, index]);
  }

  #openFrame(scope: Scope, loop: Loop | null, iteration: number[]): Frame {
    const size = scope.nodes.length;
    const frame: Frame = {
      scope,
      loop,
      iteration,
      states: new Uint8Array(size),
      pending: Int32Array.from(scope.nodes, ({ incoming }) => incoming.length),
      taken: Int32Array.from(scope.nodes, ({ isEntry }) => Number(isEntry)),
      remaining: size,
      active: 0,
      fault: null,
      isOver: false,
    };
    // Those that begin are known before those are that nothing leads to.
    for (const planned of scope.nodes) if (planned.incoming.length === 0) this.#settle(frame, planned);
    for (const planned of scope.nodes) if (planned.isEntry && goesWithFirst(planned)) this.#settle(frame, planned);
    if (frame.remaining === 0) this.#endFrameIfOver(frame);
    return frame;
  }

  /** Follows each way that leads on from a node that has ended. */
  #leave(frame: Frame, from: PlannedNode, port: string | null): void {
    for (const { to, fromPort } of from.outgoing) {
      frame.pending[to.slot]! -= 1;
      if (fromPort === port) frame.taken[to.slot]! += 1;
      this.#settle(frame, to);
    }
  }

  /** Sees whether a node can begin now, or never will; what follows from the latter is done with it. */
  #settle(frame: Frame, first: PlannedNode): void {
    const open = [first];
    for (let at = open.pop(); at; at = open.pop()) {
      const { slot } = at;
      if (frame.states[slot] !== OPEN) continue;
      const isKnown = frame.pending[slot] === 0;
      if (frame.taken[slot]! > 0 && (isKnown || goesWithFirst(at))) {
        frame.states[slot] = STARTED;
        this.#work.push({ kind: 'node', step: { planned: at, frame } });
      } else if (isKnown) {
        frame.states[slot] = ENDED;
        frame.remaining -= 1;
        this.skipped.push({ planned: at, frame });
        for (const { to } of at.outgoing) {
          frame.pending[to.slot]! -= 1;
          open.push(to);
        }
      }
    }
  }

  #end({ planned, frame }: Step): void {
    frame.states[planned.slot] = ENDED;
    frame.remaining -= 1;
    frame.active -= 1;
  }

  #stop(frame: Frame, fault: Fault): void {
    frame.fault ??= fault;
    const { loop } = frame;
    if (!loop || loop.step.planned.node.continueOnError) return;
    loop.fault ??= fault;
    if (!wayAfterFailure(loop.step.planned)) this.#stop(loop.step.frame, fault);
  }

  #endFrameIfOver(frame: Frame): void {
    const isOver = frame.remaining === 0 || (frame.active === 0 && this.isStopped(frame));
    if (!isOver || frame.isOver) return;
    frame.isOver = true;
    if (frame.remaining > 0) this.#skipRest(frame);
    const { loop } = frame;
    if (!loop) {
      this.isOver = true;
      return;
    }
    loop.open -= 1;
    if (frame.fault && !loop.fault) loop.faults.set(frame.iteration.at(-1)!, frame.fault);
    if (loop.next < loop.count && !loop.fault && !this.isStopped(loop.step.frame)) this.#openIteration(loop);
    this.#endLoopIfOver(loop);
  }

  #skipRest(frame: Frame): void {
    for (const planned of frame.scope.nodes) {
      if (frame.states[planned.slot] === ENDED) continue;
      frame.states[planned.slot] = ENDED;
      this.skipped.push({ planned, frame });
    }
    frame.remaining = 0;
  }

  #endLoopIfOver(loop: Loop): void {
    if (loop.open > 0) return;
    const isStopped = this.isStopped(loop.step.frame);
    if (loop.next < loop.count && !loop.fault && !isStopped) return;
    // Of what was stopped around it, nothing is done any more.
    if (isStopped) this.abandon(loop.step);
    else this.#work.push({ kind: 'loop', step: loop.step, fault: loop.fault });
  }
}

const goesWithFirst = ({ role }: PlannedNode) => role.goesWithFirst;

/** One node in one iteration. */
export const keyOf = ({ planned, frame }: Step): string => stepKey(planned.node.id, frame.iteration);

/** No id has a NUL, so that none is that of another node in an iteration. */
export const stepKey = (nodeKey: string, iteration: readonly number[]): string =>
  iteration.length === 0 ? nodeKey : `${nodeKey}\0${iteration.join('.')}`;
