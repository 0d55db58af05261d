import { requireWorkspace } from '../../../core/actor.ts';
import type { Ctx } from '../../../context.ts';
import { readOutput } from '../detail/output.ts';
import { BY_REQUEST } from '../origin.ts';
import { errorDetailsOf } from '../present.ts';
import { requireExecution } from '../read/service.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import type { LiveExecution } from '../runner/types.ts';
import type { Execution } from '../schemas.ts';
import { DEFAULT_TIMEOUT_S, type ExecutionCreate, type WorkflowExecutionRequest } from './schemas.ts';
import { CHECK_AFTER_S, noteAway, startExecution } from './start-execution.ts';

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
  const wanted = {
    workflowId,
    version: input.version ?? null,
    stage: input.stage ?? undefined,
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
    origin: BY_REQUEST,
    checkAfter: CHECK_AFTER_S,
  };
  const { id, live } = await startExecution(ctx, wanted, { waitMs });
  if (live) return ofLive(live);
  if (waitMs > 0) return awaitEnd(ctx, id, waitMs);
  return { id, status: 'pending', output: null, error: null, error_details: null };
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
    stage: input.stage ?? undefined,
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
    origin: BY_REQUEST,
    checkAfter: startsNow ? CHECK_AFTER_S : null,
  });
  return requireExecution(ctx, id);
}

const ofLive = (live: LiveExecution): Progress => ({
  id: live.executionId,
  status: live.status,
  output: live.output ?? null,
  error: live.error?.message ?? null,
  error_details: errorDetailsOf(live),
});
