import { requireWorkspace } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { Permission } from '../../core/permissions.ts';
import type { Ctx } from '../../context.ts';
import { refuseUnless } from '../../db/refusals.ts';
import { holdPermission } from '../workspaces/index.ts';
import { isPresent, type WorkflowPlace } from './guard-queries.ts';

/** A workflow of the request's workspace, by its id in any case. */
export const placeOf = (ctx: Ctx, workflowId: string): WorkflowPlace => ({
  workspaceId: requireWorkspace(ctx.actor).id,
  workflowId: workflowId.toLowerCase(),
});

/** Whether a workflow is somebody else's, met only because it is public. */
export const isForeign = (ctx: Ctx, { workspaceId }: { workspaceId: string }): boolean =>
  workspaceId !== requireWorkspace(ctx.actor).id;

/**
 * Others see what is public, and change nothing of it.
 * @throws {AppError} `forbidden`
 */
export function requireOwn(ctx: Ctx, row: { workspaceId: string }, permission: Permission): void {
  if (isForeign(ctx, row)) throw new AppError('forbidden', { params: { permission } });
}

/**
 * What a batch begins with that changes a workflow: it locks the workspace, then asks whether the caller still holds the
 * permission and whether the workflow is still there.
 * @throws {AppError} `forbidden` or `not_found` out of the batch
 */
export function holdWorkflow(ctx: Ctx, place: WorkflowPlace, permission: Permission) {
  return [
    ...holdPermission(ctx, { workspaceId: place.workspaceId }, permission),
    refuseUnless(ctx.db, isPresent(place), 'not_found', { resource: 'workflow' }),
  ] as const;
}
