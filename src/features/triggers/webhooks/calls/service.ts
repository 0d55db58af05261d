import { requireWorkspace } from '../../../../core/actor.ts';
import { notFound } from '../../../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../../../core/pagination.ts';
import type { Ctx } from '../../../../context.ts';
import * as queries from './queries.ts';
import type { ListCallsQuery, WebhookCall, WebhookCallDetail } from './schemas.ts';

const placeOf = (ctx: Ctx, webhookId: string): queries.CallsPlace => ({
  workspaceId: requireWorkspace(ctx.actor).id,
  webhookId,
});

/** The calls of a webhook of the workspace, of the last 30 days. */
export async function listCalls(ctx: Ctx, webhookId: string, query: ListCallsQuery): Promise<Page<WebhookCall>> {
  const rows = await queries.findCalls(ctx.db, placeOf(ctx, webhookId), query.outcome, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(present), nextCursor };
}

/** @throws {AppError} `not_found` */
export async function getCall(ctx: Ctx, webhookId: string, callId: string): Promise<WebhookCallDetail> {
  const row = await queries.findCall(ctx.db, placeOf(ctx, webhookId), callId);
  if (!row) throw notFound('call');
  return { ...present(row), detail: row.detail };
}

const present = (row: queries.ListedCall): WebhookCall => ({
  id: row.id,
  webhook_id: row.webhookId,
  outcome: row.outcome,
  reason: row.reason,
  execution_id: row.executionId,
  delivery_id: row.deliveryId,
  method: row.method,
  headers: row.headers,
  size_bytes: row.sizeBytes,
  created_at: row.createdAt.toISOString(),
});
