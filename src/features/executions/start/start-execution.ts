import type { BatchItem } from 'drizzle-orm/batch';
import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import { inStoredOrder } from '../../../core/json-order.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { startOfMonth } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import { requireRunnable } from '../../workflows/index.ts';
import { effectiveDefinition, isWrittenByOthers } from '../origin.ts';
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
 * @param also what is written with it, after it
 * @throws {AppError} `not_found`, `validation_failed`, `workflow_not_runnable`, `limit_reached`, `queue_full`
 */
export async function startExecution(
  ctx: Ctx,
  wanted: Wanted,
  id: string = crypto.randomUUID(),
  also: BatchItem<'pg'>[] = [],
): Promise<Started> {
  const { db, env, claim } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  ctx.logFields.execution_id = id;
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
    ...also,
  ]);
  const [started] = (results[1] as { rows: [queries.StartedRow] }).rows;
  if (started.created_at_ms === null) return { id, live: null };
  try {
    // Whoever goes on from another execution has looked at what runs, which need not be the version alone.
    if (row.origin.restart === null) checkVersion(row.workflowId, started);
  } catch (error) {
    await queries.withdrawExecution(db, workspaceId, id, claim?.scope ?? null);
    throw error;
  }
  if (wanted.checkAfter === null) return { id, live: null };
  const runner = executionRunner(env, workspaceId);
  return {
    id,
    live: await runner.start(toSpec(row, started, started.created_at_ms, env.EXECUTIONS_PER_WORKSPACE)).catch(noteAway),
  };
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
  // As it is kept, and as it is read by whoever repeats it.
  const orEmpty = (value: JsonObject | null) => inStoredOrder(value ?? {});
  const restart = inStoredOrder(row.origin.restart);
  return {
    executionId: row.id,
    workspaceId: row.workspaceId,
    workflowId: row.workflowId,
    workflowVersion: started.workflow_version,
    isForeign: isWrittenByOthers(started.is_foreign, restart),
    definition: effectiveDefinition(started.definition, restart),
    userId: row.createdBy,
    accessTokenId: row.accessTokenId,
    requestId: row.requestId,
    priority: row.priority,
    input: orEmpty(row.inputData),
    context: orEmpty(row.contextData),
    variables: orEmpty(row.variables),
    grantedVariables: row.grantedVariables,
    origin: { ...row.origin, restart },
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
