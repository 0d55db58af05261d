import { resealTable } from '../../core/reseal.ts';
import type { Ctx } from '../../context.ts';
import { userVariables } from '../../db/schema/index.ts';
import { sealedTable } from '../../db/sealed-table.ts';

/** Seals values of former keys anew under the current one. */
export function resealVariables({ db, keyring }: Ctx): Promise<void> {
  const { id, workspaceId, sealedValue: sealed } = userVariables;
  return resealTable(keyring, sealedTable(db, { id, workspaceId, sealed }));
}
