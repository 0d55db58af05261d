import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import type { Env } from '../../../env.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';
import { canonicalProvider, findProvider } from '../../../platform/llm/providers.ts';
import { measure, type Measured } from '../catalog/measure.ts';
import { loadCatalog, type Catalog } from '../catalog/tiers.ts';
import type { ModelInfo, ModelList, ProviderInfo, ProviderList } from '../schemas.ts';
import { isConfigured } from './choose-model.ts';

/** The active models by provider. Under a provider's other name they stand under the name that was asked for. */
export async function listModels(ctx: Ctx, asked?: string): Promise<ModelList> {
  const catalog = await loadCatalog(ctx);
  const provider = asked === undefined ? undefined : canonicalProvider(asked);
  const listed = catalog.models.filter((model) => model.isActive && (!provider || model.provider === provider));
  if (asked !== undefined && listed.length === 0 && !findProvider(asked)) {
    throw new AppError('provider_not_found', {
      params: { provider: asked },
      fields: [{ loc: ['query', 'provider'], msg: 'is not in the catalogue', type: 'provider_not_found' }],
    });
  }
  const models: Record<string, ModelInfo[]> = asked === undefined ? {} : { [asked]: [] };
  for (const model of listed) (models[asked ?? model.provider] ??= []).push(toModelInfo(model, ctx.env));
  return { models, count: listed.length, catalog: toSource(catalog) };
}

export async function listProviders(ctx: Ctx): Promise<ProviderList> {
  const catalog = await loadCatalog(ctx);
  const healthOf = new Map(catalog.health.map((one) => [one.llmId, one]));
  const byProvider = Map.groupBy(
    catalog.models.filter((model) => model.isActive),
    (model) => model.provider,
  );
  const providers = [...byProvider].map(([id, models]): ProviderInfo => {
    const known = findProvider(id);
    const measured = measure(models.flatMap((model) => healthOf.get(model.id) ?? []));
    return {
      id,
      name: known?.name ?? id,
      description: known?.description ?? '',
      models_count: models.length,
      status: providerStatus(ctx.env, id, models, measured),
      documentation_url: known?.documentationUrl ?? null,
      calls: measured?.calls ?? 0,
      error_rate: measured?.errorRate ?? null,
      average_latency_ms: measured?.averageLatencyMs ?? null,
      checked_at: measured?.checkedAt ?? null,
    };
  });
  return { providers, count: providers.length, catalog: toSource(catalog) };
}

const STATUS_OF = { healthy: 'operational', degraded: 'degraded', unhealthy: 'outage' } as const;

/** A provider that nobody has called lately is taken to be well. */
function providerStatus(env: Env, id: string, models: CatalogModel[], measured: Measured | null) {
  if (!isConfigured(env, id)) return 'outage';
  if (models.every((model) => model.status === 'maintenance')) return 'maintenance';
  return STATUS_OF[measured?.status ?? 'healthy'];
}

function toModelInfo(model: CatalogModel, env: Env): ModelInfo {
  const { costPerTokenInput, costPerTokenOutput } = model;
  return {
    id: model.name,
    name: model.displayName,
    provider: model.provider,
    capabilities: [
      model.kind === 'embedding' ? 'embedding' : 'text',
      ...(model.supportsVision ? (['vision'] as const) : []),
      ...(model.supportsReasoning ? (['reasoning'] as const) : []),
      ...(/cod(e|er)\b/i.test(model.name) ? (['code'] as const) : []),
      ...(model.supportsFunctionCalling ? (['function_calling'] as const) : []),
    ],
    context_window: model.contextWindow ?? DEFAULT_CONTEXT_WINDOW,
    pricing:
      costPerTokenInput === null || costPerTokenOutput === null
        ? null
        : { input: perThousand(costPerTokenInput), output: perThousand(costPerTokenOutput) },
    status: modelStatus(model, env),
  };
}

/** What clients were told where the catalogue names none. */
const DEFAULT_CONTEXT_WINDOW = 4096;

/** For display only; what is billed is the exact decimal. */
const perThousand = (price: string) => Number((Number(price) * 1000).toPrecision(12));

function modelStatus(model: CatalogModel, env: Env): ModelInfo['status'] {
  if (!isConfigured(env, model.provider) || model.status === 'inactive') return 'unavailable';
  if (model.status === 'maintenance') return 'limited';
  return model.status === 'deprecated' ? 'deprecated' : 'available';
}

const toSource = ({ tier, version, readAt }: Catalog) => ({
  tier,
  version,
  age_seconds: readAt === null ? null : Math.max(0, Math.round((Date.now() - readAt) / 1000)),
});
