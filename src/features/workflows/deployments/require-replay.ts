import { AppError, type FieldError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import type { WorkflowPlace } from '../guard-queries.ts';
import { findReplays, type ReplayRow } from './queries.ts';
import type { DeploymentCreate } from './schemas.ts';

type Given = Pick<DeploymentCreate, 'replay_id' | 'accept_differences'>;

/**
 * The replay that speaks for a version: the one that is named, or any that has passed. Where another version is published
 * it is one of an execution of that: to repeat what it has done itself shows nothing of a version. Null where there is
 * none and none is asked for.
 * @throws {AppError} `replay_required`, saying what is missing
 */
export async function findReplayFor(
  { db }: Ctx,
  place: WorkflowPlace,
  { version, published }: { version: number; published: number | null },
  { replay_id: id, accept_differences: accepts }: Given,
  isRequired: boolean,
): Promise<ReplayRow | null> {
  const [found] = await findReplays(db, place, { version, of: published }, id ?? undefined);
  const missing = whatIsMissing(found, { version, published }, id ?? null, accepts);
  if (!missing) return found!;
  // One that is named is meant to pass, whether it has to or not.
  if (isRequired || id) throw new AppError('replay_required', { params: { version }, fields: [missing] });
  return null;
}

function whatIsMissing(
  replay: ReplayRow | undefined,
  { version, published }: { version: number; published: number | null },
  id: string | null,
  accepts: boolean,
): FieldError | null {
  if (!replay) {
    const what = published === null ? '' : ` against an execution of version ${published}, which is published`;
    const msg =
      id === null ? `no replay of version ${version}${what} was made` : `is no replay of version ${version}${what}`;
    return fault(msg, 'replay_missing');
  }
  if (replay.isEqual === true) return null;
  if (replay.isEqual === null) return fault(`the replay ${replay.id} has not ended`, 'replay_open');
  // Only one that was looked at can have its differences accepted.
  if (accepts && id !== null) return null;
  const count = replay.differences === 1 ? '1 difference' : `${replay.differences} differences`;
  const msg = `the replay ${replay.id} has ${count}, which replay_id with accept_differences would accept`;
  return fault(msg, 'replay_differs');
}

const fault = (msg: string, type: string): FieldError => ({ loc: ['body', 'replay_id'], msg, type });
