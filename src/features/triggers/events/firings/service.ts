import { requireWorkspace } from '../../../../core/actor.ts';
import { toPage, toPageRequest, type Page } from '../../../../core/pagination.ts';
import type { Ctx } from '../../../../context.ts';
import { findFirings, type FiringRow } from './queries.ts';
import type { EventFiring, ListFiringsQuery } from './schemas.ts';

/** What a trigger of the workspace was for, of the last 30 days. */
export async function listFirings(ctx: Ctx, triggerId: string, query: ListFiringsQuery): Promise<Page<EventFiring>> {
  const place = { workspaceId: requireWorkspace(ctx.actor).id, triggerId };
  const rows = await findFirings(ctx.db, place, query.outcome, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(present), nextCursor };
}

const present = (row: FiringRow): EventFiring => ({
  id: row.id,
  event_trigger_id: row.triggerId,
  event_type: row.eventType,
  activity_id: row.activityId,
  ended_execution_id: row.endedExecutionId,
  outcome: row.outcome,
  reason: row.reason,
  execution_id: row.outcome === 'started' ? row.executionId : null,
  created_at: row.createdAt.toISOString(),
});
