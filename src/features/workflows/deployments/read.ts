import type { Page } from '../../../core/pagination.ts';
import type { Permission } from '../../../core/permissions.ts';
import { decodeSortedCursor, encodeSortedCursor } from '../../../core/sorted-cursor.ts';
import type { Ctx } from '../../../context.ts';
import { placeOf, requireOwn } from '../guards.ts';
import type { WorkflowRow } from '../workflows/queries.ts';
import { requireWorkflow } from '../workflows/service/read.ts';
import { presentDeployment, presentLive } from './present.ts';
import * as queries from './queries.ts';
import type { Deployment, ListDeploymentsQuery, Live } from './schemas.ts';

const ORDER = 'deployment';

/** What was made to run of a workflow, the last first. @throws {AppError} `not_found`, or `forbidden` (one of others) */
export async function listDeployments(
  ctx: Ctx,
  workflowId: string,
  { limit, offset, cursor }: ListDeploymentsQuery,
): Promise<Page<Deployment>> {
  await requireOwnWorkflow(ctx, workflowId, 'workflows:read');
  const before = cursor === undefined ? null : Number(decodeSortedCursor(ORDER, cursor, 'count').value);
  const rows = await queries.findDeployments(ctx.db, placeOf(ctx, workflowId), { limit, offset, before });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor =
    rows.length > limit && last ? encodeSortedCursor(ORDER, { value: String(last.number), id: last.id }) : null;
  return { items: items.map(presentDeployment), nextCursor };
}

/** What of a workflow runs where no version is named. @throws {AppError} as {@link listDeployments} */
export async function getLive(ctx: Ctx, workflowId: string): Promise<Live> {
  const workflow = await requireOwnWorkflow(ctx, workflowId, 'workflows:read');
  const place = placeOf(ctx, workflowId);
  const [[last], [after]] = await ctx.db.batch([
    queries.findLast(ctx.db, place),
    queries.countAfter(ctx.db, place, workflow.publishedVersion ?? workflow.version),
  ]);
  return presentLive(workflow, last, after!.count);
}

/** A deployment as a repeated request shows it; null where its workflow is gone. */
export async function showDeployment(ctx: Ctx, workflowId: string, id: string): Promise<Deployment | null> {
  const [row] = await queries.findDeployment(ctx.db, placeOf(ctx, workflowId), id);
  return row ? presentDeployment(row) : null;
}

/** What runs and what ran of others' public workflows is theirs to know. @throws {AppError} `not_found`, `forbidden` */
export async function requireOwnWorkflow(ctx: Ctx, workflowId: string, permission: Permission): Promise<WorkflowRow> {
  const workflow = await requireWorkflow(ctx, workflowId);
  requireOwn(ctx, workflow, permission);
  return workflow;
}
