import type { Ctx } from '../../../../context.ts';
import { retryDeadlocks } from '../../../../db/deadlocks.ts';
import { refuseUnless } from '../../../../db/refusals.ts';
import { recordActivity } from '../../../activities/index.ts';
import { auditChange } from '../../../audit/index.ts';
import { holdWorkflow, placeOf, requireOwn } from '../../guards.ts';
import * as queries from '../queries.ts';
import { requireWorkflow } from './read.ts';

/**
 * Deletes a workflow for good, with its versions and executions, of which those that run are ended a moment later; one
 * that a project has goes with that.
 * @throws {AppError} `not_found`, `forbidden` (a public one of others), `precondition_failed` or `workflow_of_project`
 */
export async function deleteWorkflow(ctx: Ctx, workflowId: string, versions: number[] | null): Promise<void> {
  const { db } = ctx;
  const present = await requireWorkflow(ctx, workflowId);
  requireOwn(ctx, present, 'workflows:write');
  const place = placeOf(ctx, workflowId);
  const about = { workspaceId: place.workspaceId, resourceId: place.workflowId };
  const activity = recordActivity(ctx, { ...about, action: 'workflow_deleted', metadata: { name: present.name } });
  // What ends at this moment is recorded with its execution first and its workflow then.
  const results = await retryDeadlocks(() =>
    db.batch([
      ...holdWorkflow(ctx, place, 'workflows:write'),
      refuseUnless(db, queries.isOfVersion(place, versions), 'precondition_failed'),
      refuseUnless(db, queries.isOfNoProject(place), 'workflow_of_project'),
      queries.findOpenExecutions(db, place),
      queries.deleteWorkflow(db, place),
      activity.statement,
      auditChange(ctx, { ...about, action: 'workflow.deleted' }),
    ]),
  );
  activity.announce();
  const { rows } = results.at(-4) as Awaited<ReturnType<typeof queries.findOpenExecutions>>;
  const open = rows.map(({ workspace_id: workspaceId, ids }) => ({ workspaceId, executionIds: ids }));
  await ctx.jobs.send('executions.drop', ...open);
}
