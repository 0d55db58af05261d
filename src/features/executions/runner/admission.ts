import type { WaitReason } from '../../nodes/index.ts';
import type { RunFacts } from './facts.ts';

/** What keeps executions of a workspace from beginning. */
export type Limits = { workspace: number; isPaused: boolean; isEngineRunning: boolean };

/** Why an execution waits, until when if that is known, and how many are before it, itself included. */
export type Wait = { reason: WaitReason; until: number | null; position: number | null };

/**
 * Executions that want a place, in the order in which they get one: the higher priority first, then those that have had
 * one before, then the older one. One whose workflow has enough running, or whose key is taken, lets others pass.
 */
export class Admission {
  limits: Limits;
  readonly #waiting: RunFacts[] = [];
  readonly #running = new Map<string, RunFacts>();
  readonly #ofWorkflow = new Map<string, number>();
  /** Whose they are. */
  readonly #keys = new Map<string, string>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get running(): Iterable<RunFacts> {
    return this.#running.values();
  }

  get waiting(): readonly RunFacts[] {
    return this.#waiting;
  }

  enqueue(facts: RunFacts): void {
    let [from, to] = [0, this.#waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (isBefore(this.#waiting[middle]!, facts)) from = middle + 1;
      else to = middle;
    }
    this.#waiting.splice(from, 0, facts);
  }

  /** Takes one out that will not begin now. */
  remove(facts: RunFacts): void {
    const at = this.#waiting.indexOf(facts);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  occupy(facts: RunFacts): void {
    if (this.#running.has(facts.executionId)) return;
    this.#running.set(facts.executionId, facts);
    this.#ofWorkflow.set(facts.workflowId, (this.#ofWorkflow.get(facts.workflowId) ?? 0) + 1);
    this.holdKey(facts);
  }

  /** One that waits is still the one of its key. */
  holdKey({ concurrencyKey, executionId }: RunFacts): void {
    if (concurrencyKey !== null && !this.#keys.has(concurrencyKey)) this.#keys.set(concurrencyKey, executionId);
  }

  /** Whether no other one of its key may begin. */
  holds({ concurrencyKey, executionId }: RunFacts): boolean {
    return concurrencyKey !== null && this.#keys.get(concurrencyKey) === executionId;
  }

  release(facts: RunFacts): void {
    const { concurrencyKey, executionId } = facts;
    this.giveWay(facts);
    if (concurrencyKey !== null && this.#keys.get(concurrencyKey) === executionId) this.#keys.delete(concurrencyKey);
  }

  /** Lets another one have its place, and keeps its key. */
  giveWay(facts: RunFacts): void {
    if (!this.#running.delete(facts.executionId)) return;
    const left = this.#ofWorkflow.get(facts.workflowId)! - 1;
    if (left > 0) this.#ofWorkflow.set(facts.workflowId, left);
    else this.#ofWorkflow.delete(facts.workflowId);
  }

  /** Takes the next that may begin now; null where none may. */
  admit(now: number): RunFacts | null {
    if (this.#running.size >= this.limits.workspace) return null;
    const at = this.#waiting.findIndex((facts) => this.#reasonOf(facts, now) === null);
    if (at < 0) return null;
    const [facts] = this.#waiting.splice(at, 1);
    this.occupy(facts!);
    return facts!;
  }

  waitOf(facts: RunFacts, now: number, at = this.#waiting.indexOf(facts)): Wait {
    // One that would begin now does so at the next moment.
    const reason = this.#reasonOf(facts, now) ?? 'workspace_limit';
    return { reason, until: reason === 'retry' ? facts.notBefore : null, position: at < 0 ? null : at + 1 };
  }

  /** When one may begin that nothing but time keeps from it. */
  get nextBegin(): number | null {
    let next: number | null = null;
    for (const { notBefore } of this.#waiting) {
      if (notBefore !== null && (next === null || notBefore < next)) next = notBefore;
    }
    return next;
  }

  #reasonOf(facts: RunFacts, now: number): WaitReason | null {
    const { notBefore, workflowId, workflowLimit, concurrencyKey, executionId } = facts;
    if (!this.limits.isEngineRunning) return 'engine_stopped';
    if (this.limits.isPaused) return 'pause';
    if (notBefore !== null && notBefore > now) return 'retry';
    if (this.#running.size >= this.limits.workspace) return 'workspace_limit';
    if (workflowLimit !== null && (this.#ofWorkflow.get(workflowId) ?? 0) >= workflowLimit) return 'workflow_limit';
    const holder = concurrencyKey === null ? undefined : this.#keys.get(concurrencyKey);
    if (holder !== undefined && holder !== executionId) return 'previous_run';
    return null;
  }
}

const isBefore = (one: RunFacts, other: RunFacts): boolean =>
  one.priority !== other.priority
    ? one.priority > other.priority
    : Boolean(one.isReturning) !== Boolean(other.isReturning)
      ? one.isReturning
      : one.createdAt !== other.createdAt
        ? one.createdAt < other.createdAt
        : one.executionId < other.executionId;
