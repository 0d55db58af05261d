import { AppError } from '../../core/errors.ts';
import type { Ctx } from '../../context.ts';
import { auditEach } from '../audit/index.ts';
import { actFor } from '../auth/index.ts';
import { disableTrigger, type TriggerKind, type TriggerRow } from './queries.ts';

/**
 * The context of whoever a trigger acts for, with their rights as they are now. Where they may not run workflows any
 * more, the trigger is switched off: null.
 */
export async function actForTrigger(ctx: Ctx, kind: TriggerKind, trigger: TriggerRow): Promise<Ctx | null> {
  const theirs = await findTheirs(ctx, trigger);
  if (theirs === null) await auditEach(ctx, disableTrigger(kind, trigger), `${kind}.disabled`);
  return theirs;
}

async function findTheirs(ctx: Ctx, { actsFor, accessTokenId, workspaceId }: TriggerRow): Promise<Ctx | null> {
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
