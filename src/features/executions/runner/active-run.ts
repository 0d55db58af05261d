import type { Ctx } from '../../../context.ts';
import { fromPico, toPico } from '../../../core/decimal.ts';
import type { ExecutionStatus, JsonObject } from '../../../db/schema/index.ts';
import {
  executeNode,
  findNodeType,
  NodeError,
  type NodeLogLevel,
  type NodeOutcome,
  type WaitReason,
} from '../../nodes/index.ts';
import type { Plan } from '../engine/plan.ts';
import { effectOfNode } from './plans.ts';
import { keyOf, RunState, stepKey, wayAfterFailure, type Fault, type Step } from '../engine/run-state.ts';
import type { NodeRow, RunFacts, Value } from './facts.ts';
import { nextAttempt, retriesOf, toFault } from './faults.ts';
import type { Journal } from './journal.ts';
import { joinLoop, openedLoop } from './loop-values.ts';
import { RunLog } from './run-log.ts';
import { joinOutput } from './run-output.ts';
import { buildScope, sourcesOf } from './run-scope.ts';
import { timeoutOf, withTimeout } from './node-timeout.ts';
import type { LiveLog, RunSpec } from './types.ts';
import { objectPrefix, type Values } from './values.ts';

/** Nodes of one execution that run at once. */
const NODES_AT_ONCE = 16;

/** Node runs of one execution, those of all iterations together. */
const NODE_RUNS_LIMIT = 20_000;

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
  ended(run: ActiveRun): void;
};

type Waiting = { step: Step; row: NodeRow; at: number };

type Attempt = { step: Step; row: NodeRow; controller: AbortController };

/** An execution that has begun: goes from node to node as its state tells, and writes down what became of each. */
export class ActiveRun {
  readonly facts: RunFacts;
  readonly spec: RunSpec;
  readonly plan: Plan;
  readonly rows = new Map<string, NodeRow>();
  readonly log: RunLog;
  readonly #means: RunMeans;
  readonly #state: RunState;
  readonly #variables: JsonObject;
  readonly #items = new Map<string, readonly unknown[]>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #found: Map<string, NodeRow>;
  #lastOrder = 0;
  #lastRank = 0;
  #turns = 0;
  #isOver = false;

  constructor(means: RunMeans, facts: RunFacts, spec: RunSpec, plan: Plan, found: NodeRow[]) {
    this.#means = means;
    this.facts = facts;
    this.spec = spec;
    this.plan = plan;
    this.log = new RunLog(means.journal, facts.executionId, (line) => means.logged(this, line));
    this.#variables = { ...spec.variables };
    this.#found = new Map(found.map((row) => [stepKey(row.nodeKey, row.iteration), row]));
    for (const row of found.toSorted((one, other) => (one.rank ?? 0) - (other.rank ?? 0))) {
      Object.assign(this.#variables, row.variables);
      this.#lastOrder = Math.max(this.#lastOrder, row.order);
      this.#lastRank = Math.max(this.#lastRank, row.rank ?? 0);
    }
    facts.completedNodes = found.filter(({ status }) => status === 'completed').length;
    facts.failedNodes = found.filter(({ status }) => status === 'failed').length;
    facts.costUsd = fromPico(found.reduce((sum, { costUsd }) => sum + toPico(costUsd), 0n));
    this.#state = new RunState(plan);
  }

  get id(): string {
    return this.facts.executionId;
  }

  /** Whether a node of it was at work when its runner went away. */
  get wasBusy(): boolean {
    const found = [...this.#found.values()];
    const isAtWork = found.some(({ status, wakeAt, loop }) => status === 'running' && wakeAt === null && !loop);
    return isAtWork || !found.some(({ wakeAt }) => wakeAt !== null);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What became of its nodes, in the order in which they began. */
  allRows(): NodeRow[] {
    return [...this.rows.values(), ...this.#found.values()].toSorted((one, other) => one.order - other.order);
  }

  /** What runs now. */
  get currentNode(): string | null {
    const [attempt] = this.#attempts.values();
    return (attempt ?? this.#waiting.values().next().value)?.row.nodeKey ?? null;
  }

  /** Why nothing goes on, and until when; null where something does. */
  get waits(): { reason: WaitReason; until: number } | null {
    if (this.#attempts.size > 0 || this.#waiting.size === 0) return null;
    const [first] = [...this.#waiting.values()].toSorted((one, other) => one.at - other.at);
    return { reason: (first!.row.waitReason ?? 'schedule') as WaitReason, until: first!.at };
  }

  /** When something of it is due. */
  get nextWake(): number | null {
    let next: number | null = null;
    for (const { at } of this.#waiting.values()) if (next === null || at < next) next = at;
    return next;
  }

  /** Goes on wherever it can. */
  drive(): void {
    while (!this.#isOver && this.facts.status === 'running' && this.#attempts.size < NODES_AT_ONCE) {
      const work = this.#state.next();
      if (!work) break;
      if (work.kind === 'loop') void this.#endLoop(work.step, work.fault);
      else this.#begin(work.step);
    }
    this.#noteSkipped();
    if (this.#state.isOver && !this.#isOver && this.#attempts.size === 0) void this.#finish();
  }

  /** Whatever was to wait until now goes on. */
  wakeUp(now: number): void {
    if (this.#isOver || this.facts.status !== 'running') return;
    for (const [key, { step, row, at }] of this.#waiting) {
      if (at > now) continue;
      this.#waiting.delete(key);
      if (row.status === 'retry') void this.#attempt(step, { ...row, attempt: row.attempt + 1, status: 'running' });
      else this.#complete(step, row, row.port ?? 'output', undefined);
    }
    this.drive();
  }

  /** Ends it from outside: what runs is given up, and what has not begun will not. */
  end(status: ExecutionStatus, fault: Fault): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { row, controller } of this.#attempts.values()) {
      controller.abort(new Error(fault.message));
      this.#skip(row);
    }
    for (const { row } of this.#waiting.values()) this.#skip(row);
    for (const row of this.#found.values()) if (row.rank === null) this.#skip(row);
    this.#attempts.clear();
    this.#waiting.clear();
    this.#noteSkipped();
    for (const planned of this.plan.root.nodes) {
      if (!this.rows.has(planned.node.id) && !this.#found.has(planned.node.id))
        this.#addSkipped({ planned, frame: this.#state.root });
    }
    this.#end(status, fault);
  }

  /** Nobody wants it any more: what runs is given up, and nothing is written down. */
  abandon(): void {
    this.#isOver = true;
    for (const { controller } of this.#attempts.values()) controller.abort(new Error('not wanted any more'));
    this.#attempts.clear();
    this.#waiting.clear();
  }

  #begin(step: Step): void {
    const { node } = step.planned;
    const found = this.#found.get(keyOf(step));
    if (found) return this.#takeUp(step, found);
    if (node.isDisabled) return this.#passThrough(step);
    if (this.rows.size >= NODE_RUNS_LIMIT) {
      const error = new NodeError('too_many_nodes', `An execution runs at most ${NODE_RUNS_LIMIT} nodes.`);
      return this.#fail(step, this.#newRow(step), error);
    }
    void this.#attempt(step, this.#newRow(step));
  }

  /** What an earlier runner has come to with a node. */
  #takeUp(step: Step, row: NodeRow): void {
    const key = keyOf(step);
    this.#found.delete(key);
    this.rows.set(key, row);
    const { loop } = row;
    const body = step.planned.body;
    if (row.rank !== null) {
      if (loop && body) this.#state.totalNodes += body.nodes.length * loop.count;
      if (row.status === 'failed' && row.port === null) this.#stopAt(step, row.error!);
      else this.#state.complete(step, row.port ?? '');
    } else if (row.wakeAt !== null) {
      this.#waiting.set(key, { step, row, at: row.wakeAt });
      this.#means.wakeAt(row.wakeAt);
    } else if (loop && body) {
      void this.#reopenLoop(step, row);
    } else if (effectOfNode(step.planned.node) === 'unsafe') {
      const message = 'The node was interrupted, and is not repeated: what it does may have been done.';
      this.#fail(step, row, new NodeError('interrupted_unsafe', message));
    } else {
      void this.#attempt(step, { ...row, attempt: row.attempt + 1 });
    }
  }

  async #attempt(step: Step, row: NodeRow): Promise<void> {
    const key = keyOf(step);
    const { node } = step.planned;
    const attempt: Attempt = { step, row, controller: new AbortController() };
    this.#attempts.set(key, attempt);
    const isGone = () => this.#attempts.get(key) !== attempt;
    row.wakeAt = row.waitReason = null;
    this.rows.set(key, row);
    try {
      const type = findNodeType(node.type);
      if (!type) throw new NodeError('unknown_type', `There is no node type ${node.type}.`);
      this.#turns += 1;
      if (this.#turns % NODES_PER_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      if (isGone()) return;
      const sources = sourcesOf(this.rows, step);
      row.sources = sources.map(({ order }) => order);
      if (effectOfNode(node) !== 'pure') {
        this.#means.journal.saveNode(this.id, row);
        this.#means.nodeChanged(this, row);
      }
      const ctx = await this.#means.ctxFor(this.spec);
      const scope = await buildScope(this.#scopeSource(), step, sources);
      if (isGone()) return;
      const outcome = await withTimeout(timeoutOf(node), attempt.controller, (signal) =>
        executeNode(type, node.config, {
          ctx,
          scope,
          key: `${this.id}/${key}`,
          attempt: row.attempt,
          signal,
          log: (level, message, context) => this.#logOf(row, level, message, context),
          grantedVariables: this.spec.isForeign ? this.spec.grantedVariables : null,
        }),
      );
      if (isGone()) return;
      const opened = outcome.kind === 'done' && step.planned.body ? openedLoop(outcome.output) : null;
      const kept = await this.#means.values.keep(this.#objectKey(row), opened ? opened.items : outcome.output);
      if (isGone()) return;
      this.#attempts.delete(key);
      this.#take(step, row, outcome, kept);
    } catch (error) {
      if (isGone()) return;
      this.#attempts.delete(key);
      this.#fail(step, row, error);
    }
    this.drive();
  }

  #take(step: Step, row: NodeRow, outcome: NodeOutcome, value: Value): void {
    row.bytes = value.bytes;
    row.objectKey = value.objectKey;
    if (outcome.kind === 'sleep') {
      row.wakeAt = outcome.until;
      row.waitReason = 'schedule';
      this.#write(row, value.text);
      this.#waiting.set(keyOf(step), { step, row, at: outcome.until });
      this.#means.wakeAt(outcome.until);
      return;
    }
    const { costUsd, metadata, variables, port } = outcome;
    row.costUsd = costUsd ?? '0';
    row.metadata = metadata ?? null;
    row.variables = variables ?? null;
    if (costUsd) this.facts.costUsd = fromPico(toPico(this.facts.costUsd) + toPico(costUsd));
    if (step.planned.body) {
      const { items, parallelism } = openedLoop(outcome.output);
      row.loop = { count: items.length, parallelism };
      this.#items.set(keyOf(step), items);
      this.#write(row, value.text);
      this.#state.openLoop(step, items.length, parallelism);
    } else {
      this.#complete(step, row, port ?? 'output', value.text);
    }
  }

  /** @param text left out where it is written already */
  #complete(step: Step, row: NodeRow, port: string, text: string | null | undefined): void {
    this.#close(row, 'completed', port);
    Object.assign(this.#variables, row.variables);
    this.facts.completedNodes += 1;
    if (this.facts.crashes > 0) {
      this.facts.crashes = 0;
      this.#means.journal.saveRun(this.facts);
    }
    this.#write(row, text);
    this.#state.complete(step, port);
  }

  /** Tries it again later, goes on by the way for failures, or ends what depends on it. */
  #fail(step: Step, row: NodeRow, error: unknown): void {
    const { planned } = step;
    const fault = toFault(error, planned.node.id, this.id);
    const effect = effectOfNode(planned.node);
    const again = row.loop ? null : nextAttempt(error, fault, row.attempt, retriesOf(planned, effect));
    this.rows.set(keyOf(step), row);
    if (again && !this.#state.isStopped(step.frame)) {
      row.status = 'retry';
      row.error = fault;
      row.wakeAt = Date.now() + again.inMs;
      row.waitReason = again.reason;
      this.#write(row);
      this.#logOf(row, 'warning', fault.message, { code: fault.code, attempt: row.attempt, again_in_ms: again.inMs });
      this.#waiting.set(keyOf(step), { step, row, at: row.wakeAt });
      this.#means.wakeAt(row.wakeAt);
      return;
    }
    const way = wayAfterFailure(planned);
    this.#close(row, 'failed', way);
    row.error = fault;
    this.facts.failedNodes += 1;
    const { code, message, nodeKey, details } = fault;
    const text = way && JSON.stringify({ error: { code, message, node_id: nodeKey, details } });
    if (text !== null || !row.loop) {
      row.bytes = text === null ? 0 : Buffer.byteLength(text);
      row.objectKey = null;
    }
    // The items of a loop that failed stay, for when it is taken up again.
    this.#write(row, row.loop && text === null ? undefined : text);
    this.#logOf(row, 'error', message, { code, attempt: row.attempt });
    if (way) this.#state.complete(step, way);
    else this.#stopAt(step, fault);
  }

  /** Nothing new begins where it failed; and what only waits there waits no longer. */
  #stopAt(step: Step, fault: Fault): void {
    this.#state.fail(step, fault);
    for (const [key, waiting] of this.#waiting) {
      if (!this.#state.isStopped(waiting.step.frame)) continue;
      this.#waiting.delete(key);
      this.#state.abandon(waiting.step);
    }
  }

  async #reopenLoop(step: Step, row: NodeRow): Promise<void> {
    const key = keyOf(step);
    const attempt: Attempt = { step, row, controller: new AbortController() };
    this.#attempts.set(key, attempt);
    try {
      const items = (await this.#means.values.read(this.id, row)) as unknown[] | null;
      if (this.#attempts.get(key) !== attempt) return;
      this.#items.set(key, items ?? []);
      this.#attempts.delete(key);
      this.#state.openLoop(step, row.loop!.count, row.loop!.parallelism);
    } catch (error) {
      if (this.#attempts.get(key) !== attempt) return;
      this.#attempts.delete(key);
      this.#fail(step, row, error);
    }
    this.drive();
  }

  async #endLoop(step: Step, fault: Fault | null): Promise<void> {
    const key = keyOf(step);
    const row = this.rows.get(key)!;
    const attempt: Attempt = { step, row, controller: new AbortController() };
    this.#attempts.set(key, attempt);
    try {
      if (fault)
        throw new NodeError(fault.code, fault.message, { details: { ...fault.details, node_id: fault.nodeKey } });
      const { values } = this.#means;
      const faults = this.#state.faultsOf(step);
      const output = await joinLoop({
        runId: this.id,
        values,
        rows: this.rows,
        step,
        faults,
        items: this.#items.get(key)!,
      });
      const value = await values.keep(this.#objectKey(row), output);
      if (this.#attempts.get(key) !== attempt) return;
      this.#attempts.delete(key);
      row.bytes = value.bytes;
      row.objectKey = value.objectKey;
      this.#complete(step, row, 'done', value.text);
    } catch (error) {
      if (this.#attempts.get(key) !== attempt) return;
      this.#attempts.delete(key);
      this.#fail(step, row, error);
    }
    this.#items.delete(key);
    this.drive();
  }

  /** A node that is switched off lets through what comes in. */
  #passThrough(step: Step): void {
    const row = this.#newRow(step);
    const sources = sourcesOf(this.rows, step);
    row.sources = sources.map(({ order }) => order);
    this.#close(row, 'skipped', 'output');
    this.rows.set(keyOf(step), row);
    const [only] = sources;
    const text = only ? this.#means.values.textOf(this.id, only.order) : JSON.stringify(this.spec.input);
    row.bytes = sources.length === 1 ? only!.bytes : text === null ? 0 : Buffer.byteLength(text);
    row.objectKey = only?.objectKey ?? null;
    this.#write(row, text);
    this.#state.complete(step, 'output');
  }

  #noteSkipped(): void {
    for (const step of this.#state.skipped.splice(0)) {
      const row = this.rows.get(keyOf(step));
      if (row) this.#skip(row);
      else this.#addSkipped(step);
    }
  }

  #skip(row: NodeRow): void {
    row.status = 'skipped';
    row.wakeAt = row.waitReason = null;
    row.completedAt = Date.now();
    this.#write(row);
  }

  #addSkipped(step: Step): void {
    if (this.rows.size >= NODE_RUNS_LIMIT) return;
    const row = { ...this.#newRow(step), startedAt: null };
    this.rows.set(keyOf(step), row);
    this.#skip(row);
  }

  async #finish(): Promise<void> {
    this.#isOver = true;
    const { fault } = this.#state;
    let output: Value | null = null;
    try {
      if (!fault) output = await joinOutput(this.#means.values, this.id, this.plan, this.rows, this.#objectKey(null));
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

  #newRow({ planned, frame }: Step): NodeRow {
    this.#lastOrder += 1;
    return {
      order: this.#lastOrder,
      nodeKey: planned.node.id,
      iteration: frame.iteration,
      status: 'running',
      attempt: 1,
      port: null,
      costUsd: '0',
      error: null,
      startedAt: Date.now(),
      completedAt: null,
      wakeAt: null,
      waitReason: null,
      rank: null,
      sources: [],
      variables: null,
      metadata: null,
      loop: null,
      bytes: 0,
      objectKey: null,
    };
  }

  #close(row: NodeRow, status: 'completed' | 'failed' | 'skipped', port: string | null): void {
    this.#lastRank += 1;
    Object.assign(row, { status, port, rank: this.#lastRank, completedAt: Date.now(), wakeAt: null, waitReason: null });
    if (status === 'completed') row.error = null;
  }

  #write(row: NodeRow, text?: string | null): void {
    this.facts.updatedAt = Date.now();
    this.#means.journal.saveNode(this.id, row, text);
    if (text) this.#means.values.hold(this.id, row.order, text);
    this.#means.nodeChanged(this, row);
  }

  #logOf(row: NodeRow, level: NodeLogLevel, message: string, context: JsonObject | undefined): void {
    this.log.add(level, row.nodeKey, row.iteration, message, context ?? null);
  }

  #objectKey(row: NodeRow | null): string {
    return `${objectPrefix(this.spec.workspaceId, this.id)}${row ? row.order : 'output'}.json`;
  }

  #scopeSource() {
    const { spec, id, plan, rows } = this;
    return {
      runId: id,
      plan,
      rows,
      values: this.#means.values,
      facts: {
        trigger: spec.input,
        context: spec.context,
        variables: this.#variables,
        execution: {
          id,
          workflow_id: spec.workflowId,
          user_id: spec.userId,
          started_at: new Date(this.facts.startedAt ?? Date.now()).toISOString(),
        },
      },
      itemsOf: (key: string) => this.#items.get(key) ?? [],
    };
  }
}
