import { and, desc, eq, getTableColumns, inArray, or, sql, type SQL } from 'drizzle-orm';
import type { Position } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { matchesWords } from '../../../db/full-text.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { nodeRatings, nodes, workspaces } from '../../../db/schema/index.ts';

export type NodePlace = { workspaceId: string; nodeId: string };

/** All but the words it is searched by. */
const { searchable: _, ...columns } = getTableColumns(nodes);

const isOne = ({ workspaceId, nodeId }: NodePlace): SQL =>
  and(eq(nodes.id, nodeId), eq(nodes.workspaceId, workspaceId))!;

/** Whether a node is public, in a workspace that is there. */
const isPublic: SQL = sql`(${nodes.isPublic} and exists (
  select from ${workspaces} w where w.id = ${nodes.workspaceId} and w.status = 'active'
))`;

/** A node of the workspace, or one of others that is public. */
export const findNode = (db: Database, { workspaceId, nodeId }: NodePlace) =>
  db
    .select(columns)
    .from(nodes)
    .where(and(eq(nodes.id, nodeId), or(eq(nodes.workspaceId, workspaceId), isPublic)));

export type NodeRow = Awaited<ReturnType<typeof findNode>>[number];

export type NodeFilter = {
  /** Null for the public ones of all workspaces. */
  workspaceId: string | null;
  type?: NodeRow['type'] | undefined;
  category?: string | undefined;
  search?: string | undefined;
};

export type NodePageRequest = { limit: number; offset: number; after: Position | null };

/** Nodes, the newest first, one more than the limit; with them the number of all that fit the filter. */
export async function findNodes(db: Database, filter: NodeFilter, { limit, offset, after }: NodePageRequest) {
  const { workspaceId, type, category, search } = filter;
  const fits = and(
    workspaceId === null ? isPublic : eq(nodes.workspaceId, workspaceId),
    type === undefined ? undefined : eq(nodes.type, type),
    category === undefined ? undefined : eq(nodes.category, category),
    search === undefined ? undefined : matchesWords(sql`${nodes.searchable}`, search),
  );
  const [rows, [count]] = await db.batch([
    db
      .select(columns)
      .from(nodes)
      .where(and(fits, afterPosition(nodes.createdAt, nodes.id, after)))
      .orderBy(desc(nodes.createdAt), desc(nodes.id))
      .limit(limit + 1)
      .offset(after ? 0 : offset),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(nodes)
      .where(fits),
  ]);
  return { rows, total: count!.total };
}

/** What public nodes are filed under, in the order of the alphabet. */
export async function findCategories(db: Database, limit: number): Promise<string[]> {
  const { rows } = await db.execute<{ category: string }>(sql`
    select distinct ${nodes.category} as category from ${nodes}
    where ${isPublic} and ${nodes.category} is not null order by 1 limit ${limit}`);
  return rows.map(({ category }) => category);
}

export type NewNode = typeof nodes.$inferInsert & { id: string; createdBy: string };

export const insertNode = (db: Database, row: NewNode) => db.insert(nodes).values(row);

export type NodeChanges = Partial<
  Pick<
    NodeRow,
    | 'name'
    | 'description'
    | 'type'
    | 'category'
    | 'isPublic'
    | 'status'
    | 'icon'
    | 'color'
    | 'codeTemplate'
    | 'inputSchema'
    | 'outputSchema'
    | 'parametersSchema'
    | 'documentation'
    | 'examples'
  >
>;

export const updateNode = (db: Database, place: NodePlace, changes: NodeChanges) =>
  db
    .update(nodes)
    .set({ ...changes, version: sql`${nodes.version} + 1` })
    .where(isOne(place));

export const deleteNode = (db: Database, place: NodePlace) => db.delete(nodes).where(isOne(place));

export const hasFewerThan = (workspaceId: string, limit: number): SQL =>
  sql`(select count(*) from ${nodes} where ${eq(nodes.workspaceId, workspaceId)}) < ${limit}`;

export const isPresent = (place: NodePlace): SQL => sql`exists (select from ${nodes} where ${isOne(place)})`;

/** Whether the node is one of these versions; null stands for any. */
export function isOfVersion(place: NodePlace, versions: number[] | null): SQL {
  const fits = versions === null ? undefined : inArray(nodes.version, versions);
  return sql`exists (select from ${nodes} where ${and(isOne(place), fits)})`;
}

/** What somebody thinks of a public node, in place of what they thought before. Nothing for one that is not public. */
export const upsertRating = (db: Database, nodeId: string, userId: string, rating: number) =>
  db.execute(sql`
    insert into ${nodeRatings} (node_id, user_id, rating)
    select ${nodes.id}, ${userId}::uuid, ${rating} from ${nodes} where ${nodes.id} = ${nodeId}::uuid and ${isPublic}
    on conflict (node_id, user_id) do update set rating = excluded.rating, updated_at = now()`);

/** Counts that somebody took a public node; nothing for one that is not public. */
export const countDownload = (db: Database, nodeId: string) =>
  db
    .update(nodes)
    .set({ downloadsCount: sql`${nodes.downloadsCount} + 1`, updatedAt: sql`${nodes.updatedAt}` })
    .where(and(eq(nodes.id, nodeId), isPublic))
    .returning({ name: nodes.name, downloadsCount: nodes.downloadsCount });

/** Counts that an execution ran a node that it may see. */
export const countUse = (db: Database, { workspaceId, nodeId }: NodePlace) =>
  db.execute(sql`
    update ${nodes} set usage_count = usage_count + 1
    where ${and(eq(nodes.id, nodeId), or(eq(nodes.workspaceId, workspaceId), isPublic))}`);
