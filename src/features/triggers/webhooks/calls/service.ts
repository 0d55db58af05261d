import { notFound } from '../../../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../../../core/pagination.ts';
import type { Ctx } from '../../../../context.ts';
import { requireWebhook } from '../service.ts';
import * as queries from './queries.ts';
import type { ListCallsQuery, WebhookCall, WebhookCallDetail } from './schemas.ts';

/** @throws {AppError} `not_found` */
export async function listCalls(ctx: Ctx, webhookId: string, query: ListCallsQuery): Promise<Page<WebhookCall>> {
  const { id } = await requireWebhook(ctx, webhookId);
  const rows = await queries.findCalls(ctx.db, id, query.outcome, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(present), nextCursor };
}

/** @throws {AppError} `not_found` */
export async function getCall(ctx: Ctx, webhookId: string, callId: string): Promise<WebhookCallDetail> {
  const { id } = await requireWebhook(ctx, webhookId);
  const row = await queries.findCall(ctx.db, id, callId);
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
