import { requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { toRefusal } from '../../../db/refusals.ts';
import type { ExecutionStatus } from '../../../db/schema/index.ts';
import { isEnded } from '../events.ts';
import { mayBeLive } from '../overlay.ts';
import { findStates, type ExecutionState } from '../queries.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import type { ControlAction } from '../runner/types.ts';
import * as queries from './queries.ts';
import type { ExecutionBatch, ExecutionControl } from './schemas.ts';

const RESOURCE = 'execution';

/**
 * Starts, pauses, resumes, cancels or retries an execution, and tells how it is then.
 * @throws {AppError} `not_found`, `action_not_possible`, `retries_used_up` or `service_unavailable`
 */
export async function controlExecution(
  ctx: Ctx,
  id: string,
  { action, reason }: ExecutionControl,
): Promise<ExecutionStatus> {
  return control(ctx, await requireState(ctx, id), action, reason || null);
}

/** @throws {AppError} `not_found`, `execution_open` or `service_unavailable` */
export async function deleteExecution(ctx: Ctx, id: string): Promise<void> {
  await remove(ctx, await requireState(ctx, id));
}

/** What became of one execution: done where there is no error. */
export type Outcome = { executionId: string; error: AppError | null };

/** Does the same to several executions. One that cannot be done keeps none of the others. */
export async function controlExecutions(
  ctx: Ctx,
  { execution_ids, action, reason }: ExecutionBatch,
): Promise<Outcome[]> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const ids = [...new Set(execution_ids.map((id) => id.toLowerCase()))];
  const rows = await findStates(ctx.db, workspaceId, ids);
  const states = new Map(rows.map((row) => [row.id, row]));
  const outcomes: Outcome[] = [];
  for (const executionId of ids) {
    const state = states.get(executionId);
    const error = await attempt(state, (one) =>
      action === 'delete' ? remove(ctx, one) : control(ctx, one, action, reason || null),
    );
    outcomes.push({ executionId, error });
  }
  return outcomes;
}

async function attempt(
  state: ExecutionState | undefined,
  work: (state: ExecutionState) => Promise<unknown>,
): Promise<AppError | null> {
  if (!state) return notFound(RESOURCE);
  try {
    await work(state);
    return null;
  } catch (error) {
    const refusal = error instanceof AppError ? error : toRefusal(error);
    if (!refusal) throw error;
    return refusal;
  }
}

async function requireState(ctx: Ctx, id: string): Promise<ExecutionState> {
  const [state] = await findStates(ctx.db, requireWorkspace(ctx.actor).id, [id]);
  if (!state) throw notFound(RESOURCE);
  return state;
}

const isHeld = (state: ExecutionState) => !isEnded(state.status) && !mayBeLive(state);

async function control(
  ctx: Ctx,
  state: ExecutionState,
  action: ControlAction,
  reason: string | null,
): Promise<ExecutionStatus> {
  const { db, env } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const runner = executionRunner(env, workspaceId);
  if (isHeld(state)) {
    if (action === 'cancel' && (await queries.cancelHeld(db, workspaceId, state.id, reason ?? CANCELLED))) {
      return 'cancelled';
    }
    if (action !== 'start') throw notPossible(action, state.status);
    await queries.releaseHeld(db, workspaceId, state.id);
    // The sweep finds it as well, in a minute.
    await runner.wake([state.id]).catch(noteAway);
    return 'pending';
  }
  // Only one that is to be taken up again need be known to its runner no more.
  if (isEnded(state.status) && action !== 'retry') throw notPossible(action, state.status);
  const done = await runner.control(state.id, action, reason);
  if ('execution' in done) return done.execution.status;
  if (done.refusal === 'not_found') throw notFound(RESOURCE);
  if (done.refusal === 'retries_used_up') throw new AppError('retries_used_up');
  throw notPossible(action, done.status ?? state.status);
}

/** As its runner says of one that has begun. */
const CANCELLED = 'The execution was cancelled by a user.';

function notPossible(action: ControlAction, status: ExecutionStatus): AppError {
  return new AppError('action_not_possible', { params: { action, status } });
}

/** With the runner first: what it has not recorded yet it must not record after all is gone. */
async function remove(ctx: Ctx, state: ExecutionState): Promise<void> {
  const { db, env } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const runner = executionRunner(env, workspaceId);
  let isForgotten = false;
  if (mayBeLive(state)) {
    const live = await runner.describe(state.id);
    if (live && !isEnded(live.status)) throw new AppError('execution_open');
    if (live) await runner.forget([state.id]);
    isForgotten = live !== null;
  }
  if (!(await queries.deleteExecution(db, workspaceId, state.id, isForgotten))) throw new AppError('execution_open');
  // What was too long for rows lies in object storage. Should this fail, a sweep does it.
  ctx.waitUntil(runner.forget([state.id]).catch(noteAway));
}

function noteAway(error: unknown): void {
  logEvent('warn', 'execution_runner_away', { error: describeError(error) });
}
