import { and, asc, eq, gt, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../../../db/client.ts';
import { nodeExecutions } from '../../../db/schema/index.ts';

const nodes = nodeExecutions;

/**
 * A value as the driver reads it, unless it is longer than what is shown among others: a column's own mapper would read
 * a text once more, and take "123" for a number.
 */
const shown = (column: PgColumn, length: PgColumn, bytes: number): SQL<unknown> =>
  sql`case when ${length} <= ${bytes}::bigint then ${column} end`;

/** Runs of nodes in the order in which they began: one more than the limit. */
export const findNodes = (
  db: Database,
  executionId: string,
  { after, limit, offset, bytes }: { after: number; limit: number; offset: number; bytes: number },
) =>
  db
    .select({
      ...COLUMNS,
      inputData: shown(nodes.inputData, nodes.inputBytes, bytes),
      outputData: shown(nodes.outputData, nodes.outputBytes, bytes),
    })
    .from(nodes)
    .where(and(eq(nodes.executionId, executionId), gt(nodes.executionOrder, after)))
    .orderBy(asc(nodes.executionOrder))
    .limit(limit + 1)
    .offset(offset);

const COLUMNS = {
  id: nodes.id,
  executionOrder: nodes.executionOrder,
  nodeKey: nodes.nodeKey,
  nodeType: nodes.nodeType,
  nodeName: nodes.nodeName,
  iteration: nodes.iteration,
  status: nodes.status,
  retryCount: nodes.retryCount,
  maxRetries: nodes.maxRetries,
  retryDelayMs: nodes.retryDelayMs,
  timeoutSeconds: nodes.timeoutSeconds,
  port: nodes.port,
  configData: nodes.configData,
  inputObjectKey: nodes.inputObjectKey,
  outputObjectKey: nodes.outputObjectKey,
  inputBytes: nodes.inputBytes,
  outputBytes: nodes.outputBytes,
  costUsd: nodes.costUsd,
  errorMessage: nodes.errorMessage,
  errorDetails: nodes.errorDetails,
  startedAt: nodes.startedAt,
  completedAt: nodes.completedAt,
  durationMs: nodes.durationMs,
  dependencies: nodes.dependencies,
  dependents: nodes.dependents,
  metadata: nodes.metadata,
  createdAt: nodes.createdAt,
  updatedAt: nodes.updatedAt,
};

export type NodeRow = Awaited<ReturnType<typeof findNodes>>[number];

/** What a node was given and what came of it, or where that lies. */
export const findNodeData = (db: Database, executionId: string, id: string) =>
  db
    .select({
      inputData: sql<unknown>`${nodes.inputData}`,
      outputData: sql<unknown>`${nodes.outputData}`,
      inputObjectKey: nodes.inputObjectKey,
      outputObjectKey: nodes.outputObjectKey,
    })
    .from(nodes)
    .where(and(eq(nodes.executionId, executionId), eq(nodes.id, id)));

/** What the log shows of each node. */
export const findNodeStates = (db: Database, executionId: string, limit: number) =>
  db
    .select({
      nodeKey: nodes.nodeKey,
      status: nodes.status,
      errorMessage: nodes.errorMessage,
      metadata: nodes.metadata,
      durationMs: nodes.durationMs,
    })
    .from(nodes)
    .where(eq(nodes.executionId, executionId))
    .orderBy(asc(nodes.executionOrder))
    .limit(limit);

export type NodeState = Awaited<ReturnType<typeof findNodeStates>>[number];

export type NodeSums = {
  node_key: string;
  node_type: string;
  runs: number;
  duration_ms: number | null;
  input_bytes: number;
  output_bytes: number;
  attempts: number;
  cost_usd: string;
  measured_at: string | null;
};

/** Each node of the definition once, however often it ran. */
export const sumNodes = (db: Database, executionId: string) =>
  db.execute<NodeSums>(sql`
    select n.node_key, min(n.node_type) as node_type, count(*)::int as runs, sum(n.duration_ms)::float8 as duration_ms,
      sum(n.input_bytes)::float8 as input_bytes, sum(n.output_bytes)::float8 as output_bytes,
      (sum(n.retry_count) + count(*) filter (where n.started_at is not null))::int as attempts,
      trim_scale(sum(n.cost_usd))::text as cost_usd,
      to_char(max(n.completed_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as measured_at
    from node_executions n where n.execution_id = ${executionId}::uuid
    group by n.node_key order by min(n.execution_order)`);
