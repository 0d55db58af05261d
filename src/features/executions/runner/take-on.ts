import type { JsonObject } from '../../../db/schema/index.ts';
import { loadStored } from '../record/load.ts';
import { findSourceFacts } from '../record/replay-queries.ts';
import type { Desk } from './desk.ts';
import type { RunFacts } from './facts.ts';
import { takeOver } from './take-over.ts';
import { PARENT_GONE } from './tape.ts';
import type { LiveLog, RunSpec } from './types.ts';

/** Executions that are being taken on, so that whoever asks meanwhile waits for the same. */
const underway = new WeakMap<Desk, Map<string, Promise<void>>>();

/**
 * Takes an execution on, whoever asks for it first. One that goes on from another has what that has done as its own
 * before it begins: nothing of it is known here until all of it is there, so that it can be asked for any number of times.
 */
export async function takeOn(desk: Desk, spec: RunSpec, facts: RunFacts): Promise<void> {
  if (spec.origin.restart === null) return desk.take(spec, facts);
  const all = underway.get(desk) ?? new Map<string, Promise<void>>();
  underway.set(desk, all);
  const { executionId } = spec;
  const known = all.get(executionId) ?? prepare(desk, spec, facts).finally(() => all.delete(executionId));
  all.set(executionId, known);
  await known;
}

/** Whether the database has an execution that has not begun, which nobody here knows. */
export async function isUnknownOpen(desk: Desk, workspaceId: string, executionId: string): Promise<boolean> {
  const [stored] = await loadStored(desk.ctx, workspaceId, [executionId]);
  return stored?.row.status === 'pending' && stored.row.started_at_ms === null && !desk.facts.has(executionId);
}

async function prepare(desk: Desk, spec: RunSpec, facts: RunFacts): Promise<void> {
  const { executionId, workspaceId, origin } = spec;
  const parentId = origin.parentExecutionId;
  const source = parentId && (await findSourceFacts(desk.ctx.db, workspaceId, parentId));
  const taken = source && origin.triggerType !== 'replay' ? await takeOver(desk, spec, parentId) : 0;
  // It may have begun and ended elsewhere since it was read.
  if (!(await isUnknownOpen(desk, workspaceId, executionId))) {
    if (!desk.facts.has(executionId)) desk.journal.forget([executionId]);
    return;
  }
  desk.facts.set(executionId, facts);
  if (!source) {
    // Nor can it go on later.
    Object.assign(facts, { status: 'paused', maxRetries: 0 } satisfies Partial<RunFacts>);
    desk.journal.addRun(facts, spec);
    desk.activate(facts).end('failed', { ...PARENT_GONE, nodeKey: null, details: {}, isRetryable: false });
    return;
  }
  desk.journal.addRun(facts, spec);
  desk.journal.addLog(executionId, firstLine(spec, parentId, taken));
  if (facts.status === 'pending') desk.admission.enqueue(facts);
  desk.admit();
}

function firstLine({ origin }: RunSpec, parentId: string, taken: number): LiveLog {
  const isReplay = origin.triggerType === 'replay';
  const message = isReplay
    ? 'Repeats an execution from its record: nothing is called, sent or spent'
    : 'Goes on from an execution, of which it takes over what was done';
  const context: JsonObject = { execution_id: parentId, ...(!isReplay && { taken_over: taken }) };
  return { seq: 1, level: 'info', nodeKey: null, iteration: [], message, context, loggedAt: Date.now() };
}
