import { sql, type SQL } from 'drizzle-orm';
import { projects, workflows, workspaces } from '../../db/schema/index.ts';

export type WorkflowPlace = { workspaceId: string; workflowId: string };

/** A deleted project keeps its workflow as long as it can be restored; until then there is none for anybody. */
export const isNotDeleted: SQL = sql`not exists (
  select from ${projects} p where p.workflow_id = ${workflows.id} and p.status = 'deleted'
)`;

/** Whether a workflow is public, in a workspace that is there. */
export const isPublic: SQL = sql`(${workflows.isPublic} and exists (
  select from ${workspaces} w where w.id = ${workflows.workspaceId} and w.status = 'active'
))`;

/** Whether a workflow is there, in this workspace. */
export function isPresent({ workspaceId, workflowId }: WorkflowPlace): SQL {
  return sql`exists (select from ${workflows}
    where ${workflows.id} = ${workflowId}::uuid and ${workflows.workspaceId} = ${workspaceId}::uuid and ${isNotDeleted})`;
}
