import { and, desc, eq, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import {
  executionLogs,
  nodeExecutions,
  workflowExecutions,
  workspaceMembers,
  workspaces,
} from '../../../db/schema/index.ts';
import { RESULT_BYTES } from '../events.ts';
import { isOpen } from '../queries.ts';

const summaryColumns = {
  id: workflowExecutions.id,
  workspaceId: workflowExecutions.workspaceId,
  status: workflowExecutions.status,
  retryCount: workflowExecutions.retryCount,
  nextCheckAt: workflowExecutions.nextCheckAt,
  createdAt: workflowExecutions.createdAt,
  updatedAt: workflowExecutions.updatedAt,
};

/** An execution as the database knows it, which hears of it before it begins and after it has ended. */
export async function findSummary(db: Database, workspaceId: string, executionId: string) {
  const [row] = await db.select(summaryColumns).from(workflowExecutions).where(isExecution(workspaceId, executionId));
  return row;
}

export type Summary = NonNullable<Awaited<ReturnType<typeof findSummary>>>;

/** The latest that a user has started, in workspaces that they are still a member of. */
export function findSummariesOf(db: Database, userId: string, limit: number): Promise<Summary[]> {
  return db
    .select(summaryColumns)
    .from(workflowExecutions)
    .innerJoin(
      workspaceMembers,
      and(eq(workspaceMembers.workspaceId, workflowExecutions.workspaceId), eq(workspaceMembers.userId, userId)),
    )
    .innerJoin(workspaces, and(eq(workspaces.id, workflowExecutions.workspaceId), eq(workspaces.status, 'active')))
    .where(eq(workflowExecutions.createdBy, userId))
    .orderBy(desc(workflowExecutions.createdAt), desc(workflowExecutions.id))
    .limit(limit);
}

/** What the database has of an execution: itself, and of its nodes and log lines the last ones. */
export function findHistory(db: Database, workspaceId: string, executionId: string, limits: HistoryLimits) {
  return [
    db
      .select({
        workflowId: workflowExecutions.workflowId,
        userId: workflowExecutions.createdBy,
        status: workflowExecutions.status,
        retryCount: workflowExecutions.retryCount,
        totalNodes: workflowExecutions.totalNodes,
        completedNodes: workflowExecutions.completedNodes,
        failedNodes: workflowExecutions.failedNodes,
        output: sql<unknown>`case when ${isOmitted} then null else ${workflowExecutions.outputData} end`,
        isOutputOmitted: isOmitted,
        errorMessage: workflowExecutions.errorMessage,
        errorDetails: workflowExecutions.errorDetails,
        startedAt: workflowExecutions.startedAt,
        completedAt: workflowExecutions.completedAt,
        updatedAt: workflowExecutions.updatedAt,
      })
      .from(workflowExecutions)
      .where(isExecution(workspaceId, executionId)),
    db
      .select({
        executionOrder: nodeExecutions.executionOrder,
        nodeKey: nodeExecutions.nodeKey,
        nodeType: nodeExecutions.nodeType,
        iteration: nodeExecutions.iteration,
        status: nodeExecutions.status,
        retryCount: nodeExecutions.retryCount,
        output: sql<unknown>`case when ${nodeExecutions.outputBytes} <= ${RESULT_BYTES} then ${nodeExecutions.outputData} end`,
        outputBytes: nodeExecutions.outputBytes,
        errorMessage: nodeExecutions.errorMessage,
        errorDetails: nodeExecutions.errorDetails,
        startedAt: nodeExecutions.startedAt,
        completedAt: nodeExecutions.completedAt,
      })
      .from(nodeExecutions)
      .where(and(eq(nodeExecutions.executionId, executionId), eq(nodeExecutions.workspaceId, workspaceId)))
      .orderBy(desc(nodeExecutions.executionOrder))
      .limit(limits.nodes),
    db
      .select({
        seq: executionLogs.seq,
        level: executionLogs.level,
        nodeKey: executionLogs.nodeKey,
        message: executionLogs.message,
        loggedAt: executionLogs.loggedAt,
      })
      .from(executionLogs)
      .innerJoin(workflowExecutions, eq(workflowExecutions.id, executionLogs.executionId))
      .where(isExecution(workspaceId, executionId))
      .orderBy(desc(executionLogs.seq))
      .limit(limits.logs),
  ] as const;
}

type HistoryLimits = { nodes: number; logs: number };

/** Executions of the whole platform: those under way exactly, others by a sample where there are very many. */
export async function countAll(db: Database, sampledRows = SAMPLED_ROWS): Promise<ExecutionCounts> {
  const { rows } = await db.execute<Record<keyof ExecutionCounts, string>>(sql`
    with sample as materialized (
      select least(100, 100.0 * ${sampledRows} / greatest(reltuples, 1)) as percent
      from pg_class where oid = 'workflow_executions'::regclass
    ), counted as (
      select count(*) as total, count(*) filter (where status = 'completed') as completed
      from workflow_executions tablesample system ((select percent from sample))
    )
    select round(total * 100 / percent) as total, round(completed * 100 / percent) as completed,
      (select count(*) from ${workflowExecutions}
        where ${isOpen(workflowExecutions.status)}) as active
    from counted, sample`);
  const { total, completed, active } = rows[0]!;
  return { total: Number(total), completed: Number(completed), active: Number(active) };
}

export type ExecutionCounts = { total: number; active: number; completed: number };

/** As many as are looked at, which is all where there are no more. */
const SAMPLED_ROWS = 100_000;

const isExecution = (workspaceId: string, executionId: string) =>
  and(eq(workflowExecutions.id, executionId), eq(workflowExecutions.workspaceId, workspaceId));

const isOmitted = sql<boolean>`(${workflowExecutions.outputObjectKey} is not null
  or coalesce(octet_length(${workflowExecutions.outputData}::text) > ${RESULT_BYTES}, false))`;
