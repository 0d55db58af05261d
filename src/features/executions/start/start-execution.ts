import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { startOfMonth } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import { requireRunnable } from '../../workflows/index.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import type { LiveExecution, RunSpec } from '../runner/types.ts';
import * as queries from './queries.ts';

/** Executions of one workspace that have not ended, those that run included. */
export const OPEN_LIMIT = 1_000;

/** How long a client waits that found so many. */
const RETRY_AFTER_S = 10;

/** Soon enough that one whose runner heard nothing begins within two minutes, by a sweep that runs each minute. */
export const CHECK_AFTER_S = 45;

/** An execution that is wanted, by the request's actor and in its workspace. */
export type Wanted = Omit<queries.NewExecution, 'id' | 'workspaceId' | 'createdBy' | 'accessTokenId' | 'requestId'>;

/** An execution that was started. Its runner may have heard nothing of it yet. */
export type Started = { id: string; live: LiveExecution | null };

/**
 * Records the execution, then tells its runner: in that order, so that none is lost, whatever happens in between.
 * @param id one that is made from what starts it has it start once only
 * @throws {AppError} `not_found`, `validation_failed`, `workflow_not_runnable`, `limit_reached`, `queue_full`
 */
export async function startExecution(ctx: Ctx, wanted: Wanted, id: string = crypto.randomUUID()): Promise<Started> {
  ctx.logFields.execution_id = id;
  const spec = await recordExecution(ctx, wanted, id);
  if (!spec || wanted.checkAfter === null) return { id, live: null };
  const runner = executionRunner(ctx.env, spec.workspaceId);
  return { id, live: await runner.start(spec).catch(noteAway) };
}

/**
 * Records an execution, and gives what its runner has to know; null for one that was recorded before.
 * @throws {AppError} as {@link startExecution}
 */
export async function recordExecution(ctx: Ctx, wanted: Wanted, id: string): Promise<RunSpec | null> {
  const { db, env, claim } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const row: queries.NewExecution = {
    ...wanted,
    id,
    workspaceId,
    createdBy: requireUser(ctx.actor).id,
    accessTokenId: accessTokenOf(ctx.actor),
    requestId: ctx.requestId,
  };
  const limits = { open: OPEN_LIMIT, month: startOfMonth(new Date()), retryAfter: RETRY_AFTER_S };
  const results = await batchClaimed(ctx, id, [
    queries.lockPlan(db, workspaceId),
    queries.insertExecution(db, row, limits),
  ]);
  const [started] = (results.at(-1) as { rows: [queries.StartedRow] }).rows;
  if (started.created_at_ms === null) return null;
  try {
    checkVersion(row.workflowId, started);
  } catch (error) {
    await queries.withdrawExecution(db, workspaceId, id, claim?.scope ?? null);
    throw error;
  }
  return toSpec(row, started, started.created_at_ms, env.EXECUTIONS_PER_WORKSPACE);
}

/** Versions that were found to be runnable by this isolate: what a version is never changes. */
const runnable = new Set<string>();
const REMEMBERED_VERSIONS = 1_000;

function checkVersion(workflowId: string, { workflow_version: version, definition }: queries.StartedRow): void {
  const key = `${workflowId}/${version}`;
  if (runnable.has(key)) return;
  requireRunnable(definition);
  if (runnable.size >= REMEMBERED_VERSIONS) runnable.delete(runnable.values().next().value!);
  runnable.add(key);
}

function toSpec(
  row: queries.NewExecution,
  started: queries.StartedRow,
  createdAt: number,
  standardLimit: number,
): RunSpec {
  const orEmpty = (value: JsonObject | null) => value ?? {};
  return {
    executionId: row.id,
    workspaceId: row.workspaceId,
    workflowId: row.workflowId,
    workflowVersion: started.workflow_version,
    isForeign: started.is_foreign || row.isConfined === true,
    definition: started.definition,
    userId: row.createdBy,
    accessTokenId: row.accessTokenId,
    requestId: row.requestId,
    priority: row.priority,
    input: orEmpty(row.inputData),
    context: orEmpty(row.contextData),
    variables: orEmpty(row.variables),
    grantedVariables: row.grantedVariables,
    origin: row.origin,
    timeoutSeconds: row.timeoutSeconds,
    autoRetry: row.autoRetry,
    maxRetries: row.maxRetries,
    notifyOnCompletion: row.notifyOnCompletion,
    notifyOnFailure: row.notifyOnFailure,
    createdAt,
    limits: {
      workspace: started.workspace_limit ?? standardLimit,
      workflow: started.workflow_limit,
      isPaused: started.is_paused,
      isEngineRunning: started.is_engine_running,
    },
  };
}

/** The row is there, and the sweep will find it: nothing has failed that anybody need know of. */
export function noteAway(error: unknown): null {
  logEvent('warn', 'execution_runner_away', { error: describeError(error) });
  return null;
}
