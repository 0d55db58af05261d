import type { Ctx } from '../context.ts';
import { DAY } from '../core/time.ts';
import { deleteClaimsBefore } from '../db/claims.ts';
import { purge } from '../db/purge.ts';

/** Forgets Idempotency-Keys after 24 hours. */
export function purgeClaims(ctx: Ctx, now: Date): Promise<void> {
  return purge((limit) => deleteClaimsBefore(ctx.db, new Date(now.getTime() - DAY), limit));
}
