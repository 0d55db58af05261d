import { AppError } from '../../../core/errors.ts';
import type { Deadlines, Exclusion, Shadow } from '../../../core/llm-route.ts';
import type { Ctx } from '../../../context.ts';
import type { Provider } from '../../../platform/llm/provider.ts';
import type { CallSpec, Passed } from '../calls/call-spec.ts';
import type { Catalog } from '../catalog/tiers.ts';
import { ENDPOINT_DIALECT, findCalledEndpoint, modelOfEndpoint } from '../endpoints/called-endpoint.ts';
import type { EndpointRow } from '../endpoints/queries.ts';
import type { EmbeddingBody } from '../openai/schemas.ts';
import type { OpenaiChatCall } from '../openai/to-call.ts';
import type { Draft } from '../routing/decision.ts';
import type { ChatRequestBody, GenerateRequestBody } from '../schemas.ts';
import { buildEmbedding } from './build-embedding.ts';
import { buildRequest, type BuiltRequest } from './build-request.ts';
import type { CalledModel } from './called-model.ts';
import { chooseModel } from './choose-model.ts';
import { mayCost } from './may-cost.ts';
import { requireProvider } from './record-call.ts';

export type ChatBody = ChatRequestBody | GenerateRequestBody | OpenaiChatCall;
export type Body = ChatBody | EmbeddingBody;

/** A model that can take the request, and the request as its provider takes it. */
export type PlannedTarget = {
  model: CalledModel;
  /** A provider, or what stands for one where the workspace's own endpoint is called. */
  provider: Pick<Provider, 'id' | 'dialect' | 'embeddings'>;
  endpoint: EndpointRow | null;
  request: BuiltRequest;
  /** Null for a model without a price. */
  mayCostUsd: string | null;
};

/** Whom a call is made to, in what order, and how. */
export type Plan = {
  targets: [PlannedTarget, ...PlannedTarget[]];
  excluded: Passed[];
  deadlines: Deadlines;
  /** What a route decided; null where the request names its models itself. */
  decided: {
    route: NonNullable<CallSpec['route']>;
    version: number;
    draft: Draft;
    /** The second model that it also goes to. */
    shadow: Shadow | null;
  } | null;
  cacheSeconds: number;
};

/**
 * A model with the request fitted to it.
 * @throws {AppError} where it is not there, or cannot take the request
 */
export async function planTarget(
  ctx: Ctx,
  catalog: Catalog,
  body: Body,
  wanted: { provider?: string | null; model?: string | null },
): Promise<PlannedTarget> {
  const endpoint = await findCalledEndpoint(ctx, catalog, wanted.provider);
  const kind = 'input' in body ? 'embedding' : 'chat';
  const model = endpoint ? modelOfEndpoint(endpoint, wanted.model, kind) : chooseModel(catalog, ctx.env, wanted, kind);
  const provider = endpoint ? { id: endpoint.name, ...ENDPOINT_DIALECT } : requireProvider(model.provider);
  const request = 'input' in body ? buildEmbedding(body, model, provider) : buildRequest(body, model, provider);
  return { model, provider, endpoint, request, mayCostUsd: mayCost(request, model) };
}

/** The models that a request names itself: the first must do, the others are passed over where they do not. */
export async function planNamed(ctx: Ctx, catalog: Catalog, body: ChatBody): Promise<Plan> {
  const first = await planTarget(ctx, catalog, body, body);
  const excluded: Passed[] = [];
  const others: PlannedTarget[] = [];
  for (const wanted of body.fallbacks ?? []) {
    try {
      others.push(await planTarget(ctx, catalog, body, wanted));
    } catch (error) {
      excluded.push({ provider: wanted.provider ?? '', model: wanted.model, ...toExclusion(error) });
    }
  }
  return {
    targets: [first, ...others],
    excluded,
    deadlines: body.deadlines ?? {},
    decided: null,
    cacheSeconds: body.cache?.ttl_seconds ?? 0,
  };
}

export async function planEmbedding(ctx: Ctx, catalog: Catalog, body: EmbeddingBody): Promise<Plan> {
  const target = await planTarget(ctx, catalog, body, body);
  return { targets: [target], excluded: [], deadlines: {}, decided: null, cacheSeconds: 0 };
}

const REASONS: Partial<Record<AppError['code'], Exclusion['reason']>> = {
  provider_not_found: 'not_in_catalogue',
  model_not_found: 'not_in_catalogue',
  provider_not_configured: 'provider_not_configured',
  unsupported_parameter: 'unsupported_parameter',
  validation_failed: 'unsupported_parameter',
  model_unpriced: 'model_unpriced',
};

/** Why a model cannot take a request, of the error that says so. @throws whatever is no such error */
export function toExclusion(error: unknown): Exclusion {
  const reason = error instanceof AppError ? REASONS[error.code] : undefined;
  if (!(error instanceof AppError) || !reason) throw error;
  const { fields = [], params = {} } = error.options;
  const [field] = fields;
  const detail = field ? `${field.loc.slice(1).join('.')} ${field.msg}` : Object.values(params).join(' ');
  return { reason, detail };
}
