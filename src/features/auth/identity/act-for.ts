import type { Actor } from '../../../core/actor.ts';
import type { Permission } from '../../../core/permissions.ts';
import type { Ctx } from '../../../context.ts';
import { decide } from './decide.ts';
import { findInitiator, type Initiator } from './queries.ts';

export type { Initiator };

/**
 * The actor for work that somebody has started and that goes on without them. What they may not do any more, it may not.
 * @throws {AppError} as a request of theirs would now
 */
export async function actFor(ctx: Ctx, initiator: Initiator, permission: Permission): Promise<Actor> {
  const [row] = await findInitiator(ctx.db, initiator);
  return decide(row, permission, { resource: 'workspace', id: initiator.workspaceId });
}
