import { requireUser } from '../../../core/actor.ts';
import { compareDefinitions, DIFFERENCES_LIMIT } from '../../../core/compare-definitions.ts';
import { notFound } from '../../../core/errors.ts';
import type { Text } from '../../../core/locale.ts';
import type { Page } from '../../../core/pagination.ts';
import { decodeSortedCursor, encodeSortedCursor } from '../../../core/sorted-cursor.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { purge } from '../../../db/purge.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { recordActivity } from '../../activities/index.ts';
import type { WorkflowPlace } from '../guard-queries.ts';
import { holdWorkflow, placeOf, requireOwn } from '../guards.ts';
import { presentWorkflow } from '../workflows/present.ts';
import { findWorkflow, type WorkflowRow } from '../workflows/queries.ts';
import type { Workflow } from '../workflows/schemas.ts';
import { requireWorkflow } from '../workflows/service/read.ts';
import * as queries from './queries.ts';
import type {
  ListedVersion,
  ListWorkflowVersionsQuery,
  WorkflowDiff,
  WorkflowDiffQuery,
  WorkflowVersion,
} from './schemas.ts';

const ORDER = 'version';

/** The versions of a workflow, newest first. @throws {AppError} `not_found`, or `forbidden` (one of others) */
export async function listVersions(
  ctx: Ctx,
  workflowId: string,
  { limit, offset, cursor }: ListWorkflowVersionsQuery,
): Promise<Page<ListedVersion>> {
  const place = await requirePlace(ctx, workflowId);
  const before = cursor === undefined ? null : Number(decodeSortedCursor(ORDER, cursor, 'count').value);
  const rows = await queries.findVersions(ctx.db, place, { limit, offset, before });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(presentListed),
    nextCursor:
      rows.length > limit && last
        ? encodeSortedCursor(ORDER, { value: String(last.version), id: place.workflowId })
        : null,
  };
}

/** What others have made public they show as it is now; how it came to be is theirs. */
async function requirePlace(ctx: Ctx, workflowId: string): Promise<WorkflowPlace> {
  requireOwn(ctx, await requireWorkflow(ctx, workflowId), 'workflows:read');
  return placeOf(ctx, workflowId);
}

/** @throws {AppError} `not_found`, or `forbidden` (of one of others) */
export async function getVersion(ctx: Ctx, workflowId: string, version: number): Promise<WorkflowVersion> {
  const [row] = await queries.findVersion(ctx.db, await requirePlace(ctx, workflowId), version);
  if (!row) throw notFound('version');
  return presentVersion(row);
}

/** What changed from a version to another one, or to the present one. @throws {AppError} as {@link getVersion} */
export async function diffVersion(
  ctx: Ctx,
  workflowId: string,
  version: number,
  { against }: WorkflowDiffQuery,
): Promise<WorkflowDiff> {
  const { db } = ctx;
  const place = await requirePlace(ctx, workflowId);
  const [[from], [to]] = await db.batch([
    queries.findVersion(db, place, version),
    against === 'current' ? queries.findCurrent(db, place) : queries.findVersion(db, place, against),
  ]);
  if (!from || !to) throw notFound('version');
  const { isTruncated, ...changes } = compareDefinitions(from.definition, to.definition, DIFFERENCES_LIMIT);
  return { from: from.version, to: to.version, ...changes, is_truncated: isTruncated };
}

const restored = (number: number): Text => ({ en: `Version ${number} restored`, pt: `Versão ${number} restaurada` });

/**
 * Makes a workflow do what it did in a version, as its next version; all before it stay.
 * @throws {AppError} as {@link getVersion}, or `limit_reached` (storage)
 */
export async function restoreVersion(ctx: Ctx, workflowId: string, version: number): Promise<Workflow> {
  const { db } = ctx;
  const workflow = await requireWorkflow(ctx, workflowId);
  requireOwn(ctx, workflow, 'workflows:write');
  const place = placeOf(ctx, workflowId);
  const activity = recordActivity(ctx, {
    workspaceId: place.workspaceId,
    action: 'workflow_restored',
    resourceId: place.workflowId,
    metadata: { name: workflow.name, number: version },
  });
  const results = await batchClaimed(ctx, place.workflowId, [
    ...holdWorkflow(ctx, place, 'workflows:write'),
    refuseUnless(db, queries.isPresent(place, version), 'not_found', { resource: 'version' }),
    queries.restoreVersion(db, place, version, requireUser(ctx.actor).id),
    queries.noteCurrent(db, place, restored(version)[ctx.locale]),
    activity.statement,
    findWorkflow(db, place),
  ]);
  activity.announce();
  const [changed] = results.at(-1) as WorkflowRow[];
  return presentWorkflow(ctx, changed!);
}

/** Says what a version is; null takes the note away. @throws {AppError} as {@link getVersion} */
export async function noteVersion(
  ctx: Ctx,
  workflowId: string,
  version: number,
  note: string | null,
): Promise<WorkflowVersion> {
  const { db } = ctx;
  requireOwn(ctx, await requireWorkflow(ctx, workflowId), 'workflows:write');
  const place = placeOf(ctx, workflowId);
  const results = await db.batch([
    ...holdWorkflow(ctx, place, 'workflows:write'),
    refuseUnless(db, queries.isPresent(place, version), 'not_found', { resource: 'version' }),
    queries.updateNote(db, place, version, note || null),
    queries.findVersion(db, place, version),
  ]);
  const [row] = results.at(-1) as queries.VersionRow[];
  return presentVersion(row!);
}

/** Versions that a workflow keeps whatever happens. */
const KEPT_VERSIONS = 100;

/** Deletes versions that are long past and that no execution refers to. */
export const purgeWorkflowVersions = ({ db }: Ctx): Promise<void> =>
  purge((limit) => queries.deleteOldVersions(db, KEPT_VERSIONS, limit));

const presentListed = (row: queries.ListedRow): ListedVersion => ({
  id: String(row.version),
  workflow_id: row.workflowId,
  version: String(row.version),
  version_number: row.version,
  note: row.note,
  total_nodes: row.totalNodes,
  stage: row.stage,
  is_current: row.isCurrent,
  created_by: row.createdBy,
  creator_name: row.creatorName,
  created_at: row.createdAt.toISOString(),
});

const presentVersion = (row: queries.VersionRow): WorkflowVersion => ({
  ...presentListed(row),
  definition: row.definition,
});
