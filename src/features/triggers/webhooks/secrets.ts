import { SecretUnreadable, type SecretPlace } from '../../../core/keyring.ts';
import { noteUnreadable, resealTable } from '../../../core/reseal.ts';
import type { RotatedSecrets } from '../../../core/rotated-secrets.ts';
import type { Ctx } from '../../../context.ts';
import { webhookTriggers } from '../../../db/schema/index.ts';
import { sealedTable } from '../../../db/sealed-table.ts';
import type { WebhookRow } from './queries.ts';

const TABLE = 'webhook_triggers';

type Place = { id: string; workspaceId: string };

const placeOf = ({ id, workspaceId }: Place): SecretPlace => ({ table: TABLE, row: id, workspace: workspaceId });

export const sealSecrets = (ctx: Ctx, place: Place, secrets: RotatedSecrets): Promise<string> =>
  ctx.keyring.seal(JSON.stringify(secrets), placeOf(place));

/** What callers sign with, in clear: to compare with, never for an answer or a log. Null where there are none, or they cannot be read. */
export async function openSecrets(
  ctx: Ctx,
  row: Place & Pick<WebhookRow, 'sealedSecrets'>,
): Promise<RotatedSecrets | null> {
  if (row.sealedSecrets === null) return null;
  try {
    return JSON.parse(await ctx.keyring.open(row.sealedSecrets, placeOf(row))) as RotatedSecrets;
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    noteUnreadable(TABLE, [row]);
    return null;
  }
}

/** Seals secrets of former keys anew under the current one. */
export function resealWebhooks({ db, keyring }: Ctx): Promise<void> {
  const { id, workspaceId, sealedSecrets: sealed } = webhookTriggers;
  return resealTable(keyring, sealedTable(db, { id, workspaceId, sealed }));
}
