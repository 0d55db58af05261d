import { compareDefinitions, DIFFERENCES_LIMIT } from '../../../core/compare-definitions.ts';
import { notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { placeOf } from '../guards.ts';
import { findPresent, findSaved } from './queries.ts';
import type { DiffQuery, VersionDiff } from './schemas.ts';

/**
 * What changed from a version to another one, or to what the workflow does now.
 * @throws {AppError} `not_found`
 */
export async function diffVersion(ctx: Ctx, projectId: string, id: string, query: DiffQuery): Promise<VersionDiff> {
  const { db } = ctx;
  const { against } = query;
  const place = placeOf(ctx, projectId);
  const [[from], [to]] = await db.batch([
    findSaved(db, place, id),
    against === 'current' ? findPresent(db, place) : findSaved(db, place, against),
  ]);
  if (!from || !to) throw notFound('version');
  const { isTruncated, ...changes } = compareDefinitions(from.definition, to.definition, DIFFERENCES_LIMIT);
  return { from: sideOf(from), to: sideOf(to), ...changes, is_truncated: isTruncated };
}

const sideOf = ({ id, number }: { id: string | null; number: number | null }) => ({
  version_id: id,
  version_number: number,
});
