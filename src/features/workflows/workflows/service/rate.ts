import { requireUser } from '../../../../core/actor.ts';
import type { Ctx } from '../../../../context.ts';
import { refuseUnless } from '../../../../db/refusals.ts';
import { placeOf } from '../../guards.ts';
import { averageOf } from '../present.ts';
import * as queries from '../queries.ts';
import type { WorkflowRating } from '../schemas.ts';

/**
 * Says what somebody thinks of a public workflow of others, each once.
 * @throws {AppError} `not_found`, or `workflow_is_own` for members of its workspace, by whatever credentials
 */
export async function rateWorkflow(ctx: Ctx, workflowId: string, rating: number): Promise<WorkflowRating> {
  const { db } = ctx;
  const { id: userId } = requireUser(ctx.actor);
  const place = placeOf(ctx, workflowId);
  const id = place.workflowId;
  const results = await db.batch([
    refuseUnless(db, queries.isOfNoMember(id, userId), 'workflow_is_own'),
    refuseUnless(db, queries.isOpen(id), 'not_found', { resource: 'workflow' }),
    queries.putRating(db, id, userId, rating),
    queries.findWorkflow(db, place),
  ]);
  const [row] = results.at(-1) as queries.WorkflowRow[];
  return {
    id,
    name: row!.name,
    rating,
    rating_average: averageOf(row!),
    rating_count: row!.ratingCount,
  };
}
