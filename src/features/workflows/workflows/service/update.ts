import { requireUser } from '../../../../core/actor.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Ctx } from '../../../../context.ts';
import { refuseUnless } from '../../../../db/refusals.ts';
import { recordActivity } from '../../../activities/index.ts';
import { holdWorkflow, placeOf, requireOwn } from '../../guards.ts';
import { presentWorkflow } from '../present.ts';
import * as queries from '../queries.ts';
import type { Workflow, WorkflowUpdate } from '../schemas.ts';
import { auditShared, holdLength } from './create.ts';
import { requireWorkflow } from './read.ts';

/**
 * Changes what is given, if the workflow is one of these versions; null stands for any. Only another definition makes
 * another version, which is kept.
 * @throws {AppError} `not_found`, `forbidden` (a public one of others), `precondition_failed`, `payload_too_large`,
 * `limit_reached` (storage)
 */
export async function updateWorkflow(
  ctx: Ctx,
  workflowId: string,
  input: WorkflowUpdate,
  versions: number[] | null,
): Promise<Workflow> {
  const { db } = ctx;
  const present = await requireWorkflow(ctx, workflowId);
  requireOwn(ctx, present, 'workflows:write');
  const place = placeOf(ctx, workflowId);
  const changes = changesOf(present, input);
  const fields = Object.keys(changes);
  if (fields.length === 0) {
    if (versions !== null && !versions.includes(present.version)) throw new AppError('precondition_failed');
    return presentWorkflow(ctx, present);
  }
  const about = { workspaceId: place.workspaceId, resourceId: place.workflowId };
  const metadata = { name: changes.name ?? present.name, fields: fields.map((field) => NAMES[field as Column]) };
  const activity = recordActivity(ctx, { ...about, action: 'workflow_updated', metadata });
  const results = await db.batch([
    ...holdWorkflow(ctx, place, 'workflows:write'),
    refuseUnless(db, queries.isOfVersion(place, versions), 'precondition_failed'),
    queries.updateWorkflow(db, place, changes, requireUser(ctx.actor).id),
    ...(changes.definition ? [holdLength(ctx, place)] : []),
    activity.statement,
    queries.findWorkflow(db, place),
    ...(changes.isPublic === undefined ? [] : [auditShared(ctx, place, changes.isPublic)]),
  ]);
  activity.announce();
  const [changed] = results.at(changes.isPublic === undefined ? -1 : -2) as queries.WorkflowRow[];
  return presentWorkflow(ctx, changed!);
}

/** The columns that a request may change, and the fields that change them. */
const NAMES = {
  name: 'name',
  description: 'description',
  category: 'category',
  tags: 'tags',
  isPublic: 'is_public',
  status: 'status',
  thumbnailUrl: 'thumbnail_url',
  maxConcurrentExecutions: 'max_concurrent_executions',
  publishRequiresReplay: 'publish_requires_replay',
  definition: 'definition',
} as const satisfies Record<keyof queries.WorkflowChanges, keyof WorkflowUpdate>;

type Column = keyof typeof NAMES;

/** What is given and differs. Of definitions only the database knows, which puts the keys of an object into one order. */
function changesOf(present: queries.WorkflowRow, input: WorkflowUpdate): queries.WorkflowChanges {
  const given: Record<Column, unknown> = {
    name: input.name ?? undefined,
    description: input.description === '' ? null : input.description,
    category: input.category === '' ? null : input.category,
    tags: input.tags ? [...new Set(input.tags)] : undefined,
    isPublic: input.is_public ?? undefined,
    status: input.status ?? undefined,
    thumbnailUrl: input.thumbnail_url,
    maxConcurrentExecutions: input.max_concurrent_executions,
    publishRequiresReplay: input.publish_requires_replay ?? undefined,
    definition: input.definition ?? undefined,
  };
  const differing = Object.entries(given).filter(
    ([column, value]) =>
      value !== undefined &&
      (column === 'definition' || JSON.stringify(value) !== JSON.stringify(present[column as Column])),
  );
  return Object.fromEntries(differing);
}
