import type { BatchItem } from 'drizzle-orm/batch';
import { describeError, logEvent } from '../../../core/log.ts';
import { MINUTE, SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { isDatabaseUnavailable } from '../../../db/errors.ts';
import { together } from '../../../db/together.ts';
import { dispatchLetters } from '../../mail/index.ts';
import type { Plan } from '../engine/plan.ts';
import { judgeReplays } from '../replay/judge.ts';
import type { RunFacts } from '../runner/facts.ts';
import type { Journal } from '../runner/journal.ts';
import { NodePieces } from '../runner/live-view.ts';
import type { RunSpec } from '../runner/types.ts';
import type { Values } from '../runner/values.ts';
import { closeWaitsOf } from '../waits/queries.ts';
import { letterOf, queueOnce } from './letters.ts';
import * as queries from './queries.ts';
import { executionRow, logRow, nodeRow } from './rows.ts';

/** Executions that are written together. */
const RUNS_AT_ONCE = 50;

/** What one batch of statements takes, in characters; of an execution that has more, the nodes go before. */
const BATCH_LENGTH = 4_000_000;

export type RecorderMeans = {
  ctx: Ctx;
  workspaceId: string;
  journal: Journal;
  values: Values;
  factsOf(runId: string): RunFacts | undefined;
  specOf(runId: string): RunSpec;
  planOf(spec: RunSpec): Plan;
  /** They are in the database: everything else of them may go. */
  recorded(runIds: string[]): void;
  /** Sees to it that `record` is called then. */
  wakeAt(at: number): void;
};

/**
 * Writes executions that have ended to the database, one batch after another, and as many in each as have ended meanwhile.
 * To write the same again changes nothing, so whatever is not known to have arrived is written again.
 */
export class Recorder {
  readonly #means: RecorderMeans;
  readonly #open = new Set<string>();
  #isBusy = false;
  #failures = 0;
  #notBefore = 0;

  constructor(means: RecorderMeans) {
    this.#means = means;
  }

  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  add(runId: string): void {
    this.#open.add(runId);
    this.record();
  }

  remove(runId: string): void {
    this.#open.delete(runId);
  }

  /** Begins to write what there is, unless that is being done, or is to wait. */
  record(): void {
    if (this.#isBusy || this.#open.size === 0 || Date.now() < this.#notBefore) return;
    this.#isBusy = true;
    this.#means.ctx.waitUntil(this.#recordAll().finally(() => (this.#isBusy = false)));
  }

  async #recordAll(): Promise<void> {
    // Those that end in the same moment are written together.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (this.#open.size > 0) {
      const runIds = [...this.#open].slice(0, RUNS_AT_ONCE);
      try {
        await this.#write(runIds).catch((error: unknown) => this.#writeEach(runIds, error));
        this.#failures = 0;
      } catch (error) {
        return this.#waitOut(error);
      }
    }
  }

  /** One of them cannot be written: which, each finds out by itself. */
  async #writeEach(runIds: string[], failure: unknown): Promise<void> {
    if (isDatabaseUnavailable(failure)) throw failure;
    for (const runId of runIds) {
      await this.#write([runId]).catch(async (error: unknown) => {
        if (isDatabaseUnavailable(error)) throw error;
        await this.#writeBare(runId, error);
      });
    }
  }

  #waitOut(error: unknown): void {
    this.#failures += 1;
    const inMs = Math.min(SECOND * 2 ** (this.#failures - 1), MINUTE);
    this.#notBefore = Date.now() + inMs;
    this.#means.wakeAt(this.#notBefore);
    logEvent('warn', 'executions_not_recorded', {
      count: this.#open.size,
      again_in_ms: inMs,
      error: describeError(error),
    });
  }

  async #write(runIds: string[]): Promise<void> {
    const { ctx, workspaceId, journal } = this.#means;
    const { db } = ctx;
    const known = runIds.flatMap((runId) => this.#means.factsOf(runId) ?? []);
    const times = new Map(known.map(({ executionId, retryCount }) => [executionId, retryCount]));
    const nodes = new Portions(async (rows) => void (await queries.recordExecutions(db, workspaceId, { nodes: rows })));
    const logs = new Portions(async (rows) => void (await queries.recordExecutions(db, workspaceId, { logs: rows })));
    const again = known.filter(({ retryCount }) => retryCount > 0).map(({ executionId }) => executionId);
    if (again.length > 0) await queries.deleteNodes(db, workspaceId, again);
    const ended: string[] = [];
    const letters: { id: string; statement: BatchItem<'pg'> }[] = [];
    const replays: string[] = [];
    for (const facts of known) {
      const { executionId } = facts;
      const spec = this.#means.specOf(executionId);
      await this.#addNodes(executionId, spec, nodes);
      for (const line of journal.logsOf(executionId)) await logs.add(logRow(executionId, line));
      ended.push(executionRow(facts, facts.status === 'completed' ? journal.outputOf(executionId) : null));
      const letter = letterOf(spec, facts);
      if (spec.origin.triggerType === 'replay') replays.push(executionId);
      if (letter) letters.push({ id: letter.id, statement: queueOnce(ctx, letter, spec) });
    }
    const waited = known.filter(({ hasWaited }) => hasWaited).map(({ executionId }) => executionId);
    const [recorded] = await together(db, [
      queries.recordExecutions(db, workspaceId, {
        ended: `[${ended.join(',')}]`,
        nodes: nodes.rest,
        logs: logs.rest,
      }),
      ...letters.map(({ statement }) => statement),
      ...(waited.length > 0 ? [closeWaitsOf(db, waited)] : []),
    ]);
    // One that was taken up again meanwhile has ended anew, or will.
    this.#done(
      runIds.filter((runId) => (this.#means.factsOf(runId)?.retryCount ?? times.get(runId)) === times.get(runId)),
    );
    await this.#fire((recorded as { rows: queries.EndedRow[] }).rows);
    // Else the sweep does it.
    if (replays.length > 0) ctx.waitUntil(judgeReplays(ctx, replays).catch(() => {}));
    if (letters.length > 0)
      await dispatchLetters(
        ctx,
        letters.map(({ id }) => id),
      );
  }

  /** Wakes what is to act on the events; a sweep finds those whose message is lost. */
  async #fire(ended: queries.EndedRow[]): Promise<void> {
    const firings = ended.flatMap(({ firings }) => firings ?? []);
    if (firings.length === 0) return;
    await this.#means.ctx.jobs.send('event.fire', ...firings.map((firingId) => ({ firingId })));
  }

  async #addNodes(executionId: string, spec: RunSpec, nodes: Portions): Promise<void> {
    const { journal, values } = this.#means;
    const rows = journal.nodesOf(executionId);
    if (rows.length === 0) return;
    const plan = this.#means.planOf(spec);
    const pieces = new NodePieces(executionId, spec, plan, values, rows);
    for (const row of rows) await nodes.add(nodeRow(executionId, plan, row, pieces));
  }

  /** What the database refuses is left out, and the execution says so: it must not stay open for ever. */
  async #writeBare(runId: string, error: unknown): Promise<void> {
    logEvent('error', 'execution_not_recorded', { execution_id: runId, error: describeError(error) });
    const { ctx, workspaceId } = this.#means;
    const facts = this.#means.factsOf(runId);
    if (facts) {
      const message = 'The execution ended, but what it gave could not be stored.';
      const fault = { code: 'not_recorded', message, nodeKey: null, details: {}, isRetryable: false };
      const row = executionRow({ ...facts, status: 'failed', error: fault }, null);
      await queries.recordExecutions(ctx.db, workspaceId, { ended: `[${row}]` });
    }
    this.#done([runId]);
  }

  #done(runIds: string[]): void {
    for (const runId of runIds) this.#open.delete(runId);
    this.#means.recorded(runIds);
  }
}

/** Rows for a statement; so many that one statement would be too long are sent off before. */
class Portions {
  readonly #send: (rows: string) => Promise<void>;
  #rows: string[] = [];
  #length = 0;

  constructor(send: (rows: string) => Promise<void>) {
    this.#send = send;
  }

  get rest(): string | null {
    return this.#rows.length === 0 ? null : `[${this.#rows.join(',')}]`;
  }

  async add(row: string): Promise<void> {
    if (this.#length + row.length > BATCH_LENGTH && this.rest) {
      await this.#send(this.rest);
      this.#rows = [];
      this.#length = 0;
    }
    this.#rows.push(row);
    this.#length += row.length;
  }
}
