import { and, eq } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { workflowExecutions } from '../../../db/schema/index.ts';
import { selectRunnable } from '../../workflows/index.ts';

const executions = workflowExecutions;

/** What an execution says of how it goes on from another one. */
export const findRestart = (db: Database, workspaceId: string, id: string) =>
  db
    .select({
      parentId: executions.parentExecutionId,
      version: executions.workflowVersion,
      restart: executions.restart,
    })
    .from(executions)
    .where(and(eq(executions.id, id), eq(executions.workspaceId, workspaceId)));

/** What would run, by the version or as it is now. */
export async function findTarget(
  db: Database,
  place: { workspaceId: string; workflowId: string },
  version: number | null,
) {
  const [target] = await selectRunnable(db, { ...place, version: version ?? undefined });
  return target ?? null;
}

export type Target = NonNullable<Awaited<ReturnType<typeof findTarget>>>;
