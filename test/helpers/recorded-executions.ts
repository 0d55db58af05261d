import type { User } from './actors.ts';
import { sql } from './database.ts';

type Recorded = {
  status?: string;
  workspaceId?: string;
  retryCount?: number;
  output?: unknown;
  nodes?: { key: string; status?: string; output?: unknown; error?: string }[];
  logs?: string[];
};

/** Writes an execution past the API as a runner records it; returns its id. Node by node a second apart. */
export async function recordExecution(user: User, options: Recorded = {}): Promise<string> {
  const { status = 'completed', workspaceId = user.workspaceId, retryCount = 0, output = { sum: 3 } } = options;
  const { nodes = [], logs = [] } = options;
  const [id, workflow] = [crypto.randomUUID(), crypto.randomUUID()];
  const hasEnded = !['pending', 'running', 'paused'].includes(status);
  const fault = status === 'failed' ? { message: 'The third step failed.', details: { code: 'http_error' } } : null;
  const rows = nodes.map((node, at) => ({ status: 'completed', output: null, error: null, ...node, at }));
  await sql.transaction([
    sql`insert into workflows (id, workspace_id, created_by, name, definition)
        values (${workflow}, ${workspaceId}, ${user.id}, 'Flow', '{"nodes":[],"connections":[]}')`,
    sql`insert into workflow_executions (id, workspace_id, workflow_id, workflow_version, created_by, status, retry_count,
          total_nodes, completed_nodes, failed_nodes, output_data, error_message, error_details, started_at, completed_at)
        values (${id}, ${workspaceId}, ${workflow}, 1, ${user.id}, ${status}, ${retryCount}, ${nodes.length},
          ${nodes.length}, 0, ${hasEnded ? JSON.stringify(output) : null}, ${fault?.message ?? null},
          ${fault && JSON.stringify(fault.details)}, ${hasEnded ? BEGAN : null},
          ${hasEnded ? new Date(BEGAN.getTime() + 60_000) : null})`,
    sql`insert into node_executions (execution_id, workspace_id, execution_order, node_key, node_type, status, output_data,
          output_bytes, error_message, error_details, started_at, completed_at)
        select ${id}, ${workspaceId}, at + 1, key, 'transform', status, output, coalesce(octet_length(output::text), 0),
          error, case when error is not null then '{"code":"node_failed"}'::jsonb end,
          ${BEGAN.toISOString()}::timestamptz + at * interval '1 second' + interval '100 ms',
          ${BEGAN.toISOString()}::timestamptz + at * interval '1 second' + interval '600 ms'
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as node (at int, key text, status text, output jsonb, error text)`,
    sql`insert into workflow_execution_logs (execution_id, seq, level, message, logged_at)
        select ${id}, at, 'info', message, ${BEGAN.toISOString()}::timestamptz + interval '30 seconds'
        from unnest(${logs}::text[]) with ordinality as line (message, at)`,
  ]);
  return id;
}

/** When every recorded execution began. */
export const BEGAN = new Date('2026-11-01T12:00:00.000Z');
