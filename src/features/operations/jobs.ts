import type { Ctx } from '../../context.ts';
import { DAY } from '../../core/time.ts';
import { purge } from '../../db/purge.ts';
import { DEPRECATIONS } from '../../core/deprecations.ts';
import { dispatchLetters, queueLetters } from '../mail/index.ts';
import { deleteDeprecatedCallsBefore } from './queries.ts';
import { insertNotices, selectNotices } from './notice-queries.ts';

/** As long as what is deprecated is usually served. */
const KEEP_CALLS_MS = 365 * DAY;

/** Deletes counts of calls that are too old to say who still calls. */
export async function purgeDeprecatedCalls({ db }: Ctx, now: Date): Promise<void> {
  await purge((limit) => deleteDeprecatedCallsBefore(db, new Date(now.getTime() - KEEP_CALLS_MS), limit));
}

/** Those that are left over are told in the next hour. */
const NOTICES_PER_RUN = 1000;

/**
 * Tells by mail who called what is deprecated on the day before, at most once a month for each operation. Done again it
 * tells nobody twice.
 */
export async function tellDeprecatedCallers(ctx: Ctx, now: Date): Promise<void> {
  const day = toDay(new Date(now.getTime() - DAY));
  const lastDays = Object.entries(DEPRECATIONS).map(([id, { sunset }]) => ({
    id,
    last_day: toDay(new Date(sunset.getTime() - DAY)),
  }));
  const letters = selectNotices(day, lastDays, NOTICES_PER_RUN);
  const ids = await insertNotices(ctx.db, queueLetters('deprecated_calls', letters));
  if (ids.length > 0) await dispatchLetters(ctx, ids);
}

const toDay = (time: Date): string => time.toISOString().slice(0, 10);
