import { requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound, type FieldError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { isEnded } from '../events.ts';
import { findLive } from '../overlay.ts';
import { findStates } from '../queries.ts';
import { findStored, type StoredExecution } from '../record/queries.ts';

/** An execution that has ended, with all that another one needs to go on from it. */
export type Source = StoredExecution & { workflow_id: string };

const RECORD_TRIES = 20;
const RECORD_PAUSE_MS = 100;

/**
 * Sees to it that an execution has ended and is recorded; of one that ended a moment ago, the record is waited for.
 * @throws {AppError} `not_found`, `execution_not_suitable`
 */
export async function requireRecorded(ctx: Ctx, id: string, action: string): Promise<void> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  for (let tries = 0; ; tries++) {
    const [state] = await findStates(ctx.db, workspaceId, [id]);
    if (!state) throw notFound('execution');
    if (isEnded(state.status)) return;
    const live = await findLive(ctx, workspaceId, state);
    // Its runner knows nothing of one that it has recorded just now.
    const mayEndNow = live === null ? tries === 0 : isEnded(live.status);
    if (!mayEndNow || tries >= RECORD_TRIES) throw notSuitable(live?.status ?? state.status, action);
    await new Promise((resolve) => setTimeout(resolve, RECORD_PAUSE_MS));
  }
}

/** @throws {AppError} as {@link requireRecorded} */
export async function requireSource(ctx: Ctx, id: string, action: string): Promise<Source> {
  await requireRecorded(ctx, id, action);
  const [stored] = await findStored(ctx.db, requireWorkspace(ctx.actor).id, [id]);
  const workflowId = stored?.workflow_id;
  if (!stored || !workflowId) throw notFound('execution');
  return { ...stored, workflow_id: workflowId };
}

export const notSuitable = (status: string, action: string, fields?: FieldError[]) =>
  new AppError('execution_not_suitable', { params: { status, action }, fields });
