import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../../core/pagination.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { violatesUnique } from '../../../db/errors.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { auditChange } from '../../audit/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { loadCatalog } from '../catalog/tiers.ts';
import { checkBaseUrl } from './base-url.ts';
import { isTaken } from './names.ts';
import { presentEndpoint, toStoredModel } from './present.ts';
import * as queries from './queries.ts';
import type { Endpoint, EndpointCreate, ListEndpointsQuery } from './schemas.ts';
import { sealKey } from './secrets.ts';

/** As many as a workspace may have. */
const ENDPOINTS_LIMIT = 20;

const RESOURCE = 'endpoint';

export async function listEndpoints(ctx: Ctx, query: ListEndpointsQuery): Promise<Page<Endpoint>> {
  const rows = await queries.findEndpoints(ctx.db, requireWorkspace(ctx.actor).id, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(presentEndpoint), nextCursor };
}

/** @throws {AppError} `not_found` */
export async function getEndpoint(ctx: Ctx, id: string): Promise<Endpoint> {
  return presentEndpoint(await requireEndpoint(ctx, id));
}

/** The endpoint, or null where there is none any more. */
export async function findEndpoint(ctx: Ctx, id: string): Promise<Endpoint | null> {
  const row = await queries.findEndpoint(ctx.db, requireWorkspace(ctx.actor).id, id);
  return row ? presentEndpoint(row) : null;
}

/** @throws {AppError} `not_found` */
export async function requireEndpoint(ctx: Ctx, id: string): Promise<queries.EndpointRow> {
  const row = await queries.findEndpoint(ctx.db, requireWorkspace(ctx.actor).id, id);
  if (!row) throw notFound(RESOURCE);
  return row;
}

/** @throws {AppError} `validation_failed`, `address_not_allowed`, `already_exists` or `limit_reached` */
export async function createEndpoint(ctx: Ctx, input: EndpointCreate): Promise<Endpoint> {
  const { db } = ctx;
  const place = { id: crypto.randomUUID(), workspaceId: requireWorkspace(ctx.actor).id };
  const { name, api_key: key, is_active: isActive } = input;
  const baseUrl = checkBaseUrl(ctx, input.base_url);
  await refuseTakenName(ctx, name);
  const sealedKey = key ? await sealKey(ctx, place, key) : null;
  const models = input.models.map(toStoredModel);
  const row = { ...place, createdBy: requireUser(ctx.actor).id, name, baseUrl, sealedKey, models, isActive };
  const details = { name, host: hostOf(baseUrl), has_key: sealedKey !== null, is_active: isActive };
  const limit = { resource: 'endpoints', limit: ENDPOINTS_LIMIT };
  const results = await unlessTaken(
    name,
    batchClaimed(ctx, place.id, [
      ...holdPermission(ctx, place, 'endpoints:write'),
      refuseUnless(db, queries.hasFewerThan(place.workspaceId, ENDPOINTS_LIMIT), 'limit_reached', limit),
      queries.insertEndpoint(db, row),
      auditChange(ctx, {
        workspaceId: place.workspaceId,
        action: 'llm_endpoint.created',
        resourceId: place.id,
        details,
      }),
    ]),
  );
  const [inserted] = results.at(-2) as queries.EndpointRow[];
  return presentEndpoint(inserted!);
}

/** @throws {AppError} `not_found` */
export async function deleteEndpoint(ctx: Ctx, id: string): Promise<void> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  await db.batch([
    ...holdPermission(ctx, { workspaceId }, 'endpoints:write'),
    refuseUnless(db, queries.isEndpoint(workspaceId, id), 'not_found', { resource: RESOURCE }),
    queries.deleteEndpoint(db, workspaceId, id),
    auditChange(ctx, { workspaceId, action: 'llm_endpoint.deleted', resourceId: id }),
  ]);
}

/** A path may hold what is not for everybody, and entries stay for ever. */
export const hostOf = (baseUrl: string): string => new URL(baseUrl).host;

/** @throws {AppError} `validation_failed` for a name that calls would take for something else */
export async function refuseTakenName(ctx: Ctx, name: string): Promise<void> {
  if (!isTaken(name, await loadCatalog(ctx))) return;
  throw new AppError('validation_failed', {
    fields: [{ loc: ['body', 'name'], msg: 'is reserved, or the name of a provider', type: 'reserved' }],
  });
}

/** @throws {AppError} `already_exists` for a name that another endpoint of the workspace has */
export async function unlessTaken<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!violatesUnique(error, 'llm_endpoints_name_key')) throw error;
    throw new AppError('already_exists', { params: { resource: RESOURCE, name } });
  }
}
