import { and, eq, isNull, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { workflowExecutions } from '../../../db/schema/index.ts';
import { isOpen } from '../queries.ts';

const executions = workflowExecutions;

const isOne = (workspaceId: string, id: string): SQL =>
  and(eq(executions.id, id), eq(executions.workspaceId, workspaceId))!;

/** Waits for the action `start`: no runner has heard of it. */
const isHeld = and(eq(executions.status, 'pending'), isNull(executions.nextCheckAt));

/** Lets an execution begin that was only prepared; false where it was not any more. */
export async function releaseHeld(db: Database, workspaceId: string, id: string): Promise<boolean> {
  const rows = await db
    .update(executions)
    .set({ nextCheckAt: sql`now()` })
    .where(and(isOne(workspaceId, id), isHeld))
    .returning({ id: executions.id });
  return rows.length > 0;
}

/** Ends an execution that was only prepared; false where it was not any more. */
export async function cancelHeld(db: Database, workspaceId: string, id: string, reason: string): Promise<boolean> {
  const rows = await db
    .update(executions)
    .set({
      status: 'cancelled',
      completedAt: sql`now()`,
      errorMessage: reason,
      errorDetails: { code: 'cancelled', node_id: null },
    })
    .where(and(isOne(workspaceId, id), isHeld))
    .returning({ id: executions.id });
  return rows.length > 0;
}

/**
 * Deletes an execution that has ended or never began, with all that was kept of it; false where it was neither.
 * @param isForgotten whether its runner says that it has ended, which the database need not know then
 */
export async function deleteExecution(
  db: Database,
  workspaceId: string,
  id: string,
  isForgotten: boolean,
): Promise<boolean> {
  const isDone = sql`(not ${isOpen(executions.status)} or ${executions.nextCheckAt} is null)`;
  const rows = await db
    .delete(executions)
    .where(and(isOne(workspaceId, id), isForgotten ? undefined : isDone))
    .returning({ id: executions.id });
  return rows.length > 0;
}
