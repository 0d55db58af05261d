import { requireUser, requireWorkspace } from '../../core/actor.ts';
import { notFound } from '../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../core/pagination.ts';
import { allows } from '../../core/permissions.ts';
import type { Ctx } from '../../context.ts';
import { batchClaimed } from '../../db/claims.ts';
import { refuseUnless } from '../../db/refusals.ts';
import { findContent } from './content-queries.ts';
import { findUsageLogOf, insertExternalCall, isModel } from './external-queries.ts';
import {
  findTurns,
  findUsageLogs,
  rollUpHours,
  sumUsage,
  type TurnRow,
  type UsageLogFilter,
  type UsageLogRow,
} from './queries.ts';
import type { CallContent, ConversationTurn, TurnsQuery, UsageLog, UsageLogCreate, UsageLogQuery } from './schemas.ts';

/** Usage lines: one's own; everybody's in the workspace for its admins; everything for the platform's. */
export async function listUsageLogs(ctx: Ctx, query: UsageLogQuery): Promise<Page<UsageLog>> {
  const rows = await findUsageLogs(ctx.db, visibleTo(ctx, query), toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(present), nextCursor };
}

function visibleTo(ctx: Ctx, query: UsageLogQuery): UsageLogFilter {
  const user = requireUser(ctx.actor);
  const asked = {
    workspaceId: query.workspace_id ?? null,
    userId: query.user_id ?? null,
    llmId: query.llm_id ?? null,
    callId: query.call_id ?? null,
    conversationId: query.conversation_id ?? null,
    withShadows: true,
  };
  if (user.isSuperuser) return asked;
  const workspace = requireWorkspace(ctx.actor);
  if (asked.workspaceId !== null && asked.workspaceId !== workspace.id) throw notFound('workspace');
  const seesAll = allows(workspace, 'usage:read_all');
  if (!seesAll && asked.userId !== null && asked.userId !== user.id) throw notFound('user');
  return { ...asked, workspaceId: workspace.id, userId: seesAll ? asked.userId : user.id, withShadows: seesAll };
}

/**
 * What was asked and answered in a call whose line the caller may see, if the workspace keeps that.
 * @throws {AppError} `not_found`
 */
export async function getContent(ctx: Ctx, lineId: string): Promise<CallContent> {
  const workspace = requireWorkspace(ctx.actor);
  const userId = allows(workspace, 'usage:read_all') ? null : requireUser(ctx.actor).id;
  const row = await findContent(ctx.db, { workspaceId: workspace.id, userId, lineId });
  if (!row) throw notFound('content');
  return {
    call_id: row.callId,
    request: row.request as CallContent['request'],
    response: row.response as CallContent['response'],
    expires_at: row.expiresAt.toISOString(),
    created_at: row.createdAt.toISOString(),
  };
}

/** What each model did in a conversation: in one's own calls, or for admins in everybody's of the workspace. */
export async function listTurns(ctx: Ctx, query: TurnsQuery): Promise<Page<ConversationTurn>> {
  const workspace = requireWorkspace(ctx.actor);
  const filter = {
    workspaceId: workspace.id,
    userId: allows(workspace, 'usage:read_all') ? null : requireUser(ctx.actor).id,
    conversationId: query.conversation_id,
  };
  const { items, nextCursor } = toPage(await findTurns(ctx.db, filter, toPageRequest(query)), query.limit);
  return { items: items.map(presentTurn), nextCursor };
}

/**
 * Notes a call that was made elsewhere with a key of the caller's own: a line like any other, and no bill.
 * @throws {AppError} `model_not_found`
 */
export async function noteExternalCall(ctx: Ctx, input: UsageLogCreate): Promise<UsageLog> {
  const id = crypto.randomUUID();
  const place = { workspaceId: requireWorkspace(ctx.actor).id, userId: requireUser(ctx.actor).id };
  const { llm_id: llmId, provider = '', model = '' } = input;
  const wanted = llmId === undefined ? { provider, model } : { llmId };
  const [, , rows] = (await batchClaimed(ctx, id, [
    refuseUnless(ctx.db, isModel(wanted), 'model_not_found', { provider, model: llmId ?? model }),
    insertExternalCall(ctx.db, { id, requestId: ctx.requestId, ...place }, wanted, input),
    findUsageLogOf(ctx.db, place.workspaceId, id),
  ])) as [unknown, unknown, UsageLogRow[]];
  return present(rows[0]!);
}

/** The line that a request under an Idempotency-Key has made. */
export async function findUsageLog(ctx: Ctx, id: string): Promise<UsageLog | null> {
  const [row] = await findUsageLogOf(ctx.db, requireWorkspace(ctx.actor).id, id);
  return row ? present(row) : null;
}

/** Adds usage up by hour: see {@link rollUpHours}. */
export async function rollUpUsage(ctx: Ctx, now: Date): Promise<void> {
  await rollUpHours(ctx.db, now);
}

/** Sums what a workspace has used since the first of this month, in UTC: a statement, to be batched with others. */
export function usageThisMonth(ctx: Ctx, workspaceId: string, now = new Date()) {
  return sumUsage(ctx.db, workspaceId, new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())));
}

const presentTurn = (row: TurnRow): ConversationTurn => ({
  id: row.id,
  conversation_id: row.conversationId,
  user_id: row.userId,
  llm_id: row.llmId,
  provider: row.provider,
  model: row.model,
  message_count: row.messageCount,
  total_input_tokens: row.totalInputTokens,
  total_output_tokens: row.totalOutputTokens,
  total_cost_usd: Number(row.totalCostUsd),
  total_cost_usd_exact: row.totalCostUsd,
  first_used_at: row.firstUsedAt.toISOString(),
  last_used_at: row.lastUsedAt.toISOString(),
});

function present(row: UsageLogRow): UsageLog {
  const totalTokens = row.inputTokens + row.outputTokens;
  const cost = Number(row.costUsd);
  return {
    id: row.id,
    call_id: row.callId,
    request_id: row.requestId,
    operation: row.operation,
    message_id: row.messageId,
    user_id: row.userId,
    conversation_id: row.conversationId,
    llm_id: row.llmId,
    workspace_id: row.workspaceId,
    provider: row.provider,
    model: row.model,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    total_tokens: totalTokens,
    token_source: row.tokenSource,
    cost_usd: cost,
    cost_usd_exact: row.costUsd,
    cost_per_token: totalTokens === 0 ? 0 : cost / totalTokens,
    efficiency_score: row.inputTokens === 0 ? 0 : row.outputTokens / row.inputTokens,
    latency_ms: row.latencyMs,
    first_token_ms: row.firstTokenMs,
    api_status_code: row.apiStatusCode,
    user_api_key_used: row.userApiKeyUsed,
    model_settings: row.modelSettings,
    finish_reason: row.finishReason,
    error_message: row.errorMessage,
    status: row.status,
    was_successful: row.status === 'success',
    created_at: row.createdAt.toISOString(),
  };
}
