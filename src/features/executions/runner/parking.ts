import { describeError, logEvent } from '../../../core/log.ts';
import { SECOND } from '../../../core/time.ts';
import { isEnded } from '../events.ts';
import { findCome } from '../waits/queries.ts';
import type { ActiveRun } from './active-run.ts';
import type { Desk } from './desk.ts';
import type { RunFacts } from './facts.ts';
import { countsTime, isLong } from './resting.ts';

/** So many may hold no place; those beyond it keep theirs while they wait. */
const PARKED_LIMIT = 10_000;

/** What waits longer is told to the database, which counts it no more among those that are open. */
export const TELL_AFTER_MS = 5 * SECOND;

/** An execution of which all waits gives back its place if that takes long, and is known by its journal alone. */
export function park(desk: Desk, run: ActiveRun): void {
  const { facts, rest } = run;
  const now = Date.now();
  if (!rest || facts.status !== 'running' || desk.runs.get(facts.executionId) !== run || !isLong(rest, now)) return;
  const isCall = rest.open.some(({ kind }) => kind === 'call');
  // One that waits for another execution must never be in its way.
  if (!isCall && desk.parkedCount >= PARKED_LIMIT) return;
  const timeCounts = countsTime(rest);
  const ends = timeCounts ? facts.timeoutAt : null;
  const wakeAt = rest.wakeAt === null || ends === null ? (rest.wakeAt ?? ends) : Math.min(rest.wakeAt, ends);
  facts.parked = { ...rest, wakeAt, since: now, countsTime: timeCounts, isTold: false };
  facts.updatedAt = now;
  desk.parkedCount += 1;
  desk.journal.saveRun(facts);
  desk.runs.delete(facts.executionId);
  desk.admission.giveWay(facts);
  if (wakeAt !== null) desk.clock.wakeAt(wakeAt);
  desk.clock.wakeAt(now + TELL_AFTER_MS);
  desk.announcer.tell(facts, { kind: 'execution', execution: desk.describe(facts) });
  queueMicrotask(() => desk.admit());
}

/** It is in the journal alone no more: it goes on, is held, or ends. */
export function leaveRest(desk: Desk, facts: RunFacts): void {
  const { parked } = facts;
  if (!parked) return;
  facts.parked = null;
  desk.parkedCount -= 1;
  if (!parked.countsTime) facts.stoodSince = parked.since;
}

/** What it waits for has come, or may have: it goes on as soon as there is a place, before those that have not begun. */
export function unpark(desk: Desk, facts: RunFacts): void {
  if (!facts.parked || facts.status !== 'running') return;
  leaveRest(desk, facts);
  facts.isReturning = true;
  facts.updatedAt = Date.now();
  // The database looks for it when it was to wake; told soon, it looks for it as for any other that runs.
  facts.nextCheckAt = 0;
  desk.journal.saveRun(facts);
  desk.admission.enqueue(facts);
  desk.clock.wakeAt(Date.now() + 2 * SECOND);
}

/** The time in which it stood still does not count. */
export function creditRest(facts: RunFacts, now: number): void {
  if (facts.timeoutAt !== null && facts.stoodSince) facts.timeoutAt += now - facts.stoodSince;
  facts.stoodSince = null;
}

/** Somebody has answered, or an execution has ended that this one has called. */
export function answered(desk: Desk, executionId: string, waitId: string): void {
  const facts = desk.facts.get(executionId);
  if (!facts || isEnded(facts.status)) return;
  const run = desk.runs.get(executionId);
  if (run) return run.answered(waitId);
  if (facts.parked?.open.some(({ id }) => id === waitId)) unpark(desk, facts);
}

/** Asks the database whether what these wait for has come, of which a message may have been lost. */
export async function checkParked(desk: Desk, workspaceId: string, all: RunFacts[]): Promise<void> {
  const open = all.flatMap(({ parked }) => parked?.open ?? []);
  if (open.length === 0) return;
  const idsOf = (isCall: boolean) => open.filter(({ kind }) => (kind === 'call') === isCall).map(({ id }) => id);
  // Those that are here tell of their ends by themselves.
  const children = idsOf(true).filter((id) => !desk.facts.has(id));
  const waits = idsOf(false);
  if (waits.length + children.length === 0) return;
  const come = await findCome(desk.ctx.db, workspaceId, waits, children).catch((error: unknown) => {
    logEvent('warn', 'waits_not_checked', { count: open.length, error: describeError(error) });
    return [];
  });
  const isCome = new Set(come);
  for (const facts of all) if (facts.parked?.open.some(({ id }) => isCome.has(id))) unpark(desk, facts);
  if (come.length > 0) desk.admit();
}
