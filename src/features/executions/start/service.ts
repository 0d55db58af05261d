import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { startOfMonth } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import { requireRunnable } from '../../workflows/index.ts';
import { isEnded } from '../events.ts';
import { readOutput } from '../detail/output.ts';
import { errorDetailsOf } from '../present.ts';
import { requireExecution } from '../read/service.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import type { LiveExecution, RunSpec } from '../runner/types.ts';
import type { Execution } from '../schemas.ts';
import * as queries from './queries.ts';
import { DEFAULT_TIMEOUT_S, type ExecutionCreate, type WorkflowExecutionRequest } from './schemas.ts';

/** Executions of one workspace that have not ended, those that run included. */
export const OPEN_LIMIT = 1_000;

/** How long a client waits that found so many. */
const RETRY_AFTER_S = 10;

/** Soon enough that one whose runner heard nothing begins within two minutes, by a sweep that runs each minute. */
const CHECK_AFTER_S = 45;

/** What an execution has come to, as far as whoever asked has waited for it. */
export type Progress = { id: string; output: unknown; error: string | null } & Pick<
  Execution,
  'status' | 'error_details'
>;

/**
 * Starts a workflow, in the request's workspace whosesoever it is, and waits for its end as long as is wanted.
 * @throws {AppError} `not_found`, `validation_failed`, `workflow_not_runnable`, `limit_reached`, `queue_full`
 */
export async function executeWorkflow(
  ctx: Ctx,
  workflowId: string,
  input: WorkflowExecutionRequest,
  waitMs: number,
): Promise<Progress> {
  const { id, live } = await startExecution(ctx, {
    workflowId,
    version: input.version ?? null,
    priority: input.priority ?? 5,
    inputData: input.inputs ?? null,
    contextData: input.context ?? null,
    variables: input.variables ?? null,
    grantedVariables: input.grant_variables ?? [],
    timeoutSeconds: input.timeout_seconds === undefined ? DEFAULT_TIMEOUT_S : input.timeout_seconds,
    // Whoever waits for the answer decides by themselves what a failure means.
    autoRetry: false,
    maxRetries: 3,
    notifyOnCompletion: false,
    notifyOnFailure: false,
    tags: input.tags ?? [],
    metadata: input.metadata ?? null,
    checkAfter: CHECK_AFTER_S,
  });
  if (live && isEnded(live.status)) return ofLive(live);
  if (waitMs > 0) return awaitEnd(ctx, id, waitMs);
  return { id, status: live?.status ?? 'pending', output: null, error: null, error_details: null };
}

/**
 * What an execution has come to, at the latest after so long.
 * @throws {AppError} `not_found`
 */
export async function awaitEnd(ctx: Ctx, id: string, waitMs: number): Promise<Progress> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const runner = executionRunner(ctx.env, workspaceId);
  const live = await (waitMs > 0 ? runner.wait(id, waitMs) : runner.describe(id)).catch(noteAway);
  if (live) return ofLive(live);
  // Recorded already, or its runner is away.
  const execution = await requireExecution(ctx, id);
  const { status, output_data: output, output_url: url, error_message: error, error_details } = execution;
  const whole = url === null ? output : await new Response(await readOutput(ctx, id)).json();
  return { id, status, output: whole ?? null, error, error_details };
}

/**
 * Starts an execution as older clients do, or prepares one that waits for the action `start`.
 * @throws {AppError} as {@link executeWorkflow}
 */
export async function createExecution(ctx: Ctx, input: ExecutionCreate, startsNow: boolean): Promise<Execution> {
  const { id } = await startExecution(ctx, {
    workflowId: input.workflow_id,
    version: input.version ?? null,
    priority: input.priority,
    inputData: input.input_data ?? null,
    contextData: input.context_data ?? null,
    variables: input.variables ?? null,
    grantedVariables: input.grant_variables ?? [],
    timeoutSeconds: input.timeout_seconds,
    autoRetry: input.auto_retry,
    maxRetries: input.max_retries,
    notifyOnCompletion: input.notify_on_completion,
    notifyOnFailure: input.notify_on_failure,
    tags: input.tags ?? [],
    metadata: input.metadata ?? null,
    checkAfter: startsNow ? CHECK_AFTER_S : null,
  });
  return requireExecution(ctx, id);
}

type Wanted = Omit<queries.NewExecution, 'id' | 'workspaceId' | 'createdBy' | 'accessTokenId' | 'requestId'>;

/** Records the execution, then tells its runner: in that order, so that none is lost, whatever happens in between. */
async function startExecution(ctx: Ctx, wanted: Wanted): Promise<{ id: string; live: LiveExecution | null }> {
  const { db, env, claim } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const id = crypto.randomUUID();
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
  ]);
  const [started] = (results.at(-1) as { rows: [queries.StartedRow] }).rows;
  try {
    checkVersion(row.workflowId, started);
  } catch (error) {
    await queries.withdrawExecution(db, workspaceId, id, claim?.scope ?? null);
    throw error;
  }
  if (wanted.checkAfter === null) return { id, live: null };
  const runner = executionRunner(env, workspaceId);
  return { id, live: await runner.start(toSpec(row, started, env.EXECUTIONS_PER_WORKSPACE)).catch(noteAway) };
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

function toSpec(row: queries.NewExecution, started: queries.StartedRow, standardLimit: number): RunSpec {
  const orEmpty = (value: JsonObject | null) => value ?? {};
  return {
    executionId: row.id,
    workspaceId: row.workspaceId,
    workflowId: row.workflowId,
    workflowVersion: started.workflow_version,
    isForeign: started.is_foreign,
    definition: started.definition,
    userId: row.createdBy,
    accessTokenId: row.accessTokenId,
    requestId: row.requestId,
    priority: row.priority,
    input: orEmpty(row.inputData),
    context: orEmpty(row.contextData),
    variables: orEmpty(row.variables),
    grantedVariables: row.grantedVariables,
    timeoutSeconds: row.timeoutSeconds,
    autoRetry: row.autoRetry,
    maxRetries: row.maxRetries,
    notifyOnCompletion: row.notifyOnCompletion,
    notifyOnFailure: row.notifyOnFailure,
    createdAt: started.created_at_ms,
    limits: {
      workspace: started.workspace_limit ?? standardLimit,
      workflow: started.workflow_limit,
      isPaused: started.is_paused,
      isEngineRunning: started.is_engine_running,
    },
  };
}

const ofLive = (live: LiveExecution): Progress => ({
  id: live.executionId,
  status: live.status,
  output: live.output ?? null,
  error: live.error?.message ?? null,
  error_details: errorDetailsOf(live),
});

/** The row is there, and the sweep will find it: nothing has failed that anybody need know of. */
function noteAway(error: unknown): null {
  logEvent('warn', 'execution_runner_away', { error: describeError(error) });
  return null;
}
