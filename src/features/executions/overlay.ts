import { describeError, logEvent } from '../../core/log.ts';
import type { Ctx } from '../../context.ts';
import type { ExecutionStatus } from '../../db/schema/index.ts';
import { isEnded } from './events.ts';
import { findExecution, findListed, type ExecutionRow } from './queries.ts';
import { executionRunner } from './runner/runner-stub.ts';
import type { LiveExecution, QueueState } from './runner/types.ts';

/** An execution as the database has it, and what its runner knows that the database does not; null where nothing. */
export type Current = { row: ExecutionRow; live: LiveExecution | null };

/** What a runner knows of its executions, by their ids. */
export type LiveStates = Map<string, LiveExecution>;

type Recorded = { status: ExecutionStatus; nextCheckAt: Date | null };

/** Whether a runner may know more of it than the database. One that is to wait for its start has none. */
export const mayBeLive = ({ status, nextCheckAt }: Recorded): boolean => !isEnded(status) && nextCheckAt !== null;

/**
 * How an execution of a workspace stands, given its row. Where the runner knows nothing of it any more, its end has been
 * written since the row was read, which is then read again.
 */
export async function toCurrent(ctx: Ctx, row: ExecutionRow): Promise<Current> {
  if (!mayBeLive(row)) return { row, live: null };
  try {
    const live = await executionRunner(ctx.env, row.workspaceId).describe(row.id);
    if (live) return { row, live };
  } catch (error) {
    noteAway(error);
    return { row, live: null };
  }
  const [again] = await findExecution(ctx.db, row.workspaceId, row.id);
  return { row: again ?? row, live: null };
}

/** The same for many as lists show them, by one question. @param known what the runner has said already */
export async function toCurrents(
  ctx: Ctx,
  workspaceId: string,
  rows: ExecutionRow[],
  known: LiveStates | null,
): Promise<Current[]> {
  const asked = rows.filter((row) => mayBeLive(row) && !known?.has(row.id));
  if (asked.length === 0) return rows.map((row) => overlayWith(row, known));
  const told = await describeSome(ctx, workspaceId, asked);
  const states: LiveStates = new Map([...(known ?? []), ...(told ?? [])]);
  const gone = told ? asked.filter((row) => !states.has(row.id)).map(({ id }) => id) : [];
  const again = gone.length === 0 ? [] : await findListed(ctx.db, workspaceId, gone);
  const newer = new Map(again.map((row) => [row.id, row]));
  return rows.map((row) => ({ ...overlayWith(row, states), row: newer.get(row.id) ?? row }));
}

const overlayWith = (row: ExecutionRow, states: LiveStates | null): Current => ({
  row,
  live: mayBeLive(row) ? (states?.get(row.id) ?? null) : null,
});

/** What the runner knows of these; null where it is away. */
async function describeSome(ctx: Ctx, workspaceId: string, rows: { id: string }[]): Promise<LiveStates | null> {
  const told = await executionRunner(ctx.env, workspaceId)
    .describeSome(rows.map(({ id }) => id))
    .catch(noteAway);
  return told && new Map(told.map((live) => [live.executionId, live]));
}

/** What the runner knows of one; null where that is nothing, or it is away. */
export async function findLive(ctx: Ctx, workspaceId: string, row: Recorded & { id: string }) {
  if (!mayBeLive(row)) return null;
  return executionRunner(ctx.env, workspaceId).describe(row.id).catch(noteAway);
}

/** The same for many of a workspace, by one question. */
export async function findLiveStates(
  ctx: Ctx,
  workspaceId: string,
  rows: (Recorded & { id: string })[],
): Promise<LiveStates> {
  const asked = rows.filter(mayBeLive);
  return (asked.length > 0 && (await describeSome(ctx, workspaceId, asked))) || new Map();
}

/** Everything that the runner of a workspace has; null where it is away. */
export async function findQueue(ctx: Ctx, workspaceId: string): Promise<QueueState | null> {
  return executionRunner(ctx.env, workspaceId).describeAll().catch(noteAway);
}

export function toStates(queue: QueueState | null): LiveStates {
  const all = queue ? [...queue.running, ...queue.waiting, ...queue.ended] : [];
  return new Map(all.map((live) => [live.executionId, live]));
}

/** What the database has is shown then: it is older, and not wrong. */
function noteAway(error: unknown): null {
  logEvent('warn', 'execution_runner_away', { error: describeError(error) });
  return null;
}
