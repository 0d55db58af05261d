import { sql } from 'drizzle-orm';
import type { Position } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import type { ExecutionStatus, TriggerType } from '../../../db/schema/index.ts';

export type LineageRow = {
  id: string;
  workflow_id: string | null;
  workflow_name: string | null;
  workflow_version: number | null;
  trigger_type: TriggerType;
  parent_execution_id: string | null;
  parent_node_key: string | null;
  root_execution_id: string | null;
  status: ExecutionStatus;
  depth: number;
  cost_usd: string;
  next_check_at: string | null;
  created_at: string;
  completed_at: string | null;
};

const columns = sql`e.id, e.workflow_id, f.name as workflow_name, e.workflow_version, e.trigger_type, e.parent_execution_id,
  e.parent_node_key, e.root_execution_id, e.status, e.depth::int as depth, e.cost_usd::text as cost_usd, e.next_check_at,
  e.created_at, e.completed_at`;

/** An execution and those that it comes from, the outermost first; so many at most, from itself up. */
export async function findLine(db: Database, workspaceId: string, id: string, limit: number) {
  const { rows } = await db.execute<LineageRow>(sql`
    with recursive line as (
      select x.id, x.parent_execution_id, 0 as up from workflow_executions x
      where x.id = ${id}::uuid and x.workspace_id = ${workspaceId}::uuid
      union all
      select x.id, x.parent_execution_id, line.up + 1 from line
      join workflow_executions x on x.id = line.parent_execution_id and x.workspace_id = ${workspaceId}::uuid
      where line.up < ${limit}
    )
    select ${columns} from line join workflow_executions e on e.id = line.id
    left join workflows f on f.id = e.workflow_id order by line.up desc`);
  return rows;
}

/** What comes from each of these, in the order in which they were made: so many of each at most. */
export async function findChildren(
  db: Database,
  workspaceId: string,
  parentIds: string[],
  { limit, after }: { limit: number; after: Position | null },
) {
  const follows = after
    ? sql`and (x.created_at, x.id) > (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`
    : sql``;
  const { rows } = await db.execute<LineageRow>(sql`
    select ${columns}
    from (select json_array_elements_text(${JSON.stringify(parentIds)}::json)::uuid as id) parent
    cross join lateral (
      select * from workflow_executions x
      where x.parent_execution_id = parent.id and x.workspace_id = ${workspaceId}::uuid ${follows}
      order by x.created_at, x.id limit ${limit}
    ) e
    left join workflows f on f.id = e.workflow_id order by e.created_at, e.id`);
  return rows;
}
