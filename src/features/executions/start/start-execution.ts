import type { BatchItem } from 'drizzle-orm/batch';
import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import { inStoredOrder } from '../../../core/json-order.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { startOfMonth } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import type { JsonObject, WorkflowDefinition } from '../../../db/schema/index.ts';
import { requireRunnable, withoutSecrets } from '../../workflows/index.ts';
import { effectiveDefinition, isWrittenByOthers } from '../origin.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import type { LiveExecution, RunSpec } from '../runner/types.ts';
import { KnownDefinitions, type Known } from './known-definitions.ts';
import * as queries from './queries.ts';

/** Executions of one workspace that have not ended, those that run included. */
export const OPEN_LIMIT = 1_000;

/** How long a client waits that found so many. */
const RETRY_AFTER_S = 10;

/** Soon enough that one whose runner heard nothing begins within two minutes, by a sweep that runs each minute. */
export const CHECK_AFTER_S = 45;

/** An execution that is wanted, by the request's actor and in its workspace. */
export type Wanted = Omit<queries.NewExecution, 'id' | 'workspaceId' | 'createdBy' | 'accessTokenId' | 'requestId'>;

/** An execution that was started, just now or before. Its runner may have heard nothing of it yet. */
export type Started = { id: string; live: LiveExecution | null; isNew: boolean };

/**
 * Records the execution, then tells its runner: in that order, so that none is lost, whatever happens in between.
 * @param options `id`: one that is made from what starts it has it start once only; `waitMs`: for so long at the most it
 *   waits for the end; `also`: what is written with it, after it
 * @throws {AppError} `not_found`, `validation_failed`, `workflow_not_runnable`, `limit_reached`, `queue_full`
 */
export async function startExecution(
  ctx: Ctx,
  wanted: Wanted,
  {
    id = crypto.randomUUID() as string,
    waitMs = 0,
    also,
  }: { id?: string; waitMs?: number; also?: BatchItem<'pg'>[] } = {},
): Promise<Started> {
  ctx.logFields.execution_id = id;
  const spec = await recordExecution(ctx, wanted, id, also);
  if (!spec || wanted.checkAfter === null) return { id, live: null, isNew: spec !== null };
  const live = await executionRunner(ctx.env, spec.workspaceId).start(spec, waitMs).catch(noteAway);
  return { id, live, isNew: true };
}

/**
 * Records an execution, and gives what its runner has to know; null for one that was recorded before.
 * @throws {AppError} as {@link startExecution}
 */
export async function recordExecution(
  ctx: Ctx,
  wanted: Wanted,
  id: string,
  also: BatchItem<'pg'>[] = [],
): Promise<RunSpec | null> {
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
  const before = known.of(wanted.workflowId);
  const limits = { open: OPEN_LIMIT, month: startOfMonth(new Date()), retryAfter: RETRY_AFTER_S };
  const [made] = await batchClaimed(ctx, id, [queries.insertExecution(db, row, limits, before), ...also]);
  const [{ started }] = (made as { rows: [{ started: queries.StartedRow }] }).rows;
  const { created_at_ms: createdAt } = started;
  if (createdAt === null) return null;
  let definition: WorkflowDefinition;
  try {
    definition = definitionOf(row, started, before);
  } catch (error) {
    await queries.withdrawExecution(db, workspaceId, id, claim?.scope ?? null);
    throw error;
  }
  return toSpec(row, started, { definition, createdAt }, env.EXECUTIONS_PER_WORKSPACE);
}

const known = new KnownDefinitions();

/** What is to run, found to be runnable. @throws {AppError} `validation_failed` */
function definitionOf(
  { workflowId, origin }: queries.NewExecution,
  { workflow_version: version, definition: fresh }: queries.StartedRow,
  before: Known | null,
): WorkflowDefinition {
  const definition = fresh ?? before!.definition;
  // Whoever goes on from another execution has looked at what runs, which need not be the version alone.
  if (origin.restart !== null) return definition;
  if (fresh) requireRunnable(fresh);
  known.keep(workflowId, version, definition);
  return definition;
}

function toSpec(
  row: queries.NewExecution,
  started: queries.StartedRow,
  { definition, createdAt }: Pick<RunSpec, 'definition' | 'createdAt'>,
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
    isForeign: isWrittenByOthers(started.is_foreign, restart) || row.isConfined === true,
    isOutside: started.is_outside,
    definition: effectiveDefinition(started.is_outside ? withoutSecrets(definition) : definition, restart),
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
