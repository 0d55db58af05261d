import { and, desc, eq, inArray, or, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { llmBudgets, llmCalls, personalTokens, workspaceMembers } from '../../../db/schema/index.ts';

export type BudgetRow = typeof llmBudgets.$inferSelect;
export type Scope = BudgetRow['scope'];

/** What of a budget counts calls. */
export type CountedBudget = Pick<BudgetRow, 'id' | 'workspaceId' | 'scope' | 'subjectId' | 'period' | 'amountUsd'>;

/** Budgets that one call counts against; there are few of them. A shadow is a cost of the workspace alone. */
export function findBudgetsFor(
  db: Database,
  call: { workspaceId: string; createdBy: string; accessTokenId?: string | null; operation: string },
) {
  const { workspaceId, createdBy, accessTokenId } = call;
  const is = (scope: Scope, subjectId: string) => and(eq(llmBudgets.scope, scope), eq(llmBudgets.subjectId, subjectId));
  return db
    .select()
    .from(llmBudgets)
    .where(
      and(
        eq(llmBudgets.workspaceId, workspaceId),
        or(
          eq(llmBudgets.scope, 'workspace'),
          call.operation === 'shadow' ? undefined : is('user', createdBy),
          accessTokenId ? is('access_token', accessTokenId) : undefined,
        ),
      ),
    );
}

/** The budgets of a workspace, newest first: one more than the limit. */
export function findBudgets(db: Database, workspaceId: string, page: PageRequest): Promise<BudgetRow[]> {
  return db
    .select()
    .from(llmBudgets)
    .where(and(eq(llmBudgets.workspaceId, workspaceId), afterPosition(llmBudgets.createdAt, llmBudgets.id, page.after)))
    .orderBy(desc(llmBudgets.createdAt), desc(llmBudgets.id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

const isOne = (workspaceId: string, id: string) => and(eq(llmBudgets.workspaceId, workspaceId), eq(llmBudgets.id, id))!;

export const findBudget = (db: Database, workspaceId: string, id: string) =>
  db.select().from(llmBudgets).where(isOne(workspaceId, id));

/** Whether somebody, or a token, is of the workspace, as a condition. */
export function isSubject(workspaceId: string, scope: Scope, subjectId: string): SQL {
  if (scope === 'workspace') return sql`${subjectId}::uuid = ${workspaceId}::uuid`;
  if (scope === 'user') {
    return sql`exists (select from ${workspaceMembers} m
      where m.workspace_id = ${workspaceId}::uuid and m.user_id = ${subjectId}::uuid)`;
  }
  return sql`exists (select from ${personalTokens} t
    where t.workspace_id = ${workspaceId}::uuid and t.id = ${subjectId}::uuid)`;
}

export const hasFewerThan = (workspaceId: string, limit: number): SQL =>
  sql`(select count(*) from ${llmBudgets} where ${eq(llmBudgets.workspaceId, workspaceId)}) < ${limit}`;

export const isBudget = (workspaceId: string, id: string): SQL =>
  sql`exists (select from ${llmBudgets} where ${isOne(workspaceId, id)})`;

export const insertBudget = (db: Database, budget: typeof llmBudgets.$inferInsert) =>
  db.insert(llmBudgets).values(budget).returning();

export const updateBudget = (db: Database, workspaceId: string, id: string, changes: Partial<BudgetRow>) =>
  db.update(llmBudgets).set(changes).where(isOne(workspaceId, id)).returning();

export const deleteBudget = (db: Database, workspaceId: string, id: string) =>
  db.delete(llmBudgets).where(isOne(workspaceId, id));

/** What counts against a budget: the calls of its subject from a time on, but for those that are reserved. */
export type Spending = { workspaceId: string; scope: Scope; subjectId: string; since: Date };

/**
 * What calls with keys of the platform have cost, to the exact decimal. `reserved` are calls whose cost is counted
 * otherwise, whether or not they have been settled meanwhile.
 */
export async function sumSpending(db: Database, spending: Spending, reserved: readonly string[]): Promise<string> {
  const { workspaceId, scope, subjectId, since } = spending;
  const ofSubject = {
    workspace: sql`true`,
    user: sql`u.user_id = ${subjectId}::uuid and c.operation <> 'shadow'`,
    access_token: sql`c.access_token_id = ${subjectId}::uuid`,
  }[scope];
  const { rows } = await db.execute<{ total: string }>(sql`
    select trim_scale(coalesce(sum(u.cost_usd), 0))::text as total
    from llms_usage_logs u join llm_calls c on c.id = u.call_id
    where u.workspace_id = ${workspaceId}::uuid and c.started_at >= ${since.toISOString()}::timestamptz
      and u.created_at >= ${since.toISOString()}::timestamptz and not u.user_api_key_used and ${ofSubject}
      and u.call_id <> all (${`{${reserved.join(',')}}`}::uuid[])
  `);
  return rows[0]!.total;
}

/** Of some calls, which are recorded, and which of those are over: settled, or never made. */
export async function findRecordedCalls(
  db: Database,
  callIds: readonly string[],
): Promise<Map<string, { isOver: boolean }>> {
  if (callIds.length === 0) return new Map();
  const rows = await db
    .select({ id: llmCalls.id, status: llmCalls.status })
    .from(llmCalls)
    .where(inArray(llmCalls.id, [...callIds]));
  return new Map(rows.map(({ id, status }) => [id, { isOver: status !== 'started' }]));
}
