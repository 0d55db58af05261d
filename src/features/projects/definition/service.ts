import { requireUser } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import { DEFINITION_BYTES_LIMIT } from '../../../core/workflow-definition.ts';
import type { Ctx } from '../../../context.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import type { WorkflowDefinition } from '../../../db/schema/index.ts';
import type { ProjectPlace } from '../guard-queries.ts';
import { holdProject, placeOf } from '../guards.ts';
import * as queries from './queries.ts';
import type { ProjectWorkflow } from './schemas.ts';

/** @throws {AppError} `not_found` */
export async function getWorkflow(ctx: Ctx, projectId: string): Promise<ProjectWorkflow> {
  const [row] = await queries.findWorkflow(ctx.db, placeOf(ctx, projectId));
  if (!row) throw notFound('project');
  return present(projectId, row);
}

/**
 * Replaces what a project's workflow does, if it is one of these versions; null stands for any.
 * @throws {AppError} `not_found`, `precondition_failed`, `payload_too_large` or `limit_reached` (storage)
 */
export async function updateWorkflow(
  ctx: Ctx,
  projectId: string,
  definition: WorkflowDefinition,
  versions: number[] | null,
): Promise<ProjectWorkflow> {
  const { db } = ctx;
  const place = placeOf(ctx, projectId);
  const [, , , , [changed]] = await db.batch([
    ...holdProject(ctx, place, 'projects:update'),
    refuseUnless(db, queries.isOfVersion(place, versions), 'precondition_failed'),
    queries.updateDefinition(db, place, definition, requireUser(ctx.actor).id),
    holdLength(ctx, place),
    queries.touchProject(db, place),
  ]);
  return present(place.projectId, { ...changed!, definition });
}

/**
 * Lets a batch go on with a definition that is no longer than may be: only the database knows how long the text is that
 * it keeps.
 * @throws {AppError} `payload_too_large` out of it
 */
export const holdLength = ({ db }: Ctx, place: ProjectPlace) =>
  refuseUnless(db, queries.isWithin(place, DEFINITION_BYTES_LIMIT), 'payload_too_large', {
    limit: DEFINITION_BYTES_LIMIT,
  });

const present = (projectId: string, { id, definition, version, updatedAt }: queries.WorkflowRow): ProjectWorkflow => ({
  project_id: projectId,
  workflow_id: id,
  definition,
  version,
  updated_at: updatedAt.toISOString(),
});
