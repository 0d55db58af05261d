import { and, desc, eq, inArray, lt, sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { afterPosition } from '../../../db/keyset.ts';
import { scheduleOccurrences, schedules } from '../../../db/schema/index.ts';

export type ScheduleRow = typeof schedules.$inferSelect;

export type OccurrenceRow = typeof scheduleOccurrences.$inferSelect;

const isOne = (workspaceId: string, id: string) => and(eq(schedules.workspaceId, workspaceId), eq(schedules.id, id))!;

/** The schedules of a workspace, or of one of its workflows, newest first: one more than the limit. */
export const findSchedules = (
  db: Database,
  workspaceId: string,
  workflowId: string | null,
  page: PageRequest,
): Promise<ScheduleRow[]> =>
  db
    .select()
    .from(schedules)
    .where(
      and(
        eq(schedules.workspaceId, workspaceId),
        workflowId === null ? undefined : eq(schedules.workflowId, workflowId),
        afterPosition(schedules.createdAt, schedules.id, page.after),
      ),
    )
    .orderBy(desc(schedules.createdAt), desc(schedules.id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);

export async function findSchedule(db: Database, workspaceId: string, id: string): Promise<ScheduleRow | undefined> {
  const [row] = await db.select().from(schedules).where(isOne(workspaceId, id));
  return row;
}

export const hasFewerThan = (workspaceId: string, limit: number): SQL =>
  sql`(select count(*) from ${schedules} where ${eq(schedules.workspaceId, workspaceId)}) < ${limit}`;

export const isSchedule = (workspaceId: string, id: string): SQL =>
  sql`exists (select from ${schedules} where ${isOne(workspaceId, id)})`;

/** Whether it still has a revision; takes it, so that nobody stops it or moves it on until the transaction ends. */
export const hasRevision = (workspaceId: string, id: string, revision: number): SQL =>
  sql`exists (select from ${schedules}
    where ${and(isOne(workspaceId, id), eq(schedules.revision, revision))} for update)`;

export const insertSchedule = (db: Database, row: typeof schedules.$inferInsert) =>
  db.insert(schedules).values(row).returning();

export const updateSchedule = (
  db: Database,
  workspaceId: string,
  id: string,
  changes: Partial<typeof schedules.$inferInsert>,
) =>
  db
    .update(schedules)
    .set({ ...changes, revision: sql`${schedules.revision} + 1` })
    .where(isOne(workspaceId, id))
    .returning();

export const deleteSchedule = (db: Database, workspaceId: string, id: string) =>
  db.delete(schedules).where(isOne(workspaceId, id));

/** What became of a schedule, latest first: one more than the limit. */
export async function findOccurrences(db: Database, workspaceId: string, scheduleId: string, page: PageRequest) {
  const rows = await db
    .select()
    .from(scheduleOccurrences)
    .where(
      and(
        eq(scheduleOccurrences.scheduleId, scheduleId),
        eq(scheduleOccurrences.workspaceId, workspaceId),
        afterPosition(scheduleOccurrences.dueAt, scheduleOccurrences.id, page.after),
      ),
    )
    .orderBy(desc(scheduleOccurrences.dueAt), desc(scheduleOccurrences.id))
    .limit(page.limit + 1)
    .offset(page.after ? 0 : page.offset);
  return rows.map((row) => ({ ...row, createdAt: row.dueAt }));
}

/** Deletes what was decided before that time, at most `limit`; returns how many. */
export async function deleteOccurrencesBefore(db: Database, before: Date, limit: number): Promise<number> {
  const { scheduleId, dueAt, decidedAt } = scheduleOccurrences;
  const old = db.select({ scheduleId, dueAt }).from(scheduleOccurrences).where(lt(decidedAt, before)).limit(limit);
  const result = await db.delete(scheduleOccurrences).where(inArray(sql`(${scheduleId}, ${dueAt})`, old));
  return result.rowCount;
}
