import { requireUser } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import type { Text } from '../../../core/locale.ts';
import type { Page } from '../../../core/pagination.ts';
import { decodeSortedCursor, encodeSortedCursor } from '../../../core/sorted-cursor.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { recordActivity } from '../../activities/index.ts';
import { touchProject, updateDefinition } from '../definition/queries.ts';
import type { ProjectPlace } from '../guard-queries.ts';
import { holdProject, placeOf } from '../guards.ts';
import { findProject } from '../projects/queries.ts';
import { requireProject } from '../projects/service/read.ts';
import { presentVersion } from './present.ts';
import * as queries from './queries.ts';
import type { ListVersionsQuery, ProjectVersion, VersionCreate } from './schemas.ts';

/** Versions of one project. */
const VERSIONS_LIMIT = 1_000;

/** Definitions are long: a page ends where it would hold more of them, and the next one goes on there. */
const PAGE_BYTES = 4 * 1024 * 1024;

const ORDER = 'version_number';

/** The versions of a project, newest first. */
export async function listVersions(
  ctx: Ctx,
  projectId: string,
  query: ListVersionsQuery,
): Promise<Page<ProjectVersion>> {
  const { limit, offset, cursor } = query;
  const before = cursor === undefined ? null : Number(decodeSortedCursor(ORDER, cursor, 'count').value);
  const page = { limit, offset, before, bytes: PAGE_BYTES };
  const rows = await queries.findVersions(ctx.db, placeOf(ctx, projectId), page);
  const last = rows.at(-1);
  const hasMore = last !== undefined && last.available > rows.length;
  return {
    items: rows.map(presentVersion),
    nextCursor: hasMore ? encodeSortedCursor(ORDER, { value: String(last.versionNumber), id: last.id }) : null,
  };
}

/** @throws {AppError} `not_found` */
export async function getVersion(ctx: Ctx, projectId: string, id: string): Promise<ProjectVersion> {
  const [row] = await queries.findVersion(ctx.db, placeOf(ctx, projectId), id);
  if (!row) throw notFound('version');
  return presentVersion(row);
}

/**
 * Saves what the workflow does now.
 * @throws {AppError} `not_found`, `version_control_disabled` or `limit_reached` (versions, storage)
 */
export async function createVersion(ctx: Ctx, projectId: string, input: VersionCreate): Promise<ProjectVersion> {
  const { db } = ctx;
  const { name } = await requireProject(ctx, projectId);
  const place = placeOf(ctx, projectId);
  const id = crypto.randomUUID();
  const version = {
    id,
    createdBy: requireUser(ctx.actor).id,
    name: input.name || null,
    description: input.description || null,
  };
  const activity = recordActivity(ctx, { ...place, action: 'version_created', resourceId: id, metadata: { name } });
  const results = await batchClaimed(ctx, id, [
    ...holdProject(ctx, place, 'projects:update'),
    holdVersionControl(ctx, place),
    queries.insertVersion(db, place, version),
    holdLimit(ctx, place),
    activity.statement,
    queries.findVersion(db, place, id),
  ]);
  activity.announce();
  const [created] = results.at(-1) as queries.VersionRow[];
  return presentVersion(created!);
}

/**
 * Makes the workflow do what it did in a version, and saves that as a new one. What it does at present is saved before,
 * unless some version has it, so that nothing is lost.
 * @throws {AppError} as {@link createVersion}
 */
export async function restoreVersion(ctx: Ctx, projectId: string, id: string): Promise<ProjectVersion> {
  const { db } = ctx;
  const place = placeOf(ctx, projectId);
  const [[project], [former]] = await db.batch([findProject(db, place), queries.findNumber(db, place, id)]);
  if (!project || !former) throw notFound('version');
  const { number } = former;
  const restoredId = crypto.randomUUID();
  const metadata = { name: project.name, number };
  const activity = recordActivity(ctx, { ...place, action: 'version_restored', resourceId: restoredId, metadata });
  const results = await batchClaimed(ctx, restoredId, [
    ...holdProject(ctx, place, 'projects:update'),
    refuseUnless(db, queries.isPresent(place, id), 'not_found', { resource: 'version' }),
    holdVersionControl(ctx, place),
    queries.insertVersion(db, place, named(ctx, crypto.randomUUID(), beforeRestoring(number)), { ifUnsaved: true }),
    updateDefinition(db, place, queries.definitionOf(place, id), requireUser(ctx.actor).id),
    touchProject(db, place),
    queries.insertVersion(db, place, { ...named(ctx, restoredId, restored(number)), restoredFrom: id }),
    holdLimit(ctx, place),
    activity.statement,
    queries.findVersion(db, place, restoredId),
  ]);
  activity.announce();
  const [version] = results.at(-1) as queries.VersionRow[];
  return presentVersion(version!);
}

/** A version that nobody named, under a name in the language of whoever caused it. */
const named = (ctx: Ctx, id: string, name: Text): queries.NewVersion => ({
  id,
  createdBy: requireUser(ctx.actor).id,
  name: name[ctx.locale],
  description: null,
});

const beforeRestoring = (number: number): Text => ({
  en: `Before restoring version ${number}`,
  pt: `Antes de restaurar a versão ${number}`,
});

const restored = (number: number): Text => ({ en: `Version ${number} restored`, pt: `Versão ${number} restaurada` });

const holdVersionControl = ({ db }: Ctx, place: ProjectPlace) =>
  refuseUnless(db, queries.isEnabled(place), 'version_control_disabled');

/** Counted after the insertion, in the transaction that undoes it. */
const holdLimit = ({ db }: Ctx, place: ProjectPlace) =>
  refuseUnless(db, queries.hasAtMost(place, VERSIONS_LIMIT), 'limit_reached', {
    resource: 'versions',
    limit: VERSIONS_LIMIT,
  });
