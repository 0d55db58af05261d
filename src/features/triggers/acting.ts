import { AppError } from '../../core/errors.ts';
import type { Ctx } from '../../context.ts';
import { actFor } from '../auth/index.ts';

export type Acting = { actsFor: string | null; accessTokenId: string | null; workspaceId: string };

/** The context of whoever a trigger acts for, with their rights as they are now; null where they may not any more. */
export async function actForTrigger(ctx: Ctx, { actsFor, accessTokenId, workspaceId }: Acting): Promise<Ctx | null> {
  if (actsFor === null) return null;
  try {
    const actor = await actFor(ctx, { userId: actsFor, accessTokenId, workspaceId }, 'workflows:execute');
    return { ...ctx, actor };
  } catch (error) {
    // Whatever else goes wrong says nothing of rights.
    if (error instanceof AppError) return null;
    throw error;
  }
}
