import { DAY } from '../../../../core/time.ts';
import type { Ctx } from '../../../../context.ts';
import { purge } from '../../../../db/purge.ts';
import { deleteCallsBefore } from './queries.ts';

const KEEP_MS = 30 * DAY;

/** Forgets calls after 30 days. */
export async function purgeCalls({ db }: Ctx, now: Date): Promise<void> {
  await purge((limit) => deleteCallsBefore(db, new Date(now.getTime() - KEEP_MS), limit));
}
