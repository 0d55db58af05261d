import type { Ctx } from '../../../context.ts';
import type { ExecutionStatus, JsonObject } from '../../../db/schema/index.ts';
import { NodeError, type NodeLogLevel, type NodeMeans, type NodeOutcome } from '../../nodes/index.ts';
import type { Plan } from '../engine/plan.ts';
import { keyOf, RunState, wayAfterFailure, type Fault, type Step } from '../engine/run-state.ts';
import type { NodeRow, RunFacts, Value } from './facts.ts';
import { endOnFault, nextAttempt, retriesOf, toFault } from './faults.ts';
import type { Journal } from './journal.ts';
import { openedLoop } from './loop-values.ts';
import { restOf, type Rest } from './resting.ts';
import { RunLog } from './run-log.ts';
import { RunLoops } from './run-loops.ts';
import { joinOutput } from './run-output.ts';
import type { ScopeSource } from './run-scope.ts';
import { RunWaits, type WaitMeans } from './run-waits.ts';
import { NODE_RUNS_LIMIT, NodeBook } from './node-book.ts';
import { factsOfScope, runNode } from './node-run.ts';
import { turnOf } from './tape.ts';
import { effectIn, turnsOf } from './turns.ts';
import type { LiveLog, RunSpec } from './types.ts';
import { objectPrefix, type Values } from './values.ts';

/** Nodes of one execution that run at once. */
const NODES_AT_ONCE = 16;
/** After so many nodes others have a turn, and what was written reaches the disk. */
const NODES_PER_TURN = 100;

/** What an execution needs of its runner. */
export type RunMeans = {
  journal: Journal;
  values: Values;
  /** Acts for whoever started the execution. @throws {NodeError} where they may not any more */
  ctxFor(spec: RunSpec): Promise<Ctx>;
  /** Sees to it that `wakeUp` is called then. */
  wakeAt(at: number): void;
  nodeChanged(run: ActiveRun, row: NodeRow): void;
  logged(run: ActiveRun, line: LiveLog): void;
  /** Nothing of it runs, though it is not over: somebody has paused it. */
  rested(run: ActiveRun): void;
  ended(run: ActiveRun): void;
  /** All of it waits. */
  resting(run: ActiveRun): void;
  waits: WaitMeans;
};

type Attempt = { row: NodeRow; controller: AbortController };

/** An execution that has begun: goes from node to node as its state tells, and writes down what became of each. */
export class ActiveRun {
  readonly facts: RunFacts;
  readonly spec: RunSpec;
  readonly plan: Plan;
  readonly book: NodeBook;
  readonly log: RunLog;
  isOver = false;
  readonly #means: RunMeans;
  readonly #state: RunState;
  readonly #variables: JsonObject;
  readonly #loops: RunLoops;
  readonly #waiting: RunWaits;
  readonly #attempts = new Map<string, Attempt>();
  #turns = 0;

  constructor(means: RunMeans, facts: RunFacts, spec: RunSpec, plan: Plan, found: NodeRow[]) {
    this.#means = means;
    this.facts = facts;
    this.spec = spec;
    this.plan = plan;
    this.log = new RunLog(means.journal, facts.executionId, (line) => means.logged(this, line));
    const { journal, values } = means;
    this.book = new NodeBook(facts, { journal, values, changed: (row) => means.nodeChanged(this, row) }, found);
    this.#variables = this.book.variablesOf(spec.variables);
    this.#state = new RunState(plan);
    const host = {
      id: facts.executionId,
      facts,
      spec,
      state: this.#state,
      book: this.book,
      values,
      means: means.waits,
      objectKey: (row: NodeRow) => this.#objectKey(row),
      work: (step: Step, row: NodeRow, work: (controller: AbortController) => Promise<() => void>) =>
        this.#work(step, row, work),
      turnOf: (row: NodeRow, signal: AbortSignal) => turnOf(spec, () => means.ctxFor(spec), row, signal),
      complete: (step: Step, row: NodeRow, port: string, text: string | null | undefined) =>
        this.#complete(step, row, port, text),
      fail: (step: Step, row: NodeRow, error: unknown) => this.#fail(step, row, error),
      wakeAt: (at: number) => means.wakeAt(at),
      saveFacts: () => journal.saveRun(facts),
    };
    this.#loops = new RunLoops(host);
    this.#waiting = new RunWaits(host);
  }

  get id(): string {
    return this.facts.executionId;
  }

  /** Whether a node of it was at work when its runner went away. */
  get wasBusy(): boolean {
    const found = [...this.book.found.values()];
    const isWaiting = ({ wakeAt, wait }: NodeRow) => wakeAt !== null || Boolean(wait);
    const isAtWork = found.some((row) => row.status === 'running' && !isWaiting(row) && !row.loop);
    return isAtWork || !found.some(isWaiting);
  }

  /** What runs now. */
  get currentNode(): string | null {
    const [attempt] = this.#attempts.values();
    return attempt?.row.nodeKey ?? this.rest?.node ?? null;
  }

  /** Why nothing goes on, and until when; null where something does. */
  get rest(): Rest | null {
    return this.#attempts.size > 0 ? null : restOf(this.#waiting);
  }

  /** When something of it goes on by itself. */
  get nextWake(): number | null {
    return this.#waiting.nextAt;
  }

  /** Goes on wherever it can. */
  drive(): void {
    endOnFault(this, () => {
      while (!this.isOver && this.facts.status === 'running' && this.#attempts.size < NODES_AT_ONCE) {
        const work = this.#state.next();
        if (!work) break;
        if (work.kind === 'loop') void this.#loops.end(work.step, work.fault);
        else this.#begin(work.step);
      }
      this.#noteSkipped();
      turnsOf(this.spec)?.note(this.#attempts.size);
      if (this.isOver || this.#attempts.size > 0) return;
      if (this.#state.isOver) void this.#finish();
      else if (this.facts.status !== 'running') this.#means.rested(this);
      else if (this.#waiting.size > 0) this.#means.resting(this);
    });
  }

  /** Whatever was to wait until now goes on. */
  wakeUp(now: number): void {
    if (this.isOver || this.facts.status !== 'running') return;
    const due = this.#waiting.takeDue(now);
    if (due.length === 0) return;
    for (const { step, row } of due) {
      if (row.wait) void this.#waiting.settle(step, row);
      else if (row.status === 'retry')
        void this.#attempt(step, { ...row, attempt: row.attempt + 1, status: 'running' });
      else endOnFault(this, () => this.#complete(step, row, row.port ?? 'output', undefined));
    }
    this.drive();
  }

  /** What a node waits for may have come. */
  answered(id: string): void {
    if (!this.isOver) this.#waiting.answered(id);
  }

  /** Ends it from outside: what runs is given up, and what has not begun will not. */
  end(status: ExecutionStatus, fault: Fault): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const { controller } of this.#attempts.values()) controller.abort(new Error(fault.message));
    for (const row of this.book.all()) if (row.rank === null && row.status !== 'skipped') this.#skip(row);
    this.#waiting.clear();
    this.#attempts.clear();
    this.#noteSkipped();
    const { rows, found } = this.book;
    for (const planned of this.plan.root.nodes) {
      if (!rows.has(planned.node.id) && !found.has(planned.node.id))
        this.book.skipStep({ planned, frame: this.#state.root });
    }
    this.#end(status, fault);
  }

  /** Nobody wants it any more: what runs is given up, and nothing is written down. */
  abandon(): void {
    this.isOver = true;
    for (const { rank, wait } of this.book.all()) if (rank === null && wait) this.#means.waits.withdraw(wait);
    for (const { controller } of this.#attempts.values()) controller.abort(new Error('not wanted any more'));
    this.#attempts.clear();
    this.#waiting.clear();
  }

  #begin(step: Step): void {
    const { node } = step.planned;
    const found = this.book.takeFound(step);
    if (found) return this.#takeUp(step, found);
    if (node.isDisabled) {
      this.book.passThrough(step, this.spec.input);
      return this.#state.complete(step, 'output');
    }
    if (this.book.isFull) {
      const error = new NodeError('too_many_nodes', `An execution runs at most ${NODE_RUNS_LIMIT} nodes.`);
      return this.#fail(step, this.book.open(step), error);
    }
    void this.#attempt(step, this.book.open(step));
  }

  /** What an earlier runner has come to with a node. */
  #takeUp(step: Step, row: NodeRow): void {
    // What came in is not in the record that it was read from.
    if (row.sources.length === 0) this.book.readSources(step, row);
    const { loop } = row;
    const body = step.planned.body;
    if (row.rank !== null) {
      if (loop && body) this.#state.totalNodes += body.nodes.length * loop.count;
      if (row.status === 'failed' && row.port === null) this.#stopAt(step, row.error!);
      else this.#state.complete(step, row.port ?? '');
    } else if (row.wait) {
      void this.#waiting.settle(step, row);
    } else if (row.wakeAt !== null) {
      this.#waiting.add(step, row, row.wakeAt);
    } else if (loop && body) {
      void this.#loops.reopen(step, row);
    } else if (effectIn(this.spec, step.planned.node) === 'unsafe') {
      const message = 'The node was interrupted, and is not repeated: what it does may have been done.';
      this.#fail(step, row, new NodeError('interrupted_unsafe', message));
    } else {
      void this.#attempt(step, { ...row, attempt: row.attempt + 1 });
    }
  }

  #attempt(step: Step, row: NodeRow): Promise<void> {
    row.wakeAt = row.waitReason = row.wait = null;
    this.book.rows.set(keyOf(step), row);
    return this.#work(step, row, async (controller, isGone) => {
      this.#turns += 1;
      if (this.#turns % NODES_PER_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      if (isGone()) return () => {};
      const sources = this.book.readSources(step, row);
      // That it has begun is on the disk before anything of it leaves.
      this.book.begin(row, effectIn(this.spec, step.planned.node));
      const ctx = await this.#means.ctxFor(this.spec);
      const log: NodeMeans['log'] = (level, message, context) => {
        if (!isGone()) this.#logOf(row, level, message, context);
      };
      const means = { spec: this.spec, scope: this.#scopeSource(), waits: this.#waiting, controller, log };
      let outcome = await runNode(ctx, { ...means, step, row, sources });
      if (outcome.kind === 'call') outcome = (await this.#waiting.call(ctx, step, outcome.call, isGone)) ?? outcome;
      const opened = outcome.kind === 'done' && step.planned.body ? openedLoop(outcome.output) : null;
      const value = await this.#means.values.keep(this.#objectKey(row), opened ? opened.items : outcome.output);
      this.book.count(value.bytes, outcome);
      return () => this.#take(step, row, outcome, value);
    });
  }

  /** Does something for a node; what comes of it counts if the node is still wanted then. */
  async #work(
    step: Step,
    row: NodeRow,
    work: (controller: AbortController, isGone: () => boolean) => Promise<() => void>,
  ): Promise<void> {
    const key = keyOf(step);
    const attempt: Attempt = { row, controller: new AbortController() };
    this.#attempts.set(key, attempt);
    const isGone = () => this.#attempts.get(key) !== attempt;
    const apply = await work(attempt.controller, isGone).catch((error: unknown) => () => this.#fail(step, row, error));
    if (isGone()) return;
    this.#attempts.delete(key);
    endOnFault(this, apply);
    this.drive();
  }

  #take(step: Step, row: NodeRow, outcome: NodeOutcome, value: Value): void {
    row.bytes = value.bytes;
    row.objectKey = value.objectKey;
    if (outcome.kind === 'wait' || outcome.kind === 'call') return this.#waiting.begin(step, row, outcome);
    if (outcome.kind === 'sleep') {
      row.wakeAt = outcome.until;
      row.waitReason = 'schedule';
      this.book.write(row, value.text);
      return this.#waiting.add(step, row, outcome.until);
    }
    const { costUsd, metadata, variables, port } = outcome;
    this.book.addCost(row, costUsd);
    row.metadata = metadata ?? null;
    row.variables = variables ?? null;
    if (step.planned.body) this.#loops.open(step, row, outcome.output, value.text);
    else this.#complete(step, row, port ?? 'output', value.text);
  }

  /** @param text left out where it is written already */
  #complete(step: Step, row: NodeRow, port: string, text: string | null | undefined): void {
    this.book.close(row, 'completed', port);
    Object.assign(this.#variables, row.variables);
    if (this.facts.crashes > 0) {
      this.facts.crashes = 0;
      this.#means.journal.saveRun(this.facts);
    }
    this.book.write(row, text);
    this.#state.complete(step, port);
  }

  /** Tries it again later, goes on by the way for failures, or ends what depends on it. */
  #fail(step: Step, row: NodeRow, error: unknown): void {
    const { planned } = step;
    const fault = toFault(error, planned.node.id, this.id);
    // What a replay has no record of was given up where something had failed, and is again.
    if (fault.code === 'not_recorded' && this.#state.isStopped(step.frame)) return this.#state.abandon(step);
    const effect = effectIn(this.spec, planned.node);
    const again = row.loop ? null : nextAttempt(error, fault, row.attempt, retriesOf(planned, effect));
    if (again && !this.#state.isStopped(step.frame)) {
      row.status = 'retry';
      row.error = fault;
      row.wakeAt = Date.now() + again.inMs;
      row.waitReason = again.reason;
      this.book.write(row);
      this.#logOf(row, 'warning', fault.message, { code: fault.code, attempt: row.attempt, again_in_ms: again.inMs });
      return this.#waiting.add(step, row, row.wakeAt);
    }
    const way = wayAfterFailure(planned);
    this.book.close(row, 'failed', way);
    row.error = fault;
    const { code, message, nodeKey, details } = fault;
    const text = way && JSON.stringify({ error: { code, message, node_id: nodeKey, details } });
    if (text !== null || !row.loop) {
      row.bytes = text === null ? 0 : Buffer.byteLength(text);
      row.objectKey = null;
    }
    // The items of a loop that failed stay, for when it is taken up again.
    this.book.write(row, row.loop && text === null ? undefined : text);
    this.#logOf(row, 'error', message, { code, attempt: row.attempt });
    if (way) this.#state.complete(step, way);
    else this.#stopAt(step, fault);
  }

  /** Nothing new begins where it failed; and what only waits there waits no longer. */
  #stopAt(step: Step, fault: Fault): void {
    this.#state.fail(step, fault);
    const stopped = this.#waiting.drop(({ frame }) => this.#state.isStopped(frame));
    for (const waiting of stopped) this.#state.abandon(waiting);
  }

  #skip(row: NodeRow): void {
    if (row.wait) this.#means.waits.withdraw(row.wait);
    this.book.skip(row);
  }

  #noteSkipped(): void {
    for (const step of this.#state.skipped.splice(0)) this.book.skipStep(step);
  }

  async #finish(): Promise<void> {
    this.isOver = true;
    const { fault } = this.#state;
    let output: Value | null = null;
    try {
      if (!fault)
        output = await joinOutput(this.#means.values, this.id, this.plan, this.book.rows, this.#objectKey(null));
      if (output) this.#means.journal.saveOutput(this.id, output);
      this.#end(fault ? 'failed' : 'completed', fault);
    } catch (error) {
      this.#end('failed', toFault(error, null, this.id));
    }
  }

  #end(status: ExecutionStatus, fault: Fault | null): void {
    const now = Date.now();
    Object.assign(this.facts, {
      status,
      error: fault,
      completedAt: now,
      updatedAt: now,
      totalNodes: this.#state.totalNodes,
    });
    const took = { duration_ms: now - (this.facts.startedAt ?? now) };
    const level: NodeLogLevel = status === 'completed' || status === 'cancelled' ? 'info' : 'error';
    this.log.add(level, null, [], `Execution ${status}`, fault ? { ...took, code: fault.code } : took);
    this.#means.journal.saveRun(this.facts);
    this.#means.ended(this);
  }

  #logOf(row: NodeRow, level: NodeLogLevel, message: string, context: JsonObject | undefined): void {
    this.log.add(level, row.nodeKey, row.iteration, message, context ?? null);
  }

  #objectKey(row: NodeRow | null): string {
    return `${objectPrefix(this.spec.workspaceId, this.id)}${row ? row.order : 'output'}.json`;
  }

  #scopeSource(): ScopeSource {
    return {
      runId: this.id,
      plan: this.plan,
      rows: this.book.rows,
      values: this.#means.values,
      facts: factsOfScope(this.spec, this.#variables, this.facts.startedAt),
      itemsOf: (key) => this.#loops.itemsOf(key),
    };
  }
}
