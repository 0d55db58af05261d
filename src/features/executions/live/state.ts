import type { Ctx } from '../../../context.ts';
import { findLive, findLiveStates, mayBeLive } from '../overlay.ts';
import type { LiveExecution } from '../runner/types.ts';
import { findSummary, type Summary } from './queries.ts';

/** How an execution stands now: its runner knows before the database does. Undefined for one that is not there. */
export async function findState(ctx: Ctx, workspaceId: string, executionId: string): Promise<Summary | undefined> {
  const row = await findSummary(ctx.db, workspaceId, executionId);
  if (!row || !mayBeLive(row)) return row;
  const live = await findLive(ctx, workspaceId, row);
  // One that its runner does not know has not begun, or has ended while it was asked for.
  return live ? overlay(row, live) : findSummary(ctx.db, workspaceId, executionId);
}

/** The same for many, of any workspaces. One that has ended meanwhile is told as it was. */
export async function overlayAll(ctx: Ctx, rows: Summary[]): Promise<Summary[]> {
  const byWorkspace = Map.groupBy(rows, ({ workspaceId }) => workspaceId);
  const found = await Promise.all([...byWorkspace].map(([id, ofIt]) => findLiveStates(ctx, id, ofIt)));
  const states = new Map(found.flatMap((ofIt) => [...ofIt]));
  return rows.map((row) => overlay(row, states.get(row.id)));
}

const overlay = (row: Summary, live: LiveExecution | undefined): Summary =>
  live ? { ...row, status: live.status, updatedAt: new Date(live.updatedAt) } : row;
