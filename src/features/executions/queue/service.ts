import { requireWorkspace } from '../../../core/actor.ts';
import { MINUTE } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { findQueue } from '../overlay.ts';
import { toIso } from '../present.ts';
import type { LiveExecution } from '../runner/types.ts';
import { OPEN_LIMIT } from '../start/start-execution.ts';
import { expectStarts } from './expect-starts.ts';
import * as queries from './queries.ts';
import type { QueueStatus } from './schemas.ts';

/** From so many on, those of all workspaces are not counted. */
const COUNTED_AT_MOST = 10_000;

/** Executions that tell how long others will take. */
const LATEST = 200;

/** As with the original. */
const CONGESTED_FROM = 1_000;

/** What holds a whole queue, so that no order tells when anything begins. */
const HELD_BY: ReadonlySet<string> = new Set(['pause', 'engine_stopped']);

/** What runs and what waits in a workspace, and when those that wait will begin; the last start is that of one more. */
export async function readQueue(ctx: Ctx) {
  const { db, env } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const [queue, [facts, durations]] = await Promise.all([
    findQueue(ctx, workspaceId),
    db.batch([queries.findFacts(db, workspaceId, COUNTED_AT_MOST), queries.findDurations(db, workspaceId, LATEST)]),
  ]);
  const { running = [], waiting = [], parked = 0 } = queue ?? {};
  const [fact] = facts.rows as [queries.QueueFacts];
  const limit = fact.workspace_limit ?? env.EXECUTIONS_PER_WORKSPACE;
  const paused = running.filter(({ status }) => status === 'paused');
  // Those that have just given back their places are among them.
  const active = running.filter(({ status, isParked }) => status !== 'paused' && !isParked);
  const starts = expectStarts(
    { now: Date.now(), limit, running: active.map(toRunning), waiting },
    toDurations(durations.rows),
  );
  const isHeld = fact.is_paused || !fact.is_engine_running;
  return { running, waiting, parked, paused, active, fact, limit, starts, isHeld };
}

/** What runs and what waits in a workspace, why, and until when. */
export async function getQueueStatus(ctx: Ctx, shown: number): Promise<QueueStatus> {
  const { waiting, parked, paused, active, fact, limit, starts, isHeld } = await readQueue(ctx);
  const nextStart = isHeld ? null : (starts.at(-1) ?? null);
  return {
    user_queue: {
      pending: waiting.length,
      running: active.length,
      paused: paused.length,
      parked,
      total_active: waiting.length + active.length + paused.length + parked,
    },
    global_queue: {
      total_pending: fact.open,
      estimated_wait_time_minutes: nextStart === null ? 0 : Math.max(0, nextStart - Date.now()) / MINUTE,
    },
    limits: { max_concurrent_executions: limit, max_queue_size: OPEN_LIMIT },
    status: fact.open >= CONGESTED_FROM ? 'congested' : 'healthy',
    is_paused: fact.is_paused,
    is_engine_running: fact.is_engine_running,
    waiting: waiting.slice(0, shown).map((live, at) => ({
      execution_id: live.executionId,
      workflow_id: live.workflowId,
      status: live.status,
      priority: live.priority,
      position: at + 1,
      waits: live.waits && { ...live.waits, until: toIso(live.waits.until) },
      expected_start_at: isHeld || HELD_BY.has(live.waits?.reason ?? '') ? null : toIso(starts[at] ?? null),
      created_at: new Date(live.createdAt).toISOString(),
    })),
  };
}

const toRunning = ({ workflowId, startedAt, createdAt }: LiveExecution) => ({
  workflowId,
  startedAt: startedAt ?? createdAt,
});

/** Of a workflow that never ran what the others take. */
function toDurations(rows: queries.WorkflowDuration[]) {
  const known = new Map(rows.map((row) => [row.workflow_id, row.milliseconds]));
  const mean = rows.length === 0 ? undefined : rows.reduce((sum, row) => sum + row.milliseconds, 0) / rows.length;
  return (workflowId: string) => known.get(workflowId) ?? mean;
}
