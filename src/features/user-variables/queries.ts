import { and, asc, desc, eq, ilike, inArray, or, sql, type SQL } from 'drizzle-orm';
import type { SortedPosition } from '../../core/sorted-cursor.ts';
import type { Database } from '../../db/client.ts';
import { llms, userVariables, workspaceMembers } from '../../db/schema/index.ts';
import type { Owner } from './owner.ts';
import type { SortField } from './schemas.ts';

export type VariableRow = typeof userVariables.$inferSelect;

const belongsTo = ({ workspaceId, userId }: Owner): SQL =>
  and(eq(userVariables.workspaceId, workspaceId), eq(userVariables.createdBy, userId))!;

const isOne = (owner: Owner, id: string): SQL => and(belongsTo(owner), eq(userVariables.id, id))!;

export type VariableFilter = { search?: string; isActive?: boolean; category?: string };
export type VariableOrder = { by: SortField; descending: boolean };
export type VariablePage = { limit: number; offset: number; after: SortedPosition | null };

/** What a list may be sorted by, none of it null, and how a cursor spells the value. */
const SORTS: Record<SortField, { field: SQL; type: SQL; read: (row: VariableRow) => string }> = {
  key: { field: sql`${userVariables.key}`, type: sql`text`, read: (row) => row.key },
  category: { field: sql`coalesce(${userVariables.category}, '')`, type: sql`text`, read: (row) => row.category ?? '' },
  created_at: {
    field: sql`${userVariables.createdAt}`,
    type: sql`timestamptz`,
    read: (row) => row.createdAt.toISOString(),
  },
  updated_at: {
    field: sql`${userVariables.updatedAt}`,
    type: sql`timestamptz`,
    read: (row) => row.updatedAt.toISOString(),
  },
};

export const positionOf = (row: VariableRow, by: SortField): SortedPosition => ({
  value: SORTS[by].read(row),
  id: row.id,
});

/** A page (one more than the limit), the number of all that fit, and every category in use, in one round trip. */
export async function findVariables(
  db: Database,
  owner: Owner,
  filter: VariableFilter,
  order: VariableOrder,
  page: VariablePage,
): Promise<{ rows: VariableRow[]; total: number; categories: string[] }> {
  const fits = and(belongsTo(owner), ...conditionsOf(filter));
  const { field, type } = SORTS[order.by];
  const direct = order.descending ? desc : asc;
  const comparison = order.descending ? sql`<` : sql`>`;
  const isAfter =
    page.after &&
    sql`(${field}, ${userVariables.id}) ${comparison} (${page.after.value}::${type}, ${page.after.id}::uuid)`;
  const [rows, [count], categories] = await db.batch([
    db
      .select()
      .from(userVariables)
      .where(and(fits, isAfter ?? undefined))
      .orderBy(direct(field), direct(userVariables.id))
      .limit(page.limit + 1)
      .offset(page.after ? 0 : page.offset),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(userVariables)
      .where(fits),
    db
      .selectDistinct({ category: userVariables.category })
      .from(userVariables)
      .where(and(belongsTo(owner), sql`${userVariables.category} is not null`))
      .orderBy(userVariables.category),
  ]);
  return { rows, total: count!.total, categories: categories.map(({ category }) => category!) };
}

function conditionsOf({ search, isActive, category }: VariableFilter): (SQL | undefined)[] {
  const pattern = `%${(search ?? '').replace(/[\\%_]/g, '\\$&')}%`;
  return [
    search ? or(ilike(userVariables.key, pattern), ilike(userVariables.description, pattern)) : undefined,
    isActive === undefined ? undefined : eq(userVariables.isActive, isActive),
    category === undefined ? undefined : eq(userVariables.category, category),
  ];
}

export async function findVariable(db: Database, owner: Owner, id: string): Promise<VariableRow | undefined> {
  const [row] = await db.select().from(userVariables).where(isOne(owner, id));
  return row;
}

export function findVariablesByKeys(db: Database, owner: Owner, keys: string[]): Promise<VariableRow[]> {
  return db
    .select()
    .from(userVariables)
    .where(and(belongsTo(owner), inArray(userVariables.key, keys)));
}

export type NewVariable = Pick<VariableRow, 'id' | 'key' | 'sealedValue' | 'category' | 'description' | 'isActive'>;

/** Keeps others from adding to the same owner's variables until the transaction ends. No row: no member any more. */
export const lockOwner = (db: Database, { workspaceId, userId }: Owner) =>
  db
    .select({ id: workspaceMembers.id })
    .from(workspaceMembers)
    .where(and(eq(workspaceMembers.workspaceId, workspaceId), eq(workspaceMembers.userId, userId)))
    .for('update');

/**
 * Adds a variable unless the owner has `limit` of them; for a transaction that holds {@link lockOwner}. A key that is
 * taken is a violation of `user_variables_owner_key`.
 */
export const insertVariable = (db: Database, { workspaceId, userId }: Owner, variable: NewVariable, limit: number) =>
  db
    .insert(userVariables)
    .select(
      db
        .select({
          id: sql`${variable.id}::uuid`.as('id'),
          workspaceId: sql`${workspaceMembers.workspaceId}`.as('workspace_id'),
          createdBy: sql`${workspaceMembers.userId}`.as('created_by'),
          key: sql`${variable.key}::text`.as('key'),
          sealedValue: sql`${variable.sealedValue}::text`.as('sealed_value'),
          category: sql`${variable.category}::text`.as('category'),
          description: sql`${variable.description}::text`.as('description'),
          isActive: sql`${variable.isActive}::boolean`.as('is_active'),
          version: sql`1`.as('version'),
          createdAt: sql`now()`.as('created_at'),
          updatedAt: sql`now()`.as('updated_at'),
        })
        .from(workspaceMembers)
        .where(
          and(
            eq(workspaceMembers.workspaceId, workspaceId),
            eq(workspaceMembers.userId, userId),
            sql`(select count(*) from ${userVariables} where ${belongsTo({ workspaceId, userId })}) < ${limit}`,
          ),
        ),
    )
    .returning();

export type VariableChanges = Partial<Omit<NewVariable, 'id'>>;

/** Changes a variable, if it is one of these versions; null stands for any. */
export async function updateVariable(
  db: Database,
  owner: Owner,
  id: string,
  changes: VariableChanges,
  versions: number[] | null,
): Promise<VariableRow | undefined> {
  const [row] = await db
    .update(userVariables)
    .set({ ...changes, version: sql`${userVariables.version} + 1` })
    .where(and(isOne(owner, id), versions === null ? undefined : inArray(userVariables.version, versions)))
    .returning();
  return row;
}

export async function deleteVariable(db: Database, owner: Owner, id: string): Promise<boolean> {
  const deleted = await db.delete(userVariables).where(isOne(owner, id)).returning({ id: userVariables.id });
  return deleted.length > 0;
}

export async function deleteVariableByKey(db: Database, owner: Owner, key: string): Promise<boolean> {
  const deleted = await db
    .delete(userVariables)
    .where(and(belongsTo(owner), eq(userVariables.key, key)))
    .returning({ id: userVariables.id });
  return deleted.length > 0;
}

export type SealedRow = Pick<VariableRow, 'id' | 'workspaceId' | 'sealedValue'>;

/** Values, of all tenants, that these keys have sealed, by id after `afterId`. */
export function findSealedWith(
  db: Database,
  keyIds: readonly string[],
  afterId: string | null,
  limit: number,
): Promise<SealedRow[]> {
  const keyId = sql`split_part(${userVariables.sealedValue}, '.', 1)`;
  return db
    .select({ id: userVariables.id, workspaceId: userVariables.workspaceId, sealedValue: userVariables.sealedValue })
    .from(userVariables)
    .where(and(inArray(keyId, [...keyIds]), afterId === null ? undefined : sql`${userVariables.id} > ${afterId}::uuid`))
    .orderBy(userVariables.id)
    .limit(limit);
}

/** Puts newly sealed values in place of the former ones, unless somebody has set another value meanwhile. */
export async function replaceSealed(
  db: Database,
  values: { id: string; former: string; fresh: string }[],
): Promise<number> {
  // Nothing changes for the owner: the time of the last update stays.
  const result = await db.execute(sql`
    update user_variables set sealed_value = given.fresh
    from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as given (id uuid, former text, fresh text)
    where user_variables.id = given.id and user_variables.sealed_value = given.former`);
  return result.rowCount;
}

/** The models that can be chosen, by provider and name. */
export function findModelNames(db: Database): Promise<{ provider: string; name: string }[]> {
  return db
    .select({ provider: llms.provider, name: llms.name })
    .from(llms)
    .where(and(eq(llms.isActive, true), sql`${llms.status} <> 'inactive'`))
    .orderBy(llms.name);
}
