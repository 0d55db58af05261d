import type { Ctx } from '../../context.ts';
import { DAY, HOUR } from '../../core/time.ts';
import { purge } from '../../db/purge.ts';
import { deleteExpiredTokens } from './recovery/queries.ts';
import { deleteEndedSessions } from './sessions/queries.ts';
import { deleteStaleAttempts } from './throttle/queries.ts';

/** Long enough to look into a report about a session that ended. */
const KEEP_SESSIONS_MS = 7 * DAY;

/** After an hour a counter starts anew anyway. */
const KEEP_ATTEMPTS_MS = HOUR;

/** Deletes what time has made worthless: ended sessions, expired tokens of mails, and counters of attempts. */
export async function purgeCredentials({ db }: Ctx, now: Date): Promise<void> {
  const before = (age: number) => new Date(now.getTime() - age);
  await purge((limit) => deleteEndedSessions(db, before(KEEP_SESSIONS_MS), limit));
  await purge((limit) => deleteExpiredTokens(db, now, limit));
  await purge((limit) => deleteStaleAttempts(db, before(KEEP_ATTEMPTS_MS), limit));
}
