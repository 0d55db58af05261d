import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { changeVersioned } from '../../../db/change-versioned.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { auditChange } from '../../audit/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { checkBaseUrl } from './base-url.ts';
import { presentEndpoint, toStoredModel } from './present.ts';
import * as queries from './queries.ts';
import type { Endpoint, EndpointUpdate } from './schemas.ts';
import { sealKey } from './secrets.ts';
import { hostOf, refuseTakenName, requireEndpoint, unlessTaken } from './service.ts';

/**
 * Changes what is given, of the row as it was read: so the address that a key is kept for is the one that whoever gave
 * the key saw.
 * @throws {AppError} `not_found`, `precondition_failed`, `validation_failed`, `address_not_allowed` or `already_exists`
 */
export async function updateEndpoint(
  ctx: Ctx,
  id: string,
  input: EndpointUpdate,
  versions: number[] | null,
): Promise<Endpoint> {
  const baseUrl = input.base_url === undefined ? undefined : checkBaseUrl(ctx, input.base_url);
  const row = await changeVersioned(
    versions,
    () => requireEndpoint(ctx, id),
    (present) => prepareChanges(ctx, present, input, baseUrl),
    (present, changes) => saveChanges(ctx, present, changes),
  );
  return presentEndpoint(row);
}

/** What is another one than before; null where nothing is. @throws {AppError} `validation_failed` */
async function prepareChanges(
  ctx: Ctx,
  row: queries.EndpointRow,
  { name, api_key: key, models, is_active: isActive }: EndpointUpdate,
  baseUrl: string | undefined,
): Promise<queries.EndpointChanges | null> {
  if (baseUrl !== undefined && baseUrl !== row.baseUrl && row.sealedKey !== null && key === undefined) {
    // Else whoever may change the address could have somebody else's key sent to one of theirs.
    throw new AppError('validation_failed', {
      fields: [{ loc: ['body', 'api_key'], msg: 'must be given anew with another base_url', type: 'required' }],
    });
  }
  if (name !== undefined && name !== row.name) await refuseTakenName(ctx, name);
  const sealedKey = key ? await sealKey(ctx, row, key) : key;
  const given = { name, baseUrl, sealedKey, models: models?.map(toStoredModel), isActive };
  const changes = Object.entries(given).filter(
    ([field, value]) => value !== undefined && !isDeepStrictEqual(value, row[field as keyof typeof given]),
  );
  return changes.length === 0 ? null : Object.fromEntries(changes);
}

/** The fields as the API names them. */
const NAMES: Record<keyof queries.EndpointChanges, string> = {
  name: 'name',
  baseUrl: 'base_url',
  sealedKey: 'api_key',
  models: 'models',
  isActive: 'is_active',
};

async function saveChanges(
  ctx: Ctx,
  { id, workspaceId, version }: queries.EndpointRow,
  changes: queries.EndpointChanges,
): Promise<queries.EndpointRow> {
  const { db } = ctx;
  const fields = Object.keys(changes).map((field) => NAMES[field as keyof typeof NAMES]);
  const { name, baseUrl } = changes;
  const details = { fields, name, host: baseUrl && hostOf(baseUrl) };
  const results: unknown[] = await unlessTaken(
    name ?? '',
    db.batch([
      ...holdPermission(ctx, { workspaceId }, 'endpoints:write'),
      refuseUnless(db, queries.hasVersion(workspaceId, id, version), 'precondition_failed'),
      queries.updateEndpoint(db, workspaceId, id, changes),
      auditChange(ctx, { workspaceId, action: 'llm_endpoint.updated', resourceId: id, details }),
    ]),
  );
  const [updated] = results.at(-2) as queries.EndpointRow[];
  return updated!;
}
