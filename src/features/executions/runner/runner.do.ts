import { DurableObject } from 'cloudflare:workers';
import { describeError, logEvent } from '../../../core/log.ts';
import { parseEnv, type Env } from '../../../env.ts';
import { isEnded } from '../events.ts';
import { control } from './control.ts';
import { Desk } from './desk.ts';
import { newFacts } from './new-facts.ts';
import { listLogs, listNodes, watch, type LogPage, type NodePage } from './reading.ts';
import { answered } from './parking.ts';
import { RecentIds } from './recent-ids.ts';
import { isUnknownOpen, takeOn } from './take-on.ts';
import { refreshLimits, tick, wakeRuns } from './upkeep.ts';
import type { ControlAction, Controlled, LiveExecution, LiveLog, LiveNode, QueueState, RunSpec } from './types.ts';
import { objectPrefix } from './values.ts';

/**
 * Runs the executions of one workspace, which is its name. Everything that one of them must not lose stands in its own
 * storage until the database has it; after a restart it goes on from there. One after another it lets begin as many as
 * may run at once.
 */
export class ExecutionRunner extends DurableObject<Record<string, unknown>> {
  readonly #env: Env;
  readonly #recent = new RecentIds();
  #known: Desk | null = null;

  constructor(state: DurableObjectState, env: Record<string, unknown>) {
    super(state, env);
    this.#env = parseEnv(env);
  }

  /**
   * Takes an execution on, once; null for one that has ended before.
   * @param waitMs for so long at most the answer waits for the end
   */
  async start(spec: RunSpec, waitMs = 0): Promise<LiveExecution | null> {
    const desk = this.#desk;
    const { executionId } = spec;
    const known = desk.facts.get(executionId);
    if (known) return desk.describe(known);
    if (
      this.#recent.mayHave(executionId, spec.createdAt) &&
      !(await isUnknownOpen(desk, this.#workspaceId, executionId))
    )
      return null;
    const meanwhile = desk.facts.get(executionId);
    if (meanwhile) return desk.describe(meanwhile);
    desk.setLimits(spec.limits);
    const facts = newFacts(spec);
    await takeOn(desk, spec, facts);
    return waitMs > 0 ? this.wait(executionId, waitMs) : this.describe(executionId);
  }

  /** Looks after executions that nobody has heard of for a while; takes those on that never came here. */
  async wake(executionIds: string[]): Promise<void> {
    await wakeRuns(this.#desk, this.#workspaceId, executionIds);
  }

  async control(executionId: string, action: ControlAction, reason: string | null): Promise<Controlled> {
    return control(this.#desk, this.#workspaceId, executionId, action, reason);
  }

  describe(executionId: string): LiveExecution | null {
    const facts = this.#desk.facts.get(executionId);
    return facts ? this.#desk.describe(facts) : null;
  }

  describeAll(): QueueState {
    const desk = this.#desk;
    const { admission } = desk;
    const rest = [...desk.facts.values()].filter(
      ({ status, isReturning, parked }) => status !== 'pending' && !isReturning && !parked?.isTold,
    );
    return {
      running: rest.filter(({ status }) => !isEnded(status)).map((facts) => desk.describe(facts)),
      waiting: admission.waiting.map((facts, at) => desk.describe(facts, at)),
      ended: rest.filter(({ status }) => isEnded(status)).map((facts) => ({ ...desk.describe(facts), output: null })),
      parked: desk.parkedCount,
      limit: admission.limits.workspace,
    };
  }

  /** Those of them that are here. */
  describeSome(executionIds: string[]): LiveExecution[] {
    const desk = this.#desk;
    return executionIds.flatMap((id) => desk.facts.get(id) ?? []).map((facts) => desk.describe(facts));
  }

  /** Somebody has answered what an execution waits for, which the database has by now. */
  answered(executionId: string, waitId: string): boolean {
    const desk = this.#desk;
    answered(desk, executionId, waitId);
    desk.admit();
    return desk.facts.has(executionId);
  }

  async nodes(executionId: string, page: NodePage): Promise<LiveNode[] | null> {
    return listNodes(this.#desk, executionId, page);
  }

  async logs(executionId: string, page: LogPage): Promise<LiveLog[] | null> {
    return listLogs(this.#desk, executionId, page);
  }

  /** An execution when it has ended, or after so long; null for one that is not here. */
  async wait(executionId: string, ms: number): Promise<LiveExecution | null> {
    const desk = this.#desk;
    const facts = desk.facts.get(executionId);
    if (!facts) return null;
    if (!isEnded(facts.status)) await desk.awaitEnd(executionId, ms);
    const live = desk.describe(facts);
    if (live.outputObjectKey === null) return live;
    return { ...live, output: JSON.parse(await desk.values.readObject(live.outputObjectKey)) };
  }

  /** Has everything that happens to an execution told on its channel, and what has happened; whether it is here. */
  async watch(executionId: string): Promise<boolean> {
    return watch(this.#desk, executionId);
  }

  /** The executions were deleted: they go on no more, and nothing is kept of them. */
  async forget(executionIds: string[]): Promise<void> {
    for (const id of executionIds) this.#desk.drop(id);
    for (const id of executionIds) await this.#desk.values.forget(objectPrefix(this.#workspaceId, id));
  }

  async settingsChanged(): Promise<void> {
    await refreshLimits(this.#desk, this.#workspaceId);
  }

  override async alarm(): Promise<void> {
    try {
      this.#desk.clock.rang();
      await tick(this.#desk, this.#workspaceId);
    } catch (error) {
      // One that throws is tried six times and then forgotten, and with it every alarm after it.
      logEvent('error', 'execution_alarm_failed', { error: describeError(error) });
      this.#desk.clock.wakeAt(Date.now() + 10_000);
    }
  }

  get #workspaceId(): string {
    return this.ctx.id.name!;
  }

  /** Made when it is first asked for, since what had begun goes on then. */
  get #desk(): Desk {
    if (this.#known) return this.#known;
    const desk = (this.#known = new Desk(this.ctx, this.#env, this.#workspaceId, {
      tick: () => this.ctx.waitUntil(tick(desk, this.#workspaceId)),
      recorded: (runIds) => this.#recent.add(runIds),
    }));
    desk.recover();
    return desk;
  }
}
