import { and, asc, desc, eq, ilike, inArray, or, sql, type SQL } from 'drizzle-orm';
import type { SortedPosition } from '../../core/sorted-cursor.ts';
import type { Database } from '../../db/client.ts';
import { llms, userVariables } from '../../db/schema/index.ts';
import type { Owner } from './owner.ts';
import type { SortField } from './schemas.ts';

export type VariableRow = typeof userVariables.$inferSelect;

export const belongsTo = ({ workspaceId, userId }: Owner): SQL =>
  and(eq(userVariables.workspaceId, workspaceId), eq(userVariables.createdBy, userId))!;

export const isOne = (owner: Owner, id: string): SQL => and(belongsTo(owner), eq(userVariables.id, id))!;

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

export const findVariable = (db: Database, owner: Owner, id: string) =>
  db.select().from(userVariables).where(isOne(owner, id));

export function findVariablesByKeys(db: Database, owner: Owner, keys: string[]): Promise<VariableRow[]> {
  return db
    .select()
    .from(userVariables)
    .where(and(belongsTo(owner), inArray(userVariables.key, keys)));
}

/** Selects an active variable, sealed; for use inside another statement. */
export const selectSealed = (db: Database, owner: Owner, key: string) =>
  db
    .select({
      id: userVariables.id,
      workspaceId: userVariables.workspaceId,
      key: userVariables.key,
      sealedValue: userVariables.sealedValue,
    })
    .from(userVariables)
    .where(and(belongsTo(owner), eq(userVariables.key, key), eq(userVariables.isActive, true)));

export type SealedRow = Pick<VariableRow, 'id' | 'workspaceId' | 'sealedValue'>;

/** The models that can be chosen, by provider and name. */
export function findModelNames(db: Database): Promise<{ provider: string; name: string }[]> {
  return db
    .select({ provider: llms.provider, name: llms.name })
    .from(llms)
    .where(and(eq(llms.isActive, true), sql`${llms.status} <> 'inactive'`))
    .orderBy(llms.name);
}
