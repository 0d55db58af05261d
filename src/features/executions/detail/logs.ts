import { decodeSortedCursor, encodeSortedCursor } from '../../../core/sorted-cursor.ts';
import type { Ctx } from '../../../context.ts';
import { nodeRecordId } from '../runner/live-view.ts';
import { presentExecution } from '../present.ts';
import type { Runner } from '../runner/runner-stub.ts';
import { countLogs, findLogs, type LogFilter, type LogRow } from './log-queries.ts';
import { findNodeStates, type NodeState } from './node-queries.ts';
import { presentLog, toLogRow } from './present.ts';
import type { ExecutionLogs, ListLogsQuery, LogLine } from './schemas.ts';
import { preferRunner, requireStanding } from './standing.ts';

const ORDER = 'log';

/** What the log shows of nodes; all of them are listed elsewhere. */
const NODES_SHOWN = 1_000;

/** Lines that a runner is asked for at once. */
const LIVE_PORTION = 1_000;

type Lines = { rows: LogRow[]; total: number };

/** The log of an execution, by line and in the form of older clients. @throws {AppError} `not_found` */
export async function getLogs(ctx: Ctx, executionId: string, query: ListLogsQuery): Promise<ExecutionLogs> {
  const { db } = ctx;
  const { limit, cursor } = query;
  const { row, live, runner } = await requireStanding(ctx, executionId);
  const after = cursor === undefined ? 0 : Number(decodeSortedCursor(ORDER, cursor, 'count').value);
  const page = { after, limit, offset: cursor === undefined ? query.offset : 0 };
  const filter: LogFilter = {
    levels: query.level,
    node: query.node,
    search: query.search,
    from: query.start_time === undefined ? undefined : new Date(query.start_time),
    to: query.end_time === undefined ? undefined : new Date(query.end_time),
  };
  const lines = await preferRunner(runner ? readLive(runner, row.id, filter, page) : undefined, async () => {
    const [rows, [counted]] = await db.batch([findLogs(db, row.id, filter, page), countLogs(db, row.id, filter)]);
    return { rows, total: counted?.total ?? 0 };
  });
  const nodes = query.include_nodes
    ? await preferRunner(runner ? readLiveNodes(runner, row.id) : undefined, () =>
        findNodeStates(db, row.id, NODES_SHOWN),
      )
    : [];
  const execution = presentExecution({ row, live });
  const logs = lines.rows.slice(0, limit).map(presentLog);
  const last = logs.at(-1);
  const cursorId = nodeRecordId(row.id, 0);
  return {
    execution_id: row.id,
    execution_status: execution.status,
    total_logs: lines.total,
    logs,
    next_cursor:
      lines.rows.length > limit && last ? encodeSortedCursor(ORDER, { value: String(last.id), id: cursorId }) : null,
    execution: {
      id: row.id,
      status: execution.status,
      log: toText(logs.filter(({ node_id: node }) => node === null)),
      error: execution.error_message,
      debug: execution.error_details,
    },
    nodes: toLoggedNodes(nodes, logs),
  };
}

/** All lines are looked at, since the runner knows neither how many fit nor where one with a text is. */
async function readLive(
  runner: Runner,
  executionId: string,
  filter: LogFilter,
  { after, limit, offset }: { after: number; limit: number; offset: number },
): Promise<Lines | null> {
  const lines: Lines = { rows: [], total: 0 };
  let skipped = 0;
  for (let at = 0; ;) {
    const portion = await runner.logs(executionId, { after: at, limit: LIVE_PORTION });
    if (portion === null) return null;
    for (const log of portion) {
      at = log.seq;
      const row = toLogRow(executionId, log);
      if (!fits(row, filter)) continue;
      lines.total += 1;
      if (log.seq > after && skipped++ >= offset && lines.rows.length <= limit) lines.rows.push(row);
    }
    if (portion.length < LIVE_PORTION) return lines;
  }
}

const fits = (row: LogRow, { levels, node, search, from, to }: LogFilter): boolean =>
  (levels === undefined || levels.includes(row.level)) &&
  (node === undefined || row.nodeKey === node) &&
  (search === undefined || row.message.toLowerCase().includes(search.toLowerCase())) &&
  (from === undefined || row.loggedAt >= from) &&
  (to === undefined || row.loggedAt <= to);

async function readLiveNodes(runner: Runner, executionId: string): Promise<NodeState[] | null> {
  const nodes = await runner.nodes(executionId, { after: 0, limit: NODES_SHOWN, bytes: 0 });
  return (
    nodes &&
    nodes.map(({ nodeKey, status, error, metadata, startedAt, completedAt }) => ({
      nodeKey,
      status,
      errorMessage: error?.message ?? null,
      metadata,
      durationMs: startedAt !== null && completedAt !== null ? completedAt - startedAt : null,
    }))
  );
}

function toLoggedNodes(nodes: NodeState[], logs: LogLine[]): ExecutionLogs['nodes'] {
  const byNode = Map.groupBy(logs, ({ node_id: node }) => node);
  return nodes.map((node) => ({
    key: node.nodeKey,
    status: node.status,
    log: toText(byNode.get(node.nodeKey) ?? []),
    error: node.errorMessage,
    debug: node.metadata,
    duration_ms: node.durationMs,
  }));
}

const toText = (lines: LogLine[]): string | null =>
  lines.length === 0
    ? null
    : lines.map(({ timestamp, level, message }) => `${timestamp} ${level} ${message}`).join('\n');
