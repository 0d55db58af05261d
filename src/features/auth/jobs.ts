import type { Ctx } from '../../context.ts';
import { DAY, HOUR } from '../../core/time.ts';
import { purge } from '../../db/purge.ts';
import { deleteEndedTokens } from './personal-tokens/queries.ts';
import { deleteExpiredTokens } from './recovery/queries.ts';
import { deleteEndedSessions } from './sessions/queries.ts';
import { deleteStaleAttempts } from './throttle/queries.ts';
import { deleteExpiredTickets } from './tickets/queries.ts';

/** Long enough to look into a report about a session that ended. */
const KEEP_SESSIONS_MS = 7 * DAY;

/** As long as the list of tokens says. */
const KEEP_TOKENS_MS = 90 * DAY;

/** After an hour a counter starts anew anyway. */
const KEEP_ATTEMPTS_MS = HOUR;

/** Deletes what time has made worthless: ended sessions, expired tokens and tickets, and counters of attempts. */
export async function purgeCredentials({ db }: Ctx, now: Date): Promise<void> {
  const before = (age: number) => new Date(now.getTime() - age);
  await purge((limit) => deleteEndedSessions(db, before(KEEP_SESSIONS_MS), limit));
  await purge((limit) => deleteExpiredTokens(db, now, limit));
  await purge((limit) => deleteEndedTokens(db, before(KEEP_TOKENS_MS), limit));
  await purge((limit) => deleteExpiredTickets(db, now, limit));
  await purge((limit) => deleteStaleAttempts(db, before(KEEP_ATTEMPTS_MS), limit));
}
