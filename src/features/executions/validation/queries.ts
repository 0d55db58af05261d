import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';

/** The mean of the latest executions of a workflow that were completed in a workspace, in seconds. */
export async function findDuration(
  db: Database,
  workspaceId: string,
  workflowId: string,
  latest: number,
): Promise<number | null> {
  const { rows } = await db.execute<{ seconds: number | null }>(sql`
    select ceil(avg(extract(epoch from recent.completed_at - recent.started_at)))::int as seconds
    from (
      select x.status, x.started_at, x.completed_at, x.workspace_id from workflow_executions x
      where x.workflow_id = ${workflowId}::uuid order by x.created_at desc, x.id desc limit ${latest}
    ) recent
    where recent.status = 'completed' and recent.workspace_id = ${workspaceId}::uuid`);
  return rows[0]!.seconds;
}
