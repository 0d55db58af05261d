import { SecretUnreadable, type SecretPlace } from '../../core/keyring.ts';
import { noteUnreadable, resealTable } from '../../core/reseal.ts';
import type { RotatedSecrets } from '../../core/rotated-secrets.ts';
import type { Ctx } from '../../context.ts';
import { workspaceIntegrations } from '../../db/schema/index.ts';
import { sealedTable } from '../../db/sealed-table.ts';
import type { IntegrationType } from './kinds/kind.ts';
import type { IntegrationRow } from './queries.ts';

const TABLE = 'workspace_integrations';

type Place = { id: string; workspaceId: string };

const placeOf = ({ id, workspaceId }: Place): SecretPlace => ({ table: TABLE, row: id, workspace: workspaceId });

export function sealSecrets(ctx: Ctx, place: Place, secrets: unknown): Promise<string> {
  return ctx.keyring.seal(JSON.stringify(secrets), placeOf(place));
}

/** The secrets of an integration in clear: for sending, never for an answer or a log. Null where they cannot be read. */
export async function openSecrets(ctx: Ctx, row: Place & Pick<IntegrationRow, 'sealedSecrets'>): Promise<unknown> {
  try {
    return JSON.parse(await ctx.keyring.open(row.sealedSecrets, placeOf(row)));
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    noteUnreadable(TABLE, [row]);
    return null;
  }
}

/** Seals secrets of former keys anew under the current one. */
export function resealIntegrations({ db, keyring }: Ctx): Promise<void> {
  const { id, workspaceId, sealedSecrets: sealed } = workspaceIntegrations;
  return resealTable(keyring, sealedTable(db, { id, workspaceId, sealed }));
}

/** The secret of a webhook, to be shown once to whoever made it. */
export const signingSecretOf = (type: IntegrationType, secrets: unknown): string | null =>
  type === 'webhook' ? (secrets as RotatedSecrets).secret : null;
