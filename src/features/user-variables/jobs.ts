import { logEvent } from '../../core/log.ts';
import type { Ctx } from '../../context.ts';
import { findSealedWith, replaceSealed, type SealedRow } from './queries.ts';
import { assertUnreadable, noteUnreadable, openValue, sealValue } from './secrets.ts';

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
  let resealed = 0;
  const unreadable: SealedRow[] = [];
  let lastId: string | null = null;
  for (let batch = 0; batch < BATCHES_PER_RUN; batch++) {
    const rows: SealedRow[] = await findSealedWith(ctx.db, formerKeyIds, lastId, BATCH);
    const fresh = await Promise.all(rows.map((row) => reseal(ctx, row)));
    const values = rows.flatMap(({ id, sealedValue }, n) =>
      fresh[n] ? [{ id, former: sealedValue, fresh: fresh[n] }] : [],
    );
    if (values.length > 0) resealed += await replaceSealed(ctx.db, values);
    // They stay as they are: their key may come back.
    unreadable.push(...rows.filter((_, n) => !fresh[n]));
    lastId = rows.at(-1)?.id ?? null;
    if (rows.length < BATCH) break;
  }
  noteUnreadable(unreadable);
  logEvent('info', 'variables_resealed', { resealed, unreadable: unreadable.length });
}

async function reseal(ctx: Ctx, row: SealedRow): Promise<string | null> {
  try {
    return await sealValue(ctx, row, await openValue(ctx, row));
  } catch (error) {
    assertUnreadable(error);
    return null;
  }
}
