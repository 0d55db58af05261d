import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';

export type QueueFacts = {
  workspace_limit: number | null;
  is_paused: boolean;
  is_engine_running: boolean;
  /** Of all workspaces, as far as they are counted. */
  open: number;
};

/** What decides on the queue of a workspace, and how much there is elsewhere. */
export const findFacts = (db: Database, workspaceId: string, countedAtMost: number) =>
  db.execute<QueueFacts>(sql`
    select s.max_concurrent_executions::int as workspace_limit, coalesce(s.is_paused, false) as is_paused,
      coalesce((select e.is_running from execution_engine e where e.id = 1), true) as is_engine_running,
      (select count(*)::int from (
        select from workflow_executions x where x.next_check_at is not null limit ${countedAtMost}
      ) open) as open
    from (values (1)) one
    left join execution_settings s on s.workspace_id = ${workspaceId}::uuid`);

export type WorkflowDuration = { workflow_id: string; milliseconds: number };

/** How long the latest executions of a workspace took on average, by workflow. */
export const findDurations = (db: Database, workspaceId: string, latest: number) =>
  db.execute<WorkflowDuration>(sql`
    select recent.workflow_id,
      avg(extract(epoch from recent.completed_at - recent.started_at) * 1000)::float8 as milliseconds
    from (
      select x.workflow_id, x.started_at, x.completed_at from workflow_executions x
      where x.workspace_id = ${workspaceId}::uuid and x.completed_at is not null
      order by x.completed_at desc, x.id desc limit ${latest}
    ) recent
    where recent.workflow_id is not null and recent.started_at is not null
    group by recent.workflow_id`);
