import { logEvent } from '../../core/log.ts';
import type { Ctx } from '../../context.ts';
import { findSealedWith, replaceSealed, type SealedRow } from './queries.ts';
import { noteUnreadable, openValue, sealValue } from './secrets.ts';

/** A batch is one statement: a hundred of the longest values are some three megabytes. */
const BATCH = 100;

/** Beyond it the rest waits for the next run. */
const BATCHES_PER_RUN = 100;

/**
 * Seals values of former keys anew under the current one, so that the former can be taken away. A value that somebody
 * sets meanwhile stays as it was set, and a second run finds nothing to do.
 */
export async function resealVariables(ctx: Ctx): Promise<void> {
  const { formerKeyIds } = ctx.keyring;
  if (formerKeyIds.length === 0) return;
  let [resealed, unreadable] = [0, 0];
  let lastId: string | null = null;
  for (let batch = 0; batch < BATCHES_PER_RUN; batch++) {
    const rows: SealedRow[] = await findSealedWith(ctx.db, formerKeyIds, lastId, BATCH);
    const values = (await Promise.all(rows.map((row) => reseal(ctx, row)))).filter((value) => value !== null);
    if (values.length > 0) resealed += await replaceSealed(ctx.db, values);
    unreadable += rows.length - values.length;
    lastId = rows.at(-1)?.id ?? null;
    if (rows.length < BATCH) break;
  }
  logEvent(unreadable > 0 ? 'error' : 'info', 'variables_resealed', { resealed, unreadable });
}

async function reseal(ctx: Ctx, row: SealedRow): Promise<{ id: string; former: string; fresh: string } | null> {
  try {
    const fresh = await sealValue(ctx, row, await openValue(ctx, row));
    return { id: row.id, former: row.sealedValue, fresh };
  } catch (error) {
    // It stays as it is: the key may come back.
    noteUnreadable(row, error);
    return null;
  }
}
