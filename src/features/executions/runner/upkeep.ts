import { MINUTE, SECOND } from '../../../core/time.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { isEnded } from '../events.ts';
import { BY_REQUEST } from '../origin.ts';
import { loadLimits, loadStored, type Stored } from '../record/load.ts';
import { findDeleted, recordExecutions, touchExecutions } from '../record/queries.ts';
import { executionRow, touchRow } from '../record/rows.ts';
import type { ActiveRun } from './active-run.ts';
import type { Desk } from './desk.ts';
import { CHECK_AFTER_MS, type RunFacts } from './facts.ts';
import { newFacts } from './new-facts.ts';
import { answered, checkParked, TELL_AFTER_MS, unpark } from './parking.ts';
import { takeOn } from './take-on.ts';
import { objectPrefix } from './values.ts';

/** How often a runner looks after itself while something goes on there. */
const TICK_MS = 20 * SECOND;

/** What wants to be heard of so soon is told of now. */
const SOON_MS = 40 * SECOND;

/** How often somebody looks whether a called execution has ended unheard. */
const CALLS_CHECKED_MS = 60 * MINUTE;

/** Executions that are told of in one statement. */
const PORTION = 500;

/** Whatever is due now is done, and somebody comes by again when something else will be. */
export async function tick(desk: Desk, workspaceId: string): Promise<void> {
  const now = Date.now();
  const rested: ActiveRun[] = [];
  for (const run of desk.runs.values()) {
    const { facts } = run;
    if (facts.status === 'running' && facts.timeoutAt !== null && facts.timeoutAt <= now) {
      const message = `The execution did not end within ${facts.timeoutSeconds} s.`;
      run.end('timeout', { code: 'timeout', message, nodeKey: run.currentNode, details: {}, isRetryable: false });
    } else if (isDue(run.rest, now) && now - facts.updatedAt > CHECK_AFTER_MS) {
      rested.push(run);
    } else {
      run.wakeUp(now);
    }
  }
  const parked = [...desk.facts.values()].filter((facts) => isDue(facts.parked, now));
  if (rested.length + parked.length > 0) {
    // Meanwhile their workflow may have been deleted, and they with it.
    const all = [...rested.map(({ facts }) => facts), ...parked];
    await touch(desk, workspaceId, all).catch((error: unknown) => noteUntouched(all, error));
    for (const run of rested) run.wakeUp(now);
    for (const facts of parked) wakeParked(desk, facts, now);
  }
  desk.admit();
  desk.recorder.record();
  await touchAll(desk, workspaceId, now);
  arm(desk, now);
}

const isDue = (rest: { wakeAt: number | null } | null | undefined, now: number) =>
  typeof rest?.wakeAt === 'number' && rest.wakeAt <= now;

/** One that holds no place goes on when its time has come, or ends. */
function wakeParked(desk: Desk, facts: RunFacts, now: number): void {
  const { parked, timeoutAt } = facts;
  if (!parked || !isDue(parked, now) || !desk.facts.has(facts.executionId)) return;
  if (!parked.countsTime || timeoutAt === null || timeoutAt > now) return unpark(desk, facts);
  const message = `The execution did not end within ${facts.timeoutSeconds} s.`;
  const fault = { code: 'timeout', message, nodeKey: parked.node, details: {}, isRetryable: false };
  desk.activate(facts).end('timeout', fault);
}

/** Sees to the next time. */
export function arm(desk: Desk, now: number): void {
  const { clock } = desk;
  let isBusy = !desk.recorder.isIdle;
  for (const { facts, rest, nextWake } of desk.runs.values()) {
    if (facts.status !== 'running') continue;
    if (facts.timeoutAt !== null) clock.wakeAt(facts.timeoutAt);
    // Also of one in which something else is at work.
    if (nextWake !== null) clock.wakeAt(nextWake);
    const wakeAt = rest?.wakeAt ?? null;
    if (wakeAt === null || wakeAt < now + TICK_MS) isBusy = true;
    else clock.wakeAt(Math.max(now + TICK_MS, facts.nextCheckAt - SOON_MS));
  }
  for (const { parked, nextCheckAt } of desk.facts.values()) {
    if (!parked) continue;
    clock.wakeAt(
      Math.min(parked.wakeAt ?? Infinity, parked.isTold ? nextCheckAt : Math.max(parked.since, now) + TELL_AFTER_MS),
    );
  }
  const { nextBegin } = desk.admission;
  if (nextBegin !== null) clock.wakeAt(nextBegin);
  if (isBusy || [...desk.admission.running].length > 0) clock.wakeAt(now + TICK_MS);
}

/** Tells the database of executions that it has not heard of for a while, so that nobody asks for them. */
async function touchAll(desk: Desk, workspaceId: string, now: number): Promise<void> {
  const due = [...desk.facts.values()].filter(
    ({ status, nextCheckAt, parked }) =>
      !isEnded(status) &&
      (nextCheckAt < now + SOON_MS || (parked && !parked.isTold && parked.since <= now - TELL_AFTER_MS)),
  );
  await touch(desk, workspaceId, due).catch((error: unknown) => noteUntouched(due, error));
}

const noteUntouched = (all: RunFacts[], error: unknown) =>
  logEvent('warn', 'executions_not_touched', { count: all.length, error: describeError(error) });

export async function touch(desk: Desk, workspaceId: string, all: RunFacts[]): Promise<void> {
  const now = Date.now();
  for (let at = 0; at < all.length; at += PORTION) {
    const portion = all.slice(at, at + PORTION);
    for (const facts of portion) facts.nextCheckAt = nextCheckOf(desk, facts, now);
    const { db } = desk.ctx;
    await touchExecutions(db, workspaceId, `[${portion.map(touchRow).join(',')}]`);
    const ids = portion.map(({ executionId }) => executionId);
    for (const id of await findDeleted(db, workspaceId, ids)) {
      desk.drop(id);
      await desk.values.forget(objectPrefix(workspaceId, id));
    }
    const parked = portion.filter((facts) => facts.parked && desk.facts.has(facts.executionId));
    for (const facts of parked) {
      facts.parked!.isTold = true;
      desk.journal.saveRun(facts);
    }
    // What came before this said when to look again would not be looked for.
    await checkParked(desk, workspaceId, parked);
  }
}

/** What sleeps is heard of when it wakes; what another execution is to wake, now and then. */
function nextCheckOf(desk: Desk, facts: RunFacts, now: number): number {
  const rest = facts.parked ?? (facts.status === 'running' ? desk.runs.get(facts.executionId)?.rest : null);
  const hasCall = rest?.open.some(({ kind }) => kind === 'call');
  const sleepsUntil = hasCall ? Math.min(rest?.wakeAt ?? Infinity, now + CALLS_CHECKED_MS) : (rest?.wakeAt ?? null);
  return Math.max(now, sleepsUntil ?? 0, facts.notBefore ?? 0) + CHECK_AFTER_MS;
}

/** Asks the database anew how the workspace wants its executions to be treated. */
export async function refreshLimits(desk: Desk, workspaceId: string): Promise<void> {
  const open = [...desk.facts.values()].filter(({ status }) => !isEnded(status));
  const ids = [...new Set(open.map(({ workflowId }) => workflowId))];
  const limits = await loadLimits(desk.ctx, workspaceId, ids);
  for (const facts of open) facts.workflowLimit = limits.ofWorkflows[facts.workflowId] ?? null;
  desk.setLimits(limits);
  desk.admit();
}

/** Goes on with executions that were asked for: those here say that they are, the others begin. */
export async function wakeRuns(desk: Desk, workspaceId: string, executionIds: string[]): Promise<void> {
  const known = executionIds.flatMap((id) => desk.facts.get(id) ?? []);
  const unknown = executionIds.filter((id) => !desk.facts.has(id));
  await refreshLimits(desk, workspaceId);
  for (const stored of await loadStored(desk.ctx, workspaceId, unknown)) await takeStored(desk, workspaceId, stored);
  await tick(desk, workspaceId);
  await touch(
    desk,
    workspaceId,
    known.filter(({ status }) => !isEnded(status)),
  );
}

/** Takes on an execution whose message was lost. One that had begun elsewhere cannot be taken up: what it did is not known. */
async function takeStored(desk: Desk, workspaceId: string, { row, spec }: Stored): Promise<void> {
  if (isEnded(row.status) || desk.facts.has(row.id)) return;
  if (spec && row.started_at_ms === null && row.status === 'pending') {
    // What brings down the object that it begins in is counted from here on.
    const facts = newFacts(spec, { crashes: 1, retryCount: row.retry_count });
    await takeOn(desk, spec, facts).catch((error: unknown) =>
      logEvent('warn', 'execution_not_taken_on', { execution_id: row.id, error: describeError(error) }),
    );
    return;
  }
  const now = Date.now();
  const message = spec
    ? 'What its runner knew of the execution is lost.'
    : 'The workflow, its version or the account that started the execution is gone.';
  const error = { code: spec ? 'journal_lost' : 'gone', message, nodeKey: null, details: {}, isRetryable: false };
  const ended = executionRow(
    {
      ...newFacts({ ...EMPTY_SPEC, executionId: row.id, createdAt: row.created_at_ms }),
      status: 'failed',
      error,
      retryCount: row.retry_count,
      startedAt: row.started_at_ms,
      completedAt: now,
    },
    null,
  );
  await recordExecutions(desk.ctx.db, workspaceId, { ended: `[${ended}]` });
  if (row.parent_execution_id !== null) answered(desk, row.parent_execution_id, row.id);
}

const EMPTY_SPEC = {
  workspaceId: '',
  workflowId: '',
  workflowVersion: 1,
  isForeign: false,
  isOutside: false,
  definition: { nodes: [], connections: [] },
  userId: '',
  accessTokenId: null,
  requestId: null,
  priority: 5,
  input: {},
  context: {},
  variables: {},
  grantedVariables: [],
  origin: BY_REQUEST,
  timeoutSeconds: null,
  autoRetry: false,
  maxRetries: 0,
  notifyOnCompletion: false,
  notifyOnFailure: false,
  limits: { workspace: 1, workflow: null, isPaused: false, isEngineRunning: true },
};
