import { requireUser } from '../../../core/actor.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { MINUTE } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { toIso } from '../present.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import * as queries from './queries.ts';
import type { EngineStatus } from './schemas.ts';

/** The clock's task that finds executions whose runner is silent. */
const SWEEP = 'executions.sweep';

/** It runs every minute. */
const SWEEP_LIMIT_MS = 3 * MINUTE;

export async function getEngineStatus(ctx: Ctx): Promise<EngineStatus> {
  const { rows } = await queries.findEngine(ctx.db, SWEEP);
  const [facts] = rows as [queries.EngineFacts];
  return {
    is_running: facts.is_running,
    running_executions: facts.open,
    workspaces: facts.workspaces,
    overdue_executions: facts.overdue,
    has_queue_processor: facts.last_sweep_ms !== null && facts.last_sweep_ms > Date.now() - SWEEP_LIMIT_MS,
    last_sweep_at: toIso(facts.last_sweep_ms),
    changed_by: facts.changed_by,
    changed_at: new Date(facts.changed_at_ms).toISOString(),
  };
}

/** Lets executions of all workspaces begin, or none any more; what runs goes on. */
export async function setEngineRunning(ctx: Ctx, isRunning: boolean): Promise<void> {
  await queries.setRunning(ctx.db, isRunning, requireUser(ctx.actor).id);
  logEvent('info', 'execution_engine_changed', { is_running: isRunning, user_id: requireUser(ctx.actor).id });
  ctx.waitUntil(tellRunners(ctx));
}

/** Others learn it at their next admission, and from the sweep. */
const TOLD_AT_ONCE = 200;

async function tellRunners({ db, env }: Ctx): Promise<void> {
  try {
    const busy = await queries.findBusyWorkspaces(db, TOLD_AT_ONCE);
    await Promise.all(busy.map((workspaceId) => executionRunner(env, workspaceId).settingsChanged()));
  } catch (error) {
    logEvent('warn', 'execution_runners_not_told', { error: describeError(error) });
  }
}
