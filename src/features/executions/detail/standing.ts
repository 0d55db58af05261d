import { requireWorkspace } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { toCurrent, type Current } from '../overlay.ts';
import { findExecution } from '../queries.ts';
import { executionRunner, type Runner } from '../runner/runner-stub.ts';

/** An execution of the request's workspace, and its runner as long as that knows more of it than the database. */
export type Standing = Current & { runner: Runner | null };

/** @throws {AppError} `not_found` */
export async function requireStanding(ctx: Ctx, executionId: string): Promise<Standing> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const [row] = await findExecution(ctx.db, workspaceId, executionId);
  if (!row) throw notFound('execution');
  const current = await toCurrent(ctx, row);
  return { ...current, runner: current.live && executionRunner(ctx.env, workspaceId) };
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
