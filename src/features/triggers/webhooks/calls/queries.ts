import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import type { PageRequest } from '../../../../core/pagination.ts';
import type { Database } from '../../../../db/client.ts';
import { afterPosition } from '../../../../db/keyset.ts';
import { deleteBefore } from '../../../../db/purge.ts';
import { webhookCalls } from '../../../../db/schema/index.ts';

export type CallRow = typeof webhookCalls.$inferSelect;

const { detail: _, ...listed } = getTableColumns(webhookCalls);

export type CallsPlace = { workspaceId: string; webhookId: string };

const isOf = ({ workspaceId, webhookId }: CallsPlace) =>
  and(eq(webhookCalls.webhookId, webhookId), eq(webhookCalls.workspaceId, workspaceId));

/** The calls of a webhook, newest first: one more than the limit. */
export function findCalls(db: Database, place: CallsPlace, outcome: CallRow['outcome'] | undefined, page: PageRequest) {
  const { createdAt, id } = webhookCalls;
  return db
    .select(listed)
    .from(webhookCalls)
    .where(
      and(
        isOf(place),
        outcome === undefined ? undefined : eq(webhookCalls.outcome, outcome),
        afterPosition(createdAt, id, page.after),
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
}

export type ListedCall = Awaited<ReturnType<typeof findCalls>>[number];

export async function findCall(db: Database, place: CallsPlace, id: string): Promise<CallRow | undefined> {
  const [row] = await db
    .select()
    .from(webhookCalls)
    .where(and(isOf(place), eq(webhookCalls.id, id)));
  return row;
}

export const insertCall = (db: Database, row: typeof webhookCalls.$inferInsert) => db.insert(webhookCalls).values(row);

/** Deletes up to `limit` calls of before that time; returns how many. */
export const deleteCallsBefore = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: webhookCalls.id, time: webhookCalls.createdAt }, before, limit);
