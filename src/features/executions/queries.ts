import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../../db/client.ts';
import { workflowExecutions, type JsonObject } from '../../db/schema/index.ts';

const executions = workflowExecutions;

/** Whether an execution has not ended; in the words of the index on those, which serves no others. */
export const isOpen = (status: PgColumn | SQL): SQL => sql`${status} in ('pending', 'running', 'paused')`;

/** What a list shows of a field; the whole of it stands where one execution is read. */
const LISTED_BYTES = 4 * 1024;

/**
 * A value as the driver reads it. A column's own mapper would read a text once more, and take "123" for a number.
 * @param bytes null shows it whatever its length; the stored size is asked first, since it is at hand
 */
const valueOf = <T>(column: PgColumn, bytes: number | null): SQL<T | null> =>
  bytes === null
    ? sql<T>`${column}`
    : sql<T>`case when pg_column_size(${column}) <= ${bytes}::int and octet_length(${column}::text) <= ${bytes}::int
        then ${column} end`;

/** Which of these fields are there without being shown. */
const omittedOf = (columns: Record<string, PgColumn>, bytes: number) =>
  sql<string[]>`array_remove(array[${sql.join(
    Object.entries(columns).map(
      ([name, column]) =>
        sql`case when ${column} is not null and ${valueOf(column, bytes)} is null then ${name}::text end`,
    ),
    sql`, `,
  )}], null)`;

const LONG = {
  input_data: executions.inputData,
  context_data: executions.contextData,
  variables: executions.variables,
  output_data: executions.outputData,
  metadata: executions.metadata,
};

const columns = (bytes: number | null) => ({
  id: executions.id,
  workspaceId: executions.workspaceId,
  workflowId: executions.workflowId,
  workflowVersion: executions.workflowVersion,
  createdBy: executions.createdBy,
  requestId: executions.requestId,
  status: executions.status,
  priority: executions.priority,
  inputData: valueOf<JsonObject>(executions.inputData, bytes),
  contextData: valueOf<JsonObject>(executions.contextData, bytes),
  variables: valueOf<JsonObject>(executions.variables, bytes),
  grantedVariables: executions.grantedVariables,
  outputData: valueOf<unknown>(executions.outputData, bytes),
  outputObjectKey: executions.outputObjectKey,
  metadata: valueOf<JsonObject>(executions.metadata, bytes),
  omitted: bytes === null ? sql<string[]>`'{}'::text[]` : omittedOf(LONG, bytes),
  timeoutSeconds: executions.timeoutSeconds,
  timeoutAt: executions.timeoutAt,
  autoRetry: executions.autoRetry,
  maxRetries: executions.maxRetries,
  retryCount: executions.retryCount,
  notifyOnCompletion: executions.notifyOnCompletion,
  notifyOnFailure: executions.notifyOnFailure,
  tags: executions.tags,
  totalNodes: executions.totalNodes,
  completedNodes: executions.completedNodes,
  failedNodes: executions.failedNodes,
  estimatedDuration: executions.estimatedDuration,
  triggerType: executions.triggerType,
  triggerId: executions.triggerId,
  parentExecutionId: executions.parentExecutionId,
  parentNodeKey: executions.parentNodeKey,
  rootExecutionId: executions.rootExecutionId,
  depth: executions.depth,
  errorMessage: executions.errorMessage,
  errorDetails: executions.errorDetails,
  costUsd: executions.costUsd,
  startedAt: executions.startedAt,
  completedAt: executions.completedAt,
  nextCheckAt: executions.nextCheckAt,
  createdAt: executions.createdAt,
  updatedAt: executions.updatedAt,
});

/** What one execution is read by. */
const WHOLE = columns(null);

/** What a list shows of each. */
export const LISTED = columns(LISTED_BYTES);

export const findExecution = (db: Database, workspaceId: string, id: string) =>
  db
    .select(WHOLE)
    .from(executions)
    .where(and(eq(executions.id, id), eq(executions.workspaceId, workspaceId)));

export type ExecutionRow = Awaited<ReturnType<typeof findExecution>>[number];

/** Some of them as a list shows them. */
export const findListed = (db: Database, workspaceId: string, ids: string[]): Promise<ExecutionRow[]> =>
  db
    .select(LISTED)
    .from(executions)
    .where(and(inArray(executions.id, ids), eq(executions.workspaceId, workspaceId)));

/** What decides on an execution, without what it holds. */
export const findStates = (db: Database, workspaceId: string, ids: string[]) =>
  db
    .select({
      id: executions.id,
      status: executions.status,
      nextCheckAt: executions.nextCheckAt,
    })
    .from(executions)
    .where(and(inArray(executions.id, ids), eq(executions.workspaceId, workspaceId)));

export type ExecutionState = Awaited<ReturnType<typeof findStates>>[number];
