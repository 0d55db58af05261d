import { SecretUnreadable, type SecretPlace } from '../../../core/keyring.ts';
import { noteUnreadable, resealTable } from '../../../core/reseal.ts';
import type { Ctx } from '../../../context.ts';
import { webhookTriggers } from '../../../db/schema/index.ts';
import { sealedTable } from '../../../db/sealed-table.ts';
import type { WebhookRow } from './queries.ts';

const TABLE = 'webhook_triggers';

/** What callers sign with, and those before it, each good until a moment (milliseconds since 1970), the latest first. */
export type WebhookSecrets = { secret: string; former: { secret: string; until: number }[] };

/** However often a secret is changed: each is one more to compare with. */
const FORMER_LIMIT = 4;

type Place = { id: string; workspaceId: string };

const placeOf = ({ id, workspaceId }: Place): SecretPlace => ({ table: TABLE, row: id, workspace: workspaceId });

export const sealSecrets = (ctx: Ctx, place: Place, secrets: WebhookSecrets): Promise<string> =>
  ctx.keyring.seal(JSON.stringify(secrets), placeOf(place));

/** In clear: to compare with, never for an answer or a log. Null where there are none, or they cannot be read. */
export async function openSecrets(
  ctx: Ctx,
  row: Place & Pick<WebhookRow, 'sealedSecrets'>,
): Promise<WebhookSecrets | null> {
  if (row.sealedSecrets === null) return null;
  try {
    return JSON.parse(await ctx.keyring.open(row.sealedSecrets, placeOf(row))) as WebhookSecrets;
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    noteUnreadable(TABLE, [row]);
    return null;
  }
}

/** Those that are good now, the present one first. */
export const goodSecrets = (secrets: WebhookSecrets | null, now: number): string[] =>
  secrets === null
    ? []
    : [secrets.secret, ...secrets.former.filter(({ until }) => until > now).map(({ secret }) => secret)];

/** Puts a secret in the place of the present one, which stays good for so long. */
export function replaceSecret(present: WebhookSecrets | null, secret: string, now: number, graceMs: number) {
  const former = present === null ? [] : [{ secret: present.secret, until: now + graceMs }, ...present.former];
  const good = former.filter((one) => one.secret !== secret && one.until > now);
  return { secret, former: good.slice(0, FORMER_LIMIT) };
}

/** Seals secrets of former keys anew under the current one. */
export function resealWebhooks({ db, keyring }: Ctx): Promise<void> {
  const { id, workspaceId, sealedSecrets: sealed } = webhookTriggers;
  return resealTable(keyring, sealedTable(db, { id, workspaceId, sealed }));
}
