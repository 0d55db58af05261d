import { requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { findRestart } from '../restart/queries.ts';
import { requireRecorded } from '../restart/source.ts';
import { compareExecutions, type Comparison } from './compare.ts';

export type Diff = Comparison & { execution_id: string; against_id: string };

/**
 * In what an execution differs from another one of its workspace, by default from the one that it goes on from or repeats.
 * @throws {AppError} `not_found`, `execution_not_suitable`, `validation_failed` where it is to be compared with none
 */
export async function diffExecution(ctx: Ctx, executionId: string, against: string | undefined): Promise<Diff> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const id = executionId.toLowerCase();
  await requireRecorded(ctx, id, ACTION);
  const [found] = await findRestart(ctx.db, workspaceId, id);
  if (!found) throw notFound('execution');
  const before = against?.toLowerCase() ?? found.parentId;
  if (before === null) {
    const msg = 'is needed, since the execution has no parent';
    throw new AppError('validation_failed', { fields: [{ loc: ['query', 'against'], msg, type: 'missing' }] });
  }
  await requireRecorded(ctx, before, ACTION);
  const comparison = await compareExecutions(ctx, { workspaceId, before, after: id });
  return { execution_id: id, against_id: before, ...comparison };
}

const ACTION = 'comparison';
