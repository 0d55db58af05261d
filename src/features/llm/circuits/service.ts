import { requireWorkspace } from '../../../core/actor.ts';
import type { Ctx } from '../../../context.ts';
import { findCircuits, type CircuitRow } from './queries.ts';
import type { Circuit } from './schemas.ts';

/** The circuits that have opened at some time, those that changed last first. */
export async function listCircuits(ctx: Ctx): Promise<Circuit[]> {
  const rows = await findCircuits(ctx.db, requireWorkspace(ctx.actor).id);
  const now = new Date();
  return rows.map((row) => presentCircuit(row, now));
}

/** That it may be tried again changes nothing in the row: the time has come, that is all. */
const presentCircuit = (row: CircuitRow, now: Date): Circuit => ({
  provider: row.provider,
  model: row.model,
  is_own: row.workspaceId !== null,
  state: row.state === 'open' && row.retryAt !== null && row.retryAt <= now ? 'half_open' : row.state,
  calls: row.calls,
  failed_calls: row.failedCalls,
  retry_at: row.retryAt?.toISOString() ?? null,
  changed_at: row.changedAt.toISOString(),
});
