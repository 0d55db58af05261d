import type { Ctx } from '../../../context.ts';
import { isEnded } from '../events.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import { findSummary, type Summary } from './queries.ts';

/** How an execution stands now: its runner knows before the database does. Undefined for one that is not there. */
export async function findState(ctx: Ctx, workspaceId: string, executionId: string): Promise<Summary | undefined> {
  const row = await findSummary(ctx.db, workspaceId, executionId);
  if (!row || isEnded(row.status)) return row;
  // One that its runner does not know has not begun, or has ended while it was asked for.
  return (await overlay(ctx, row)) ?? findSummary(ctx.db, workspaceId, executionId);
}

/** The same for many, of which those that have ended meanwhile are told as they were. */
export const overlayAll = (ctx: Ctx, rows: Summary[]): Promise<Summary[]> =>
  Promise.all(rows.map(async (row) => (isEnded(row.status) ? row : ((await overlay(ctx, row)) ?? row))));

async function overlay(ctx: Ctx, row: Summary): Promise<Summary | null> {
  const live = await executionRunner(ctx.env, row.workspaceId).describe(row.id);
  return live && { ...row, status: live.status, updatedAt: new Date(live.updatedAt) };
}
