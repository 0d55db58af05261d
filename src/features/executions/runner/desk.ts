import { describeError, logEvent } from '../../../core/log.ts';
import { createSystemCtx, type Ctx } from '../../../context.ts';
import { SECOND } from '../../../core/time.ts';
import type { Env } from '../../../env.ts';
import { PlanError, type Plan } from '../engine/plan.ts';
import type { Fault } from '../engine/run-state.ts';
import { isEnded } from '../events.ts';
import { Recorder } from '../record/recorder.ts';
import { ActiveRun, type RunMeans } from './active-run.ts';
import { Admission, type Limits } from './admission.ts';
import { Announcer } from './announcer.ts';
import { Clock } from './clock.ts';
import type { NodeRow, RunFacts } from './facts.ts';
import { retryPauseMs } from './faults.ts';
import { Initiators } from './initiators.ts';
import { Journal } from './journal.ts';
import { NodePieces, toLive, toLiveNode } from './live-view.ts';
import { Plans } from './plans.ts';
import { answered, creditRest, leaveRest, park } from './parking.ts';
import { keptRows, resetFacts } from './retry.ts';
import type { LiveExecution, RunSpec } from './types.ts';
import { Values } from './values.ts';
import { WaitDesk } from './wait-desk.ts';

/** Restarts in the middle of a node that an execution survives. */
const CRASHES_LIMIT = 3;

const EMPTY_PLAN: Plan = { nodes: new Map(), root: { loop: null, nodes: [], ends: [] } };

/** The executions of one workspace that have not ended, or of which the database does not know it yet. */
export class Desk {
  readonly ctx: Ctx;
  readonly journal: Journal;
  readonly values: Values;
  readonly admission: Admission;
  readonly announcer: Announcer;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly facts = new Map<string, RunFacts>();
  readonly runs = new Map<string, ActiveRun>();
  /** Executions that hold no place, since all of each waits. */
  parkedCount = 0;
  readonly #plans = new Plans();
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #runMeans: RunMeans;
  readonly #onRecorded: (runIds: string[]) => void;

  constructor(
    state: DurableObjectState,
    env: Env,
    workspaceId: string,
    hooks: { tick: () => void; recorded: (runIds: string[]) => void },
  ) {
    const waitUntil = (promise: Promise<unknown>) => state.waitUntil(promise);
    this.ctx = createSystemCtx(env, 'execution-runner', waitUntil);
    this.journal = new Journal(state.storage);
    this.values = new Values(this.journal, env.STORAGE);
    this.announcer = new Announcer(this.ctx);
    this.clock = new Clock(state.storage, hooks.tick);
    this.#onRecorded = hooks.recorded;
    this.admission = new Admission(
      this.journal.noted<Limits>('limits') ?? {
        workspace: env.EXECUTIONS_PER_WORKSPACE,
        isPaused: false,
        isEngineRunning: true,
      },
    );
    const { clock, journal, values } = this;
    const initiators = new Initiators(env, waitUntil);
    this.recorder = new Recorder({
      ctx: this.ctx,
      workspaceId,
      journal,
      values,
      factsOf: (runId) => this.facts.get(runId),
      specOf: (runId) => this.runs.get(runId)?.spec ?? this.journal.specOf(runId),
      planOf: (spec) => this.#plans.of(spec),
      recorded: (runIds) => this.#forget(runIds),
      wakeAt: (at) => clock.wakeAt(at),
    });
    this.#runMeans = {
      journal,
      values,
      ctxFor: (spec) => initiators.ctxFor(spec),
      wakeAt: (at) => clock.wakeAt(at),
      nodeChanged: (run, row) => this.#nodeChanged(run, row),
      logged: ({ facts }, log) => this.announcer.tell(facts, { kind: 'log', log }),
      rested: ({ facts }) => {
        this.admission.giveWay(facts);
        queueMicrotask(() => this.admit());
      },
      ended: (run) => this.#ended(run),
      resting: (run) => park(this, run),
      waits: new WaitDesk(this, workspaceId),
    };
  }

  setLimits({ workspace, isPaused, isEngineRunning }: Limits): void {
    const { limits } = this.admission;
    if (limits.workspace === workspace && limits.isPaused === isPaused && limits.isEngineRunning === isEngineRunning)
      return;
    this.admission.limits = { workspace, isPaused, isEngineRunning };
    this.journal.note('limits', this.admission.limits);
  }

  /** Takes an execution on; it begins as soon as it may. */
  take(spec: RunSpec, facts: RunFacts): void {
    this.facts.set(facts.executionId, facts);
    this.journal.addRun(facts, spec);
    if (facts.status === 'pending') this.admission.enqueue(facts);
    this.admit(spec);
  }

  /** Lets begin whatever may. @param fresh the spec of one that is at hand */
  admit(fresh: RunSpec | null = null): void {
    for (let facts = this.admission.admit(Date.now()); facts; facts = this.admission.admit(Date.now())) {
      const run = this.runs.get(facts.executionId) ?? this.activate(facts, fresh);
      this.#begin(run);
    }
    const { nextBegin } = this.admission;
    if (nextBegin !== null) this.clock.wakeAt(nextBegin);
  }

  /** An execution with all that is known of it, ready to go on. */
  activate(facts: RunFacts, fresh: RunSpec | null = null): ActiveRun {
    const { run, fault } = this.#load(facts, fresh);
    this.runs.set(facts.executionId, run);
    if (fault) run.end('failed', fault);
    return run;
  }

  /** The same to be looked at alone, where it is not to be kept at hand. */
  peek(facts: RunFacts): ActiveRun {
    const known = this.runs.get(facts.executionId);
    return known ?? (facts.parked ? this.#load(facts, null).run : this.activate(facts));
  }

  #load(facts: RunFacts, fresh: RunSpec | null) {
    const { executionId } = facts;
    const isNew = fresh?.executionId === executionId;
    const spec = isNew ? fresh : this.journal.specOf(executionId);
    let plan = EMPTY_PLAN;
    let fault: Fault | null = null;
    try {
      plan = this.#plans.of(spec);
    } catch (error) {
      fault = faultOfPlan(error);
    }
    const run = new ActiveRun(this.#runMeans, facts, spec, plan, isNew ? [] : this.journal.nodesOf(executionId));
    if (isNew) run.log.begin();
    return { run, fault };
  }

  #begin(run: ActiveRun): void {
    if (run.isOver) return;
    const { facts } = run;
    const now = Date.now();
    const isFirst = facts.startedAt === null;
    facts.status = 'running';
    facts.isReturning = false;
    creditRest(facts, now);
    facts.startedAt ??= now;
    facts.updatedAt = now;
    facts.notBefore = null;
    if (facts.timeoutSeconds !== null) facts.timeoutAt ??= now + facts.timeoutSeconds * SECOND;
    facts.totalNodes = run.plan.root.nodes.length;
    this.journal.saveRun(facts);
    if (facts.timeoutAt !== null) this.clock.wakeAt(facts.timeoutAt);
    run.log.add('info', null, [], isFirst ? 'Execution started' : 'Execution goes on', null);
    const execution = this.describe(facts);
    this.announcer.tell(facts, { kind: 'execution', execution });
    if (isFirst) this.announcer.tellUser(facts, { kind: 'execution', execution });
    // Whoever starts it need not wait for its first nodes.
    setTimeout(() => run.drive(), 0);
  }

  /** After a restart: everything goes on where the journal says that it was. */
  recover(): void {
    for (const facts of this.journal.runs()) {
      // What was about to be told may not have been; all of it is once somebody asks again.
      facts.isWatched = false;
      this.facts.set(facts.executionId, facts);
      // Of before this was noted: one that was paused in its midst.
      const keepsKey = facts.keepsKey ?? (facts.status === 'paused' && facts.startedAt !== null);
      if (facts.isReturning || (keepsKey && !isEnded(facts.status))) this.admission.holdKey(facts);
      if (facts.parked) this.#keepParked(facts);
      else if (facts.status === 'pending' || facts.isReturning) this.admission.enqueue(facts);
      else if (facts.status === 'running') this.#resume(facts);
      else if (isEnded(facts.status)) {
        this.recorder.add(facts.executionId);
        this.announcer.tellUser(facts, { kind: 'execution', execution: this.describe(facts) });
      }
    }
    this.admit();
  }

  #keepParked(facts: RunFacts): void {
    this.parkedCount += 1;
    this.admission.holdKey(facts);
    this.clock.wakeAt(Math.min(facts.parked!.wakeAt ?? Infinity, facts.nextCheckAt));
  }

  #resume(facts: RunFacts): void {
    this.admission.occupy(facts);
    const run = this.activate(facts);
    if (run.isOver) return;
    if (facts.timeoutAt !== null) this.clock.wakeAt(facts.timeoutAt);
    if (run.wasBusy) facts.crashes += 1;
    if (facts.crashes > CRASHES_LIMIT) {
      const message = `The execution was interrupted ${facts.crashes} times at the same place.`;
      return run.end('failed', { code: 'runner_crashed', message, nodeKey: null, details: {}, isRetryable: false });
    }
    if (run.wasBusy) {
      this.journal.saveRun(facts);
      run.log.add('warning', null, [], 'Execution goes on after an interruption', { interruptions: facts.crashes });
    }
    // That is to be on the disk before whatever has brought the runner down is tried again.
    setTimeout(() => run.drive(), 0);
  }

  #nodeChanged({ facts, plan, id, spec }: ActiveRun, row: NodeRow): void {
    if (!facts.isWatched) return;
    const rows = row.sources.length === 0 ? [row] : [...(this.runs.get(id)?.book.all() ?? [row])];
    const node = toLiveNode(id, plan, row, new NodePieces(id, spec, plan, this.values, rows));
    this.announcer.tell(facts, { kind: 'node', node });
    this.announcer.tell(facts, { kind: 'execution', execution: this.describe(facts) });
  }

  #ended(run: ActiveRun): void {
    const { facts } = run;
    this.admission.release(facts);
    this.admission.remove(facts);
    leaveRest(this, facts);
    facts.isReturning = false;
    const canHeal = facts.status === 'failed' && facts.error?.isRetryable === true;
    if (canHeal && facts.autoRetry && facts.retryCount < facts.maxRetries) {
      this.retry(run, Date.now() + retryPauseMs(facts.retryCount));
    } else {
      const execution = this.describe(facts);
      this.announcer.tell(facts, { kind: 'execution', execution });
      this.announcer.tellUser(facts, { kind: 'execution', execution });
      this.recorder.add(facts.executionId);
      for (const resolve of this.#waiters.get(facts.executionId) ?? []) resolve();
      if (facts.parentId !== null) answered(this, facts.parentId, facts.executionId);
    }
    // What is next begins when this one has settled.
    queueMicrotask(() => this.admit());
  }

  /** An execution that has ended begins once more. */
  retry({ id, facts, plan }: ActiveRun, notBefore: number | null): void {
    this.recorder.remove(id);
    const rows = this.journal.nodesOf(id);
    resetFacts(facts, notBefore);
    const kept = new Map(keptRows(plan, rows).map((row) => [row.order, row]));
    for (const { order } of rows) {
      const row = kept.get(order);
      if (row) this.journal.saveNode(id, row);
      else this.journal.forgetNode(id, order);
    }
    this.journal.saveRun(facts);
    this.runs.delete(id);
    this.admission.enqueue(facts);
  }

  describe(facts: RunFacts, position?: number): LiveExecution {
    const run = this.runs.get(facts.executionId);
    if (facts.status === 'pending') {
      return toLive(facts, { currentNode: null, waits: this.admission.waitOf(facts, Date.now(), position) });
    }
    if (facts.status === 'completed') {
      const output = this.journal.outputOf(facts.executionId);
      const value: unknown = output?.text ? JSON.parse(output.text) : null;
      return toLive(facts, {
        currentNode: null,
        waits: null,
        output: value,
        outputObjectKey: output?.objectKey ?? null,
      });
    }
    if (facts.status === 'paused') {
      return toLive(facts, {
        currentNode: run?.currentNode ?? null,
        waits: { reason: 'pause', until: null, position: null },
      });
    }
    if (facts.isReturning) {
      return toLive(facts, { currentNode: null, waits: this.admission.waitOf(facts, Date.now(), position) });
    }
    const rest = facts.parked ?? run?.rest;
    return toLive(facts, {
      currentNode: facts.parked?.node ?? run?.currentNode ?? null,
      waits: rest ? { reason: rest.reason, until: rest.until, position: null } : null,
    });
  }

  /** Resolves when an execution has ended, or after so long. */
  async awaitEnd(executionId: string, ms: number): Promise<void> {
    const waiters = this.#waiters.get(executionId) ?? new Set();
    this.#waiters.set(executionId, waiters);
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        waiters.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      waiters.add(end);
    });
    if (waiters.size === 0 && this.#waiters.get(executionId) === waiters) this.#waiters.delete(executionId);
  }

  #forget(runIds: string[]): void {
    const kept = runIds.filter((runId) => !isEnded(this.facts.get(runId)?.status ?? 'completed'));
    const gone = runIds.filter((runId) => !kept.includes(runId));
    this.journal.forget(gone);
    for (const runId of gone) {
      this.facts.delete(runId);
      this.runs.delete(runId);
    }
    this.#onRecorded(gone);
  }

  /** Nothing is kept of an execution that was deleted. */
  drop(executionId: string): void {
    const facts = this.facts.get(executionId);
    const run = this.runs.get(executionId);
    const waits = facts?.parked?.open ?? [];
    this.recorder.remove(executionId);
    if (facts) {
      this.admission.release(facts);
      this.admission.remove(facts);
      leaveRest(this, facts);
    }
    run?.abandon();
    this.facts.delete(executionId);
    this.runs.delete(executionId);
    this.journal.forget([executionId]);
    for (const wait of waits) this.#runMeans.waits.withdraw(wait);
    // Whoever has called it hears that it is gone.
    if (facts && facts.parentId !== null && !isEnded(facts.status)) answered(this, facts.parentId, executionId);
    for (const resolve of this.#waiters.get(executionId) ?? []) resolve();
    queueMicrotask(() => this.admit());
  }
}

function faultOfPlan(error: unknown): Fault {
  if (!(error instanceof PlanError)) logEvent('error', 'plan_failed', { error: describeError(error) });
  const message =
    error instanceof PlanError ? `The definition cannot be run: ${error.message}.` : 'The definition cannot be run.';
  return { code: 'invalid_definition', message, nodeKey: null, details: {}, isRetryable: false };
}
