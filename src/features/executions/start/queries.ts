import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import {
  idempotencyClaims,
  workflowExecutions,
  type JsonObject,
  type WorkflowDefinition,
} from '../../../db/schema/index.ts';
import type { Origin } from '../origin.ts';
import type { Stage } from '../../workflows/index.ts';

export type NewExecution = {
  id: string;
  workspaceId: string;
  workflowId: string;
  /** Null for the one of the stage. */
  version: number | null;
  /** What runs where no version is named: what is published, where it is left out. */
  stage?: Stage | undefined;
  createdBy: string;
  accessTokenId: string | null;
  requestId: string;
  priority: number;
  inputData: JsonObject | null;
  contextData: JsonObject | null;
  variables: JsonObject | null;
  grantedVariables: string[];
  origin: Origin;
  /** Whether it is a part of what somebody else wrote, and so reads nothing but what is granted, whoever wrote it. */
  isConfined?: boolean;
  timeoutSeconds: number | null;
  autoRetry: boolean;
  maxRetries: number;
  notifyOnCompletion: boolean;
  notifyOnFailure: boolean;
  tags: string[];
  metadata: JsonObject | null;
  /** Seconds until somebody looks after it who has heard nothing; null for one that is not to begin by itself. */
  checkAfter: number | null;
};

export type StartLimits = { open: number; month: Date; retryAfter: number };

/** What a runner has to know of what was inserted. */
export type StartedRow = {
  workflow_version: number;
  /** Null for the version whose definition is known. */
  definition: WorkflowDefinition | null;
  is_foreign: boolean;
  is_outside: boolean;
  /** Null where it was there already. */
  created_at_ms: number | null;
  workflow_limit: number | null;
  workspace_limit: number | null;
  is_paused: boolean;
  is_engine_running: boolean;
};

/**
 * Records an execution, pending, and tells all that its runner needs: one call, so that what is recorded is what runs,
 * and of a function, whose statements PostgreSQL does not plan anew each time. One that was recorded before is left as
 * it is.
 * @param known a definition of the workflow that is at hand, and is not read once more
 * @throws {AppError} `not_found`, `workflow_not_runnable`, `limit_reached` or `queue_full` out of the batch
 */
export function insertExecution(
  db: Database,
  row: NewExecution,
  limits: StartLimits,
  known: { version: number; definition: WorkflowDefinition } | null,
) {
  const { version, stage, origin, checkAfter } = row;
  const given = {
    id: row.id,
    workspace_id: row.workspaceId,
    workflow_id: row.workflowId,
    created_by: row.createdBy,
    access_token_id: row.accessTokenId,
    request_id: row.requestId,
    priority: row.priority,
    input_data: row.inputData,
    context_data: row.contextData,
    variables: row.variables,
    granted_variables: row.grantedVariables,
    timeout_seconds: row.timeoutSeconds,
    auto_retry: row.autoRetry,
    max_retries: row.maxRetries,
    notify_on_completion: row.notifyOnCompletion,
    notify_on_failure: row.notifyOnFailure,
    tags: row.tags,
    metadata: row.metadata,
    trigger_type: origin.triggerType,
    trigger_id: origin.triggerId,
    parent_execution_id: origin.parentExecutionId,
    parent_node_key: origin.parentNodeKey,
    root_execution_id: origin.rootExecutionId,
    depth: origin.depth,
    restart: origin.restart,
    concurrency_key: origin.concurrencyKey,
    is_confined: row.isConfined ?? false,
  };
  const terms = {
    version,
    stage,
    // Whether a version runs, and not what was given in place of one.
    keeps_version: origin.restart?.definition === undefined,
    known_version: known?.version,
    known_nodes: known?.definition.nodes.length,
    open: limits.open,
    month: limits.month,
    retry_after: limits.retryAfter,
    check_after: checkAfter,
  };
  return db.execute<{ started: StartedRow }>(
    sql`select start_execution(${JSON.stringify(given)}::json, ${JSON.stringify(terms)}::json) as started`,
  );
}

/** Takes back an execution that never began, with the claim of the request that made it. It counts nowhere. */
export function withdrawExecution(db: Database, workspaceId: string, id: string, claimScope: string | null) {
  const isOne = and(eq(workflowExecutions.id, id), eq(workflowExecutions.workspaceId, workspaceId));
  return db.batch([
    // Deleted as one that was only prepared.
    db.update(workflowExecutions).set({ nextCheckAt: null }).where(isOne),
    db.delete(workflowExecutions).where(isOne),
    db
      .delete(idempotencyClaims)
      .where(and(eq(idempotencyClaims.scope, claimScope ?? ''), eq(idempotencyClaims.resourceId, id))),
  ]);
}
