import { AppError } from '../../../core/errors.ts';
import { SecretUnreadable, type SecretPlace } from '../../../core/keyring.ts';
import { noteUnreadable, resealTable } from '../../../core/reseal.ts';
import type { Ctx } from '../../../context.ts';
import { llmEndpoints } from '../../../db/schema/index.ts';
import { sealedTable } from '../../../db/sealed-table.ts';
import type { Connection } from '../../../platform/llm/providers.ts';
import type { EndpointRow } from './queries.ts';

const TABLE = 'llm_endpoints';

type Place = { id: string; workspaceId: string };

const placeOf = ({ id, workspaceId }: Place): SecretPlace => ({ table: TABLE, row: id, workspace: workspaceId });

export const sealKey = (ctx: Ctx, place: Place, key: string): Promise<string> => ctx.keyring.seal(key, placeOf(place));

/**
 * How an endpoint is reached: by the guarded fetch alone, with its key in clear, which is for the request and never for
 * an answer or a log.
 * @throws {AppError} `secret_unreadable`
 */
export async function connectTo(ctx: Ctx, endpoint: EndpointRow): Promise<Connection> {
  return { baseUrl: endpoint.baseUrl, apiKey: await openKey(ctx, endpoint), guarded: true };
}

async function openKey(ctx: Ctx, { sealedKey, name, ...row }: EndpointRow): Promise<string> {
  if (sealedKey === null) return '';
  try {
    return await ctx.keyring.open(sealedKey, placeOf(row));
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    noteUnreadable(TABLE, [row]);
    throw new AppError('secret_unreadable', { params: { name }, cause: error });
  }
}

/** Seals keys that former keys have sealed anew under the current one. */
export function resealEndpoints({ db, keyring }: Ctx): Promise<void> {
  const { id, workspaceId, sealedKey: sealed } = llmEndpoints;
  return resealTable(keyring, sealedTable(db, { id, workspaceId, sealed }));
}
