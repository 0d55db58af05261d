import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import type { ExecutionStatus } from '../../../db/schema/index.ts';
import type { StoredNode } from './queries.ts';

/** An execution from which others go on, without what it holds. */
export type SourceFacts = {
  status: ExecutionStatus;
  workflow_id: string | null;
  created_by: string | null;
  started_at_ms: number | null;
};

export async function findSourceFacts(db: Database, workspaceId: string, id: string): Promise<SourceFacts | null> {
  const { rows } = await db.execute<SourceFacts>(sql`
    select status, workflow_id, created_by, (extract(epoch from started_at) * 1000)::float8 as started_at_ms
    from workflow_executions where workspace_id = ${workspaceId}::uuid and id = ${id}::uuid`);
  return rows[0] ?? null;
}

/** What became of a node, without what it gave. */
export type RecordedNode = Omit<StoredNode, 'output'> & { id: string; node_type: string };

/** What became of the nodes of an execution, in the order in which they began. */
export async function findRecordedNodes(db: Database, workspaceId: string, id: string): Promise<RecordedNode[]> {
  const { rows } = await db.execute<RecordedNode>(sql`
    select id, node_type, execution_order, node_key, iteration, status, retry_count::int as retry_count, port,
      output_object_key, output_bytes::float8 as output_bytes, cost_usd::text as cost_usd, error_message, error_details,
      (extract(epoch from started_at) * 1000)::float8 as started_at_ms,
      (extract(epoch from completed_at) * 1000)::float8 as completed_at_ms, end_order, metadata
    from node_executions
    where workspace_id = ${workspaceId}::uuid and execution_id = ${id}::uuid order by execution_order`);
  return rows;
}

/** What some of them gave, as texts, by their order; those in object storage are not among them. */
export async function findOutputs(db: Database, workspaceId: string, id: string, orders: number[]) {
  const { rows } = await db.execute<{ execution_order: number; output: string }>(sql`
    select execution_order, output_data::text as output from node_executions
    where workspace_id = ${workspaceId}::uuid and execution_id = ${id}::uuid and output_data is not null
      and execution_order in ${listOf(orders, 'int')}`);
  return new Map(rows.map(({ execution_order: order, output }) => [order, output]));
}
