import { and, desc, eq, getTableColumns, getViewSelectedFields, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../core/pagination.ts';
import type { Database } from '../../db/client.ts';
import { digestId } from '../../db/digest-id.ts';
import { afterPosition } from '../../db/keyset.ts';
import { conversationTurns, llmCalls, usageLogs } from '../../db/schema/index.ts';

export type UsageLogRow = typeof usageLogs.$inferSelect & { requestId: string; operation: CallRow['operation'] };

type CallRow = typeof llmCalls.$inferSelect;

/** A line with what only its call knows, asked for each line that is shown alone. */
export const USAGE_LINE = {
  ...getTableColumns(usageLogs),
  requestId: sql<string>`(select c.request_id from ${llmCalls} c where c.id = ${usageLogs.callId})`.as('request_id'),
  operation: sql<CallRow['operation']>`(select c.operation from ${llmCalls} c where c.id = ${usageLogs.callId})`.as(
    'operation',
  ),
};

/** Null stands for no restriction. */
export type UsageLogFilter = Record<'workspaceId' | 'userId' | 'llmId' | 'callId' | 'conversationId', string | null> & {
  /** Whether calls are shown that were made beside those of members, to compare models. */
  withShadows: boolean;
};

/** Usage lines, newest first: one more than the limit, to tell whether others follow. */
export function findUsageLogs(db: Database, filter: UsageLogFilter, page: PageRequest): Promise<UsageLogRow[]> {
  const conditions: (SQL | undefined)[] = [
    filter.workspaceId === null ? undefined : eq(usageLogs.workspaceId, filter.workspaceId),
    filter.userId === null ? undefined : eq(usageLogs.userId, filter.userId),
    filter.llmId === null ? undefined : eq(usageLogs.llmId, filter.llmId),
    filter.callId === null ? undefined : eq(usageLogs.callId, filter.callId),
    filter.conversationId === null ? undefined : eq(usageLogs.conversationId, filter.conversationId),
    filter.withShadows
      ? undefined
      : sql`not exists (select from ${llmCalls} c where c.id = ${usageLogs.callId} and c.operation = 'shadow')`,
    afterPosition(usageLogs.createdAt, usageLogs.id, page.after),
  ];
  return db
    .select(USAGE_LINE)
    .from(usageLogs)
    .where(and(...conditions))
    .orderBy(desc(usageLogs.createdAt), desc(usageLogs.id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

/** What a model did for somebody in a conversation is one row; this names it. */
const TURN_ID = digestId(
  conversationTurns.conversationId,
  conversationTurns.userId,
  conversationTurns.llmId,
  conversationTurns.provider,
  conversationTurns.model,
);

export type TurnRow = typeof conversationTurns.$inferSelect & { id: string; createdAt: Date };

/** Turns of a conversation, those that began last first: one more than the limit. A null user stands for everybody. */
export function findTurns(
  db: Database,
  { workspaceId, userId, conversationId }: { workspaceId: string; userId: string | null; conversationId: string },
  page: PageRequest,
): Promise<TurnRow[]> {
  const { firstUsedAt } = conversationTurns;
  return db
    .select({
      ...getViewSelectedFields(conversationTurns),
      id: TURN_ID,
      createdAt: firstUsedAt,
    })
    .from(conversationTurns)
    .where(
      and(
        eq(conversationTurns.workspaceId, workspaceId),
        eq(conversationTurns.conversationId, conversationId),
        userId === null ? undefined : eq(conversationTurns.userId, userId),
        afterPosition(firstUsedAt, TURN_ID, page.after),
      ),
    )
    .orderBy(desc(firstUsedAt), desc(TURN_ID))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

/**
 * Recomputes the hours from the latest one that was rolled up, so that a line which came late, a missed run and a
 * second run all end in the same sums. `now` bounds it: the running hour is included and will be recomputed.
 */
export async function rollUpHours(db: Database, now: Date): Promise<number> {
  const result = await db.execute(sql`
    insert into usage_hourly (
      hour, workspace_id, provider, model, calls, failed_calls, input_tokens, output_tokens, cost_usd
    )
    select date_trunc('hour', created_at, 'UTC'), workspace_id, provider, model,
      count(*), count(*) filter (where status = 'error'), sum(input_tokens), sum(output_tokens), sum(cost_usd)
    from llms_usage_logs
    where created_at >= coalesce((select max(hour) - interval '1 hour' from usage_hourly), '-infinity')
      and created_at <= ${now.toISOString()}::timestamptz
    group by 1, 2, 3, 4
    on conflict (workspace_id, hour, provider, model) do update set
      calls = excluded.calls, failed_calls = excluded.failed_calls, input_tokens = excluded.input_tokens,
      output_tokens = excluded.output_tokens, cost_usd = excluded.cost_usd
  `);
  return result.rowCount;
}

export type UsageTotals = {
  calls: number;
  failed_calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
};

/**
 * A workspace's usage since `since` (an hour's start): whole hours from the roll-up, and from the log what is newer
 * than the last hour rolled up. One statement, and as exact as the log.
 */
export function sumUsage(db: Database, workspaceId: string, since: Date) {
  return db.execute<UsageTotals>(sql`
    with rolled as (
      select coalesce(max(hour), ${since.toISOString()}::timestamptz) as until from usage_hourly
    ), parts as (
      select calls::bigint, failed_calls::bigint, input_tokens, output_tokens, cost_usd
      from usage_hourly, rolled
      where workspace_id = ${workspaceId} and hour >= ${since.toISOString()}::timestamptz and hour < rolled.until
      union all
      select count(*), count(*) filter (where status = 'error'), sum(input_tokens), sum(output_tokens), sum(cost_usd)
      from llms_usage_logs, rolled
      where workspace_id = ${workspaceId} and created_at >= greatest(rolled.until, ${since.toISOString()}::timestamptz)
    )
    select coalesce(sum(calls), 0)::int as calls, coalesce(sum(failed_calls), 0)::int as failed_calls,
      coalesce(sum(input_tokens), 0)::float8 as input_tokens, coalesce(sum(output_tokens), 0)::float8 as output_tokens,
      trim_scale(coalesce(sum(cost_usd), 0))::text as cost_usd
    from parts
  `);
}
