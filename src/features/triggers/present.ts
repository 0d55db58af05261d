import type { TriggerRow } from './queries.ts';

/** What every trigger shows. */
export const presentTrigger = (row: TriggerRow) => ({
  id: row.id,
  workspace_id: row.workspaceId,
  workflow_id: row.workflowId,
  name: row.name,
  is_active: row.isActive,
  inactive_reason: row.inactiveReason,
  acts_for: row.actsFor,
  workflow_version: row.workflowVersion,
  priority: row.priority,
  timeout_seconds: row.timeoutSeconds,
  granted_variables: row.grantedVariables,
  version: row.version,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
});
