import { isEnded } from '../events.ts';
import { loadLogs, loadNodes, loadStored } from '../record/load.ts';
import type { Fault } from '../engine/run-state.ts';
import type { ActiveRun } from './active-run.ts';
import type { Desk } from './desk.ts';
import type { RunFacts } from './facts.ts';
import { newFacts } from './new-facts.ts';
import { creditRest, leaveRest } from './parking.ts';
import { takeOn } from './take-on.ts';
import type { ControlAction, Controlled } from './types.ts';
import { arm, touch } from './upkeep.ts';

/** Does what somebody orders, where the state of the execution allows it. */
export async function control(
  desk: Desk,
  workspaceId: string,
  executionId: string,
  action: ControlAction,
  reason: string | null,
): Promise<Controlled> {
  const facts = desk.facts.get(executionId) ?? (await fetchStored(desk, workspaceId, executionId, action));
  if (!facts) return { refusal: 'not_found', status: null };
  if ('refused' in facts) return { refusal: facts.why ?? 'not_possible', status: facts.refused };
  if (action === 'retry' && isUsedUp(facts)) return { refusal: 'retries_used_up', status: facts.status };
  if (!DO[action](desk, facts, reason)) return { refusal: 'not_possible', status: facts.status };
  facts.keepsKey = desk.admission.holds(facts);
  desk.journal.saveRun(facts);
  desk.announcer.tell(facts, { kind: 'execution', execution: desk.describe(facts) });
  desk.admit();
  arm(desk, Date.now());
  // What lists show; should it fail, the runner tells it again.
  if (!isEnded(facts.status)) desk.ctx.waitUntil(touch(desk, workspaceId, [facts]).catch(() => {}));
  return { execution: desk.describe(facts) };
}

type Order = (desk: Desk, facts: RunFacts, reason: string | null) => boolean;

const DO: Record<ControlAction, Order> = {
  start(desk, facts) {
    if (facts.status !== 'pending') return false;
    facts.notBefore = null;
    return true;
  },

  pause(desk, facts, reason) {
    if (facts.status !== 'running' && facts.status !== 'pending') return false;
    // What is at work keeps its place until that is done: else a pause would let others begin beside it. One that is read
    // from the journal, to be told of it, is not at work.
    const run = desk.runs.get(facts.executionId);
    note(desk, facts, 'Execution paused', reason);
    desk.admission.remove(facts);
    if (!run || run.rest) desk.admission.giveWay(facts);
    leaveRest(desk, facts);
    facts.isReturning = false;
    facts.status = 'paused';
    facts.pausedAt = facts.updatedAt = Date.now();
    creditRest(facts, facts.pausedAt);
    return true;
  },

  resume(desk, facts, reason) {
    if (facts.status !== 'paused') return false;
    note(desk, facts, 'Execution resumed', reason);
    // The time in which it stood still does not count.
    if (facts.timeoutAt !== null && facts.pausedAt !== null) facts.timeoutAt += Date.now() - facts.pausedAt;
    facts.pausedAt = null;
    facts.status = 'pending';
    facts.updatedAt = Date.now();
    desk.admission.enqueue(facts);
    return true;
  },

  cancel(desk, facts, reason) {
    if (isEnded(facts.status)) return false;
    const run = note(desk, facts, 'A user cancels the execution', reason);
    const fault: Fault = {
      code: 'cancelled',
      message: reason ?? 'The execution was cancelled by a user.',
      nodeKey: null,
      details: {},
      isRetryable: false,
    };
    run.end('cancelled', fault);
    return true;
  },

  retry(desk, facts, reason) {
    if (!isRetried(facts.status) || facts.retryCount >= facts.maxRetries) return false;
    desk.retry(note(desk, facts, 'Execution retried', reason), null);
    return true;
  },
};

/** Says in the log what somebody has ordered, and why. */
function note(desk: Desk, facts: RunFacts, message: string, reason: string | null): ActiveRun {
  const run = desk.runs.get(facts.executionId) ?? desk.activate(facts);
  run.log.add('info', null, [], message, reason === null ? null : { reason });
  return run;
}

const isRetried = (status: RunFacts['status']) => status === 'failed' || status === 'cancelled' || status === 'timeout';

const isUsedUp = ({ status, retryCount, maxRetries }: RunFacts) => isRetried(status) && retryCount >= maxRetries;

type Refused = { refused: RunFacts['status']; why?: 'retries_used_up' };

/** One that the runner does not know: it has not begun, or has ended and is in the database. */
async function fetchStored(
  desk: Desk,
  workspaceId: string,
  executionId: string,
  action: ControlAction,
): Promise<RunFacts | Refused | null> {
  const [stored] = await loadStored(desk.ctx, workspaceId, [executionId]);
  const known = desk.facts.get(executionId);
  if (known) return known;
  if (!stored) return null;
  const { row, spec } = stored;
  const { status } = row;
  if (!spec) return { refused: status };
  if (status === 'pending' && row.started_at_ms === null && action !== 'retry') {
    if (action === 'resume') return { refused: status };
    desk.setLimits(spec.limits);
    // Held until the order itself says what becomes of it.
    const facts = newFacts(spec, { status: 'paused', retryCount: row.retry_count });
    await takeOn(desk, spec, facts);
    const taken = desk.facts.get(executionId);
    if (!taken || isEnded(taken.status)) return { refused: taken?.status ?? status };
    // Somebody else was quicker.
    if (taken !== facts) return taken;
    facts.status = 'pending';
    desk.admission.enqueue(facts);
    return facts;
  }
  if (action !== 'retry' || !isRetried(status)) return { refused: status };
  if (row.retry_count >= row.max_retries) return { refused: status, why: 'retries_used_up' };
  const [nodes, logs] = await Promise.all([
    loadNodes(desk.ctx, workspaceId, executionId),
    loadLogs(desk.ctx, workspaceId, executionId),
  ]);
  const meanwhile = desk.facts.get(executionId);
  if (meanwhile) return meanwhile;
  // It never had what it was to take over, and would do all of it again.
  const isBare = (spec.origin.restart?.taken ?? 0) > 0 && !nodes.some(({ row: own }) => own.metadata?.['reused_from']);
  if (isBare) return { refused: status };
  desk.setLimits(spec.limits);
  const facts = newFacts(spec, { status, retryCount: row.retry_count, startedAt: row.started_at_ms });
  desk.take(spec, facts);
  for (const { row: node, text } of nodes) desk.journal.saveNode(executionId, node, text);
  for (const line of logs) desk.journal.addLog(executionId, line);
  return facts;
}
