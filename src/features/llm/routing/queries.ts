import { and, desc, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { deleteBefore } from '../../../db/purge.ts';
import { llmComparisons, llmRouteDecisions, llmRoutes } from '../../../db/schema/index.ts';

export type RouteRow = typeof llmRoutes.$inferSelect;

export type DecisionRow = typeof llmRouteDecisions.$inferSelect;

const isOne = (workspaceId: string, id: string) => and(eq(llmRoutes.workspaceId, workspaceId), eq(llmRoutes.id, id))!;

/** The routes of a workspace, newest first: one more than the limit. */
export const findRoutes = (db: Database, workspaceId: string, page: PageRequest): Promise<RouteRow[]> =>
  db
    .select()
    .from(llmRoutes)
    .where(and(eq(llmRoutes.workspaceId, workspaceId), afterPosition(llmRoutes.createdAt, llmRoutes.id, page.after)))
    .orderBy(desc(llmRoutes.createdAt), desc(llmRoutes.id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);

export async function findRoute(db: Database, workspaceId: string, id: string): Promise<RouteRow | undefined> {
  const [row] = await db.select().from(llmRoutes).where(isOne(workspaceId, id));
  return row;
}

export async function findRouteByName(db: Database, workspaceId: string, name: string): Promise<RouteRow | undefined> {
  const [row] = await db
    .select()
    .from(llmRoutes)
    .where(and(eq(llmRoutes.workspaceId, workspaceId), eq(llmRoutes.name, name), eq(llmRoutes.isActive, true)));
  return row;
}

export const hasFewerThan = (workspaceId: string, limit: number): SQL =>
  sql`(select count(*) from ${llmRoutes} where ${eq(llmRoutes.workspaceId, workspaceId)}) < ${limit}`;

export const isRoute = (workspaceId: string, id: string): SQL =>
  sql`exists (select from ${llmRoutes} where ${isOne(workspaceId, id)})`;

export const isVersion = (workspaceId: string, id: string, versions: number[]): SQL =>
  sql`exists (select from ${llmRoutes} where ${and(isOne(workspaceId, id), inArray(llmRoutes.version, versions))})`;

export const insertRoute = (db: Database, route: typeof llmRoutes.$inferInsert) => db.insert(llmRoutes).values(route);

export const updateRoute = (
  db: Database,
  workspaceId: string,
  id: string,
  changes: Partial<typeof llmRoutes.$inferInsert>,
) =>
  db
    .update(llmRoutes)
    .set({ ...changes, version: sql`${llmRoutes.version} + 1` })
    .where(isOne(workspaceId, id));

export const deleteRoute = (db: Database, workspaceId: string, id: string) =>
  db.delete(llmRoutes).where(isOne(workspaceId, id));

export const insertDecision = (db: Database, decision: typeof llmRouteDecisions.$inferInsert) =>
  db.insert(llmRouteDecisions).values(decision);

/** A decision of somebody's own; or of anybody in the workspace where `userId` is null. */
export async function findDecision(
  db: Database,
  workspaceId: string,
  userId: string | null,
  id: string,
): Promise<DecisionRow | undefined> {
  const [row] = await db
    .select()
    .from(llmRouteDecisions)
    .where(
      and(
        eq(llmRouteDecisions.workspaceId, workspaceId),
        eq(llmRouteDecisions.id, id),
        userId === null ? undefined : eq(llmRouteDecisions.createdBy, userId),
      ),
    );
  return row;
}

/** Deletes decisions of before that time, at most `limit`; returns how many. */
export const deleteDecisionsBefore = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: llmRouteDecisions.id, time: llmRouteDecisions.createdAt }, before, limit);

/** Deletes comparisons of before that time, at most `limit`; returns how many. */
export const deleteComparisonsBefore = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: llmComparisons.shadowCallId, time: llmComparisons.createdAt }, before, limit);

export const insertComparison = (db: Database, comparison: typeof llmComparisons.$inferInsert) =>
  db.insert(llmComparisons).values(comparison).onConflictDoNothing();

/** One side of a route's comparisons, added up. */
export type Side = {
  side: 'primary' | 'shadow';
  provider: string;
  model: string;
  calls: number;
  failed_calls: number;
  latency_ms: number | null;
  first_token_ms: number | null;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
};

/** What both sides did since `since`, by model, over those calls that were compared. */
export async function sumComparisons(db: Database, workspaceId: string, routeId: string, since: Date): Promise<Side[]> {
  const { rows } = await db.execute<Side>(sql`
    with compared as (
      select call_id, shadow_call_id from llm_comparisons
      where workspace_id = ${workspaceId}::uuid and route_id = ${routeId}::uuid
        and created_at >= ${since.toISOString()}::timestamptz
    ), sides as (
      select 'primary' as side, c.id from compared join llm_calls c on (c.id = call_id or c.root_call_id = call_id) and c.operation <> 'shadow'
      union all select 'shadow', shadow_call_id from compared
    )
    select side, provider, model, count(*)::int as calls,
      count(*) filter (where status in ('error', 'interrupted'))::int as failed_calls,
      avg(latency_ms)::float8 as latency_ms, avg(first_token_ms)::float8 as first_token_ms,
      sum(input_tokens)::float8 as input_tokens, sum(output_tokens)::float8 as output_tokens,
      trim_scale(sum(cost_usd))::text as cost_usd
    from sides join llms_usage_logs u on u.call_id = sides.id and u.workspace_id = ${workspaceId}::uuid
    group by side, provider, model order by side, calls desc, provider, model`);
  return rows;
}

export async function summarizeSimilarity(
  db: Database,
  workspaceId: string,
  routeId: string,
  since: Date,
): Promise<{ compared: number; similarity: number | null; identical: number }> {
  const { rows } = await db.execute<{ compared: number; similarity: number | null; identical: number }>(sql`
    select count(*)::int as compared, avg(similarity)::float8 as similarity,
      count(*) filter (where similarity = 1)::int as identical
    from llm_comparisons
    where workspace_id = ${workspaceId}::uuid and route_id = ${routeId}::uuid
      and created_at >= ${since.toISOString()}::timestamptz`);
  return rows[0]!;
}
