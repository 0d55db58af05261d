import { AppError, notFound } from '../../../core/errors.ts';
import { DAY } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { violatesUnique } from '../../../db/errors.ts';
import { canonicalProvider } from '../../../platform/llm/providers.ts';
import { presentChange, presentModel } from './present.ts';
import * as queries from './queries.ts';
import type {
  CatalogChange,
  CatalogEntry,
  CatalogPage,
  CatalogQuery,
  ChangesQuery,
  ModelCreate,
  ModelUpdate,
} from './schemas.ts';
import { invalidateCatalog, loadCatalog } from './tiers.ts';

const RESOURCE = 'model';

type ModelRow = queries.ModelRow;
type Version = { version: number };

/** A page of the catalogue, from the nearest tier that has it. */
export async function listCatalog(ctx: Ctx, query: CatalogQuery): Promise<CatalogPage> {
  const { models, health, tier, version } = await loadCatalog(ctx);
  const provider = query.provider && canonicalProvider(query.provider);
  const search = query.search?.toLowerCase();
  const found = models.filter(
    (model) =>
      query.is_public !== false &&
      (query.is_active === undefined || model.isActive === query.is_active) &&
      (!provider || model.provider === provider) &&
      (!search || `${model.name}\n${model.displayName}`.toLowerCase().includes(search)),
  );
  const { page, size } = query;
  const pages = Math.ceil(found.length / size);
  const byModel = new Map(health.map((row) => [row.llmId, row]));
  return {
    items: found.slice((page - 1) * size, page * size).map((model) => presentModel(model, byModel.get(model.id))),
    total: found.length,
    page,
    per_page: size,
    pages,
    has_next: page < pages,
    has_prev: page > 1 && pages > 0,
    catalog: { tier, version },
  };
}

/** @throws {AppError} `not_found` */
export async function getModel(ctx: Ctx, id: string): Promise<CatalogEntry> {
  const { models, health } = await loadCatalog(ctx);
  const model = models.find((one) => one.id === id);
  if (!model) throw notFound(RESOURCE);
  return presentModel(
    model,
    health.find((row) => row.llmId === id),
  );
}

/** The model that a request under an Idempotency-Key has made. */
export async function findCreatedModel(ctx: Ctx, id: string): Promise<CatalogEntry | null> {
  const row = await queries.findModel(ctx.db, id);
  return row ? presentModel(queries.toCatalogModel(row), undefined) : null;
}

/** @throws {AppError} `already_exists` */
export async function createModel(ctx: Ctx, { provider, ...input }: ModelCreate): Promise<CatalogEntry> {
  const id = crypto.randomUUID();
  const { name, display_name: displayName = name } = input;
  const row = { ...toColumns(input), id, name, displayName, provider: canonicalProvider(provider) };
  const made = batchClaimed(ctx, id, [queries.insertModel(ctx.db, row), queries.selectVersion(ctx.db)]);
  const [inserted, state] = (await unlessTaken(name, made)) as [ModelRow[], Version[]];
  await invalidateCatalog(ctx, state[0]!.version);
  return presentModel(queries.toCatalogModel(inserted[0]!), undefined);
}

/** @throws {AppError} `not_found`, `precondition_failed`, `already_exists` */
export async function updateModel(
  ctx: Ctx,
  id: string,
  input: ModelUpdate,
  versions: number[] | null,
): Promise<CatalogEntry> {
  const { db } = ctx;
  const change = db.batch([queries.updateModel(db, id, toColumns(input), versions), queries.selectVersion(db)]);
  const [[row], [state]] = await unlessTaken(input.name ?? '', change);
  if (!row) {
    if (versions && (await queries.findModel(ctx.db, id))) throw new AppError('precondition_failed');
    throw notFound(RESOURCE);
  }
  await invalidateCatalog(ctx, state!.version);
  const { health } = await loadCatalog(ctx);
  return presentModel(
    queries.toCatalogModel(row),
    health.find((one) => one.llmId === id),
  );
}

/** Takes a model out of use; what was called by it stays explained. */
export async function deactivateModel(ctx: Ctx, id: string): Promise<void> {
  await updateModel(ctx, id, { is_active: false }, null);
}

/** Has the catalogue read anew after a change past this API; returns the version from which on it is. */
export async function refreshCatalog(ctx: Ctx): Promise<number> {
  const [state] = await queries.selectVersion(ctx.db);
  await invalidateCatalog(ctx, state!.version);
  return state!.version;
}

/** What changed: after `after` the oldest first, else the newest first. */
export async function listChanges(
  ctx: Ctx,
  { llm_id: llmId, after, cursor, limit }: ChangesQuery,
): Promise<{ items: CatalogChange[]; nextCursor: string | null }> {
  const position = after === undefined ? { before: cursor } : { after: cursor ?? after };
  const rows = await queries.findChanges(ctx.db, { llmId, limit, ...position });
  const page = rows.slice(0, limit);
  return { items: page.map(presentChange), nextCursor: rows.length > limit ? String(page.at(-1)!.id) : null };
}

const HEALTH_WINDOW_MS = DAY;

/** Works out anew how each model has done in the last 24 hours. */
export async function refreshHealth(ctx: Ctx, now: Date): Promise<void> {
  await queries.refreshHealth(ctx.db, new Date(now.getTime() - HEALTH_WINDOW_MS), now);
}

/** Null leaves what cannot be empty as it is; what is measured is not set. */
function toColumns(input: ModelUpdate) {
  return {
    name: input.name ?? undefined,
    displayName: input.display_name,
    kind: input.kind ?? undefined,
    modelVersion: input.model_version,
    costPerTokenInput: input.cost_per_token_input,
    costPerTokenOutput: input.cost_per_token_output,
    priceSource: input.price_source,
    pricedOn: input.priced_on,
    maxTokensSupported: input.max_tokens_supported,
    contextWindow: input.context_window,
    supportsFunctionCalling: input.supports_function_calling ?? undefined,
    supportsVision: input.supports_vision ?? undefined,
    supportsReasoning: input.supports_reasoning ?? undefined,
    supportsStreaming: input.supports_streaming ?? undefined,
    supportsAssistantPrefill: input.supports_assistant_prefill ?? undefined,
    isActive: input.is_active ?? undefined,
    deprecatedOn: input.deprecated_on,
    retiredOn: input.retired_on,
    metadata: input.llm_metadata,
    status: input.status ?? undefined,
  };
}

async function unlessTaken<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (violatesUnique(error, 'llms_provider_name_key')) {
      throw new AppError('already_exists', { params: { resource: RESOURCE, name } });
    }
    throw error;
  }
}
