import type { Ctx } from '../../../context.ts';
import { purge } from '../../../db/purge.ts';
import { llmStream, type CallKey } from '../calls/stream-stub.ts';
import { deleteExpired, insertContents } from './queries.ts';

/**
 * Keeps what was asked and answered in a call, which its object knows until the call is confirmed.
 * @param attemptId the upstream call with whose line it is shown
 */
export async function keepContents(ctx: Ctx, call: CallKey, attemptId: string): Promise<void> {
  const contents = await llmStream(ctx.env, call).contents();
  if (contents) await insertContents(ctx.db, attemptId, contents);
}

/** Deletes contents that were to be kept until now. */
export const purgeContents = ({ db }: Ctx, now: Date): Promise<void> => purge((limit) => deleteExpired(db, now, limit));
