import { requireWorkspace } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { mayBeLive } from '../overlay.ts';
import { findExecution, type ExecutionRow } from '../queries.ts';
import { executionRunner, type Runner } from '../runner/runner-stub.ts';

/** An execution of the request's workspace, and its runner as long as that may know more of it than the database. */
export type Standing = { row: ExecutionRow; runner: Runner | null };

/** @throws {AppError} `not_found` */
export async function requireStanding(ctx: Ctx, executionId: string): Promise<Standing> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const [row] = await findExecution(ctx.db, workspaceId, executionId);
  if (!row) throw notFound('execution');
  return { row, runner: mayBeLive(row) ? executionRunner(ctx.env, workspaceId) : null };
}

/**
 * What a runner says, else what the database has: a runner that has forgotten an execution has recorded it before, and
 * one that is away leaves what is known without it.
 */
export async function preferRunner<T>(asked: Promise<T | null> | undefined, recorded: () => Promise<T>): Promise<T> {
  const told = await asked?.catch((error: unknown) => {
    logEvent('warn', 'execution_runner_away', { error: describeError(error) });
    return null;
  });
  return told ?? recorded();
}
