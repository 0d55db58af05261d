import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import { workflowReplays } from '../../../db/schema/index.ts';
import { isOpen } from '../queries.ts';

const replays = workflowReplays;

/** Notes that an execution repeats another one by a version; nothing of one that is no version's. */
export const insertReplay = (db: Database, workspaceId: string, id: string) =>
  db.execute(sql`
    insert into workflow_replays (
      execution_id, workspace_id, workflow_id, version, source_execution_id, source_version, created_by
    )
    select e.id, e.workspace_id, e.workflow_id, e.workflow_version, s.id,
      case when s.restart -> 'configs' is null then s.workflow_version end, e.created_by
    from workflow_executions e
    join workflow_executions s on s.id = e.parent_execution_id and s.workspace_id = e.workspace_id
    where e.id = ${id}::uuid and e.workspace_id = ${workspaceId}::uuid and e.workflow_version is not null
    on conflict do nothing`);

export const findVerdict = (db: Database, workspaceId: string, id: string) =>
  db
    .select({ isEqual: replays.isEqual, differences: replays.differences })
    .from(replays)
    .where(and(eq(replays.executionId, id), eq(replays.workspaceId, workspaceId)));

/** Writes what came of a replay, once. */
export const writeVerdict = (
  db: Database,
  workspaceId: string,
  id: string,
  verdict: { isEqual: boolean; differences: number },
) =>
  db
    .update(replays)
    .set(verdict)
    .where(and(eq(replays.executionId, id), eq(replays.workspaceId, workspaceId), isNull(replays.isEqual)));

export type OpenReplay = { execution_id: string; workspace_id: string; source_execution_id: string };

/** Replays that have ended and are not compared yet, with what they repeat. */
export async function findUnjudged(db: Database, ids: string[] | null, limit: number): Promise<OpenReplay[]> {
  const some = ids && sql`and r.execution_id in ${listOf(ids, 'uuid')}`;
  const { rows } = await db.execute<OpenReplay>(sql`
    select r.execution_id, r.workspace_id, r.source_execution_id from workflow_replays r
    join workflow_executions e on e.id = r.execution_id and not ${isOpen(sql`e.status`)}
    join workflow_executions s on s.id = r.source_execution_id and not ${isOpen(sql`s.status`)}
    where r.is_equal is null ${some ?? sql``} order by r.created_at limit ${limit}`);
  return rows;
}
