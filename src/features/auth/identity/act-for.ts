import type { Actor } from '../../../core/actor.ts';
import { AppError, type ErrorCode } from '../../../core/errors.ts';
import type { Permission } from '../../../core/permissions.ts';
import type { Ctx } from '../../../context.ts';
import { decide } from './decide.ts';
import { findInitiators, type Initiator } from './queries.ts';

export type { Initiator };

/**
 * The actor for work that somebody has started and that goes on without them. What they may not do any more, it may not.
 * @throws {AppError} as a request of theirs would now
 */
export async function actFor(ctx: Ctx, initiator: Initiator, permission: Permission): Promise<Actor> {
  const [row] = await findInitiators(ctx.db, [initiator]);
  return decide(row, permission, { resource: 'workspace', id: initiator.workspaceId });
}

/** The same for many people, in one statement: why each of them may not do it any more, or null. */
export async function findRefusals(
  ctx: Ctx,
  initiators: Initiator[],
  permission: Permission,
): Promise<(ErrorCode | null)[]> {
  if (initiators.length === 0) return [];
  const rows = new Map((await findInitiators(ctx.db, initiators)).map((row) => [row.reader, row]));
  return initiators.map(({ workspaceId }, at) => {
    try {
      decide(rows.get(at), permission, { resource: 'workspace', id: workspaceId });
      return null;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return error.code;
    }
  });
}
