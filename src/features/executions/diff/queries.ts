import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import type { NodeStatus } from '../../../db/schema/index.ts';

/** A run of a node, as far as it is compared. */
type Side = {
  id: string;
  status: NodeStatus;
  port: string | null;
  error_code: string | null;
  error_message: string | null;
  /** What it gave, if that is short; else its digest, or where it lies. */
  output: unknown;
  digest: string | null;
  object_key: string | null;
  bytes: number;
};

/** A node that is not the same in two executions, or of which that cannot be told here. */
export type NodePair = {
  node_key: string;
  iteration: number[];
  before: Side | null;
  after: Side | null;
  has_other_output: boolean;
  has_other_request: boolean;
};

export type Pair = { workspaceId: string; before: string; after: string };

const SHOWN_BYTES = 16 * 1024;

const side = (name: string) => {
  const n = sql.identifier(name);
  return sql`case when ${n}.id is not null then json_build_object(
    'id', ${n}.id, 'status', ${n}.status, 'port', ${n}.port,
    'error_code', ${n}.error_details ->> 'code', 'error_message', ${n}.error_message,
    'output', case when ${n}.output_bytes <= ${SHOWN_BYTES}::bigint then ${n}.output_data end,
    'digest', case when ${n}.output_bytes > ${SHOWN_BYTES}::bigint
      then 'sha256:' || encode(sha256(convert_to(${n}.output_data::text, 'UTF8')), 'hex') end,
    'object_key', ${n}.output_object_key, 'bytes', ${n}.output_bytes) end`;
};

/** Those that lie in object storage may be the same: that is not for the database to know. */
const HAS_OTHER_OUTPUT = sql`(a.output_data is distinct from b.output_data
  or a.output_object_key is not null or b.output_object_key is not null)`;

/** Of what asks nobody, what it would ask is no matter; nor of what was passed over. */
const hasOtherRequest = (computed: readonly string[]) => {
  const types = listOf(computed, 'text');
  return sql`((a.node_type not in ${types} or b.node_type not in ${types})
    and a.status in ('completed', 'failed') and b.status in ('completed', 'failed')
    and (a.node_type <> b.node_type or case
      when a.metadata ->> 'request' is not null and b.metadata ->> 'request' is not null
        then a.metadata ->> 'request' <> b.metadata ->> 'request'
      else a.config_data is distinct from b.config_data end))`;
};

/** Nodes that two executions may not have in common, each with what became of it in both. */
export async function findPairs(
  db: Database,
  { workspaceId, before, after }: Pair,
  computed: readonly string[],
  page: { limit: number; offset: number },
): Promise<NodePair[]> {
  const nodesOf = (id: string) => sql`(
    select * from node_executions where execution_id = ${id}::uuid and workspace_id = ${workspaceId}::uuid)`;
  const { rows } = await db.execute<NodePair>(sql`
    select coalesce(a.node_key, b.node_key) as node_key, coalesce(a.iteration, b.iteration) as iteration,
      ${side('b')} as before, ${side('a')} as after,
      ${HAS_OTHER_OUTPUT} as has_other_output, coalesce(${hasOtherRequest(computed)}, false) as has_other_request
    from ${nodesOf(before)} b
    full join ${nodesOf(after)} a on a.node_key = b.node_key and a.iteration = b.iteration
    where a.id is null or b.id is null or a.status <> b.status or a.port is distinct from b.port
      or a.error_message is distinct from b.error_message
      or a.error_details ->> 'code' is distinct from b.error_details ->> 'code'
      or ${HAS_OTHER_OUTPUT} or ${hasOtherRequest(computed)}
    order by coalesce(b.execution_order, a.execution_order), coalesce(a.node_key, b.node_key), 2
    limit ${page.limit} offset ${page.offset}`);
  return rows;
}
