import { describeError, logEvent } from '../../../core/log.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import { NodeError, type NewWait, type NodeOutcome, type WorkflowCall } from '../../nodes/index.ts';
import { digestUuid } from '../../../core/ids.ts';
import { keyOf, type RunState, type Step } from '../engine/run-state.ts';
import type { NodeRow, OpenWait, RunFacts } from './facts.ts';
import type { NodeBook } from './node-book.ts';
import type { Waiting } from './resting.ts';
import type { RunSpec } from './types.ts';
import type { Values } from './values.ts';

/** Whoever could not be asked is asked again after so long. */
const AGAIN_MS = 10 * SECOND;

/** How what was waited for has ended: the way by which the node goes on, and what it gives. */
export type Settled = { port: string; output: unknown; metadata?: JsonObject };

/** What waiting nodes need of their runner. */
export type WaitMeans = {
  /** Writes down what a node waits for, and tells those who may answer; done again it changes nothing. */
  open(spec: RunSpec, place: { id: string; nodeKey: string; iteration: number[] }, wait: NewWait): Promise<void>;
  /** Starts another workflow as a part of this execution; done again it changes nothing. */
  call(ctx: Ctx, spec: RunSpec, place: { id: string; nodeKey: string }, call: WorkflowCall): Promise<void>;
  /**
   * Null for what is still waited for. @param isDue whether its time is over, which ends it
   * @throws {NodeError} where it has come to nothing
   */
  settle(wait: OpenWait, isDue: boolean): Promise<Settled | null>;
  /** Nobody waits for it any more. */
  withdraw(wait: OpenWait): void;
};

type WaitHost = {
  facts: RunFacts;
  spec: RunSpec;
  state: RunState;
  book: NodeBook;
  values: Values;
  means: WaitMeans;
  objectKey(row: NodeRow): string;
  work(step: Step, row: NodeRow, work: () => Promise<() => void>): Promise<void>;
  complete(step: Step, row: NodeRow, port: string, text: string | null | undefined): void;
  fail(step: Step, row: NodeRow, error: unknown): void;
  wakeAt(at: number): void;
  saveFacts(): void;
};

/** The nodes of an execution that have begun and wait: for a time, for somebody, or for another execution. */
export class RunWaits {
  readonly #host: WaitHost;
  readonly #all = new Map<string, Waiting & { step: Step }>();
  /** What was answered before its node came to wait. */
  readonly #early = new Set<string>();

  constructor(host: WaitHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<Waiting & { step: Step }> {
    return this.#all.values();
  }

  /** Where something has failed meanwhile, nothing waits. */
  add(step: Step, row: NodeRow, at: number | null): void {
    const { state, means } = this.#host;
    if (state.isStopped(step.frame)) {
      if (row.wait) means.withdraw(row.wait);
      return state.abandon(step);
    }
    this.#all.set(keyOf(step), { step, row, at });
    if (at !== null) this.#host.wakeAt(at);
  }

  clear(): void {
    this.#all.clear();
  }

  /** When the first of them goes on by itself. */
  get nextAt(): number | null {
    const times = [...this.#all.values()].flatMap(({ at }) => at ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Takes out those for which it is time. */
  takeDue(now: number): (Waiting & { step: Step })[] {
    const due = [...this.#all.values()].filter(({ at }) => at !== null && at <= now);
    for (const { step } of due) this.#all.delete(keyOf(step));
    return due;
  }

  /** Of these nobody hears any more. */
  drop(which: (step: Step) => boolean): Step[] {
    const dropped = [...this.#all.values()].filter(({ step }) => which(step));
    for (const { step, row } of dropped) {
      this.#all.delete(keyOf(step));
      if (row.wait) this.#host.means.withdraw(row.wait);
    }
    return dropped.map(({ step }) => step);
  }

  /** The id of what a node opens: the same whenever it does, and another one once the execution has been taken up again. */
  idOf({ planned, frame }: Step): string {
    const { executionId, retryCount } = this.#host.facts;
    return digestUuid(executionId, 'wait', retryCount, planned.node.id, ...frame.iteration);
  }

  async open(step: Step, wait: NewWait): Promise<void> {
    this.#note();
    const place = { id: this.idOf(step), nodeKey: step.planned.node.id, iteration: step.frame.iteration };
    await this.#host.means.open(this.#host.spec, place, wait);
  }

  /** Begins what a node calls. @returns what it has given, where nobody waits for its end */
  async call(ctx: Ctx, step: Step, call: WorkflowCall, isGone: () => boolean): Promise<NodeOutcome | null> {
    this.#note();
    const { means, spec } = this.#host;
    const id = this.idOf(step);
    await means.call(ctx, spec, { id, nodeKey: step.planned.node.id }, call);
    if (!call.isAwaited) return { kind: 'done', output: { execution_id: id }, metadata: { execution_id: id } };
    if (isGone()) means.withdraw({ kind: 'call', id });
    return null;
  }

  /** A node has opened what it waits for. */
  begin(step: Step, row: NodeRow, outcome: Exclude<NodeOutcome, { kind: 'done' | 'sleep' }>): void {
    const isCall = outcome.kind === 'call';
    row.wait = { kind: isCall ? 'call' : outcome.reason, id: this.idOf(step) };
    row.wakeAt = isCall ? null : outcome.until;
    row.waitReason = isCall ? 'sub_workflow' : outcome.reason;
    if (isCall) row.metadata = { execution_id: row.wait.id, workflow_id: outcome.call.workflowId };
    this.#host.book.write(row, null);
    // What is called may have ended before.
    if (isCall || this.#early.has(row.wait.id)) void this.settle(step, row);
    else this.add(step, row, row.wakeAt);
  }

  /** Somebody has answered, or a called execution has ended. */
  answered(id: string): void {
    const found = [...this.#all.values()].find(({ row }) => row.wait?.id === id);
    if (!found) return void this.#early.add(id);
    this.#all.delete(keyOf(found.step));
    void this.settle(found.step, found.row);
  }

  /** Goes on with what it waits for, if that has come. */
  settle(step: Step, row: NodeRow): Promise<void> {
    const { book, values, means, objectKey } = this.#host;
    const wait = row.wait!;
    return this.#host.work(step, row, async () => {
      try {
        const isDue = row.wakeAt !== null && row.wakeAt <= Date.now();
        const settled = await means.settle(wait, isDue);
        if (!settled) return () => (this.#early.delete(wait.id) ? void this.settle(step, row) : this.#wait(step, row));
        if (settled.port === 'timeout') requireWay(step);
        const value = await values.keep(objectKey(row), settled.output);
        book.count(value.bytes);
        return () => {
          row.bytes = value.bytes;
          row.objectKey = value.objectKey;
          row.metadata = settled.metadata ? { ...row.metadata, ...settled.metadata } : row.metadata;
          row.wait = null;
          this.#host.complete(step, row, settled.port, value.text);
        };
      } catch (error) {
        if (error instanceof NodeError && !error.isRetryable) {
          return () => {
            row.wait = null;
            this.#host.fail(step, row, error);
          };
        }
        logEvent('warn', 'wait_not_settled', { node_id: row.nodeKey, error: describeError(error) });
        return () => {
          book.write(row);
          this.add(step, row, Date.now() + AGAIN_MS);
        };
      }
    });
  }

  #wait(step: Step, row: NodeRow): void {
    // What is due and not settled is being answered at this moment.
    const isOver = row.wakeAt !== null && row.wakeAt <= Date.now();
    this.add(step, row, isOver ? Date.now() + SECOND : row.wakeAt);
  }

  #note(): void {
    if (this.#host.facts.hasWaited) return;
    this.#host.facts.hasWaited = true;
    this.#host.saveFacts();
  }
}

/** Time that has run out is no end that a definition could have meant where it leads nowhere. */
function requireWay({ planned }: Step): void {
  if (planned.outgoing.some(({ fromPort }) => fromPort === 'timeout')) return;
  throw new NodeError('not_answered', 'Nobody has answered in time.');
}
