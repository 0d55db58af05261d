import type { Ctx } from '../../../context.ts';
import { ownKeyConnection, findProvider } from '../../../platform/llm/providers.ts';
import { countPromptTokens } from '../../../platform/llm/tokens.ts';
import { listOwnKeyProviders } from '../../user-variables/index.ts';
import { loadCatalog } from '../catalog/tiers.ts';
import { planRoute } from '../routing/plan-route.ts';
import { readRequest } from './call-model.ts';
import { isConfigured } from './choose-model.ts';
import { planNamed } from './plan-call.ts';

/** What is known of a call before it is made. */
export type CallPreview = {
  provider: string;
  model: string;
  /** What it would be called with: the caller's key, the deployment's, or an endpoint of the workspace; null for nothing. */
  key: 'own' | 'platform' | 'endpoint' | null;
  promptTokens: number;
  /** The most that it may answer; null where neither the request nor the model says. */
  maxTokens: number | null;
  /** US dollars a token; null for a model without a price. */
  priceInput: string | null;
  priceOutput: string | null;
  /** What the gateway would set aside; null for a model without a price. */
  mayCostUsd: string | null;
  /** Of calls of the last day; null where there were none. */
  averageLatencyMs: number | null;
  /** From which day on the provider advises against it, and from which on it is gone. */
  deprecatedOn: string | null;
  retiredOn: string | null;
};

/**
 * What a chat request would call, with whose key, and what it may cost: decided as for a call, and nobody is asked.
 * @throws {AppError} `forbidden`, `validation_failed`, and why no model could be called
 */
export async function previewCall(ctx: Ctx, body: unknown): Promise<CallPreview> {
  const request = readRequest(ctx, body);
  const catalog = await loadCatalog(ctx);
  const plan = request.route
    ? await planRoute(ctx, catalog, request, request.route)
    : await planNamed(ctx, catalog, request);
  const [{ model, provider, endpoint, request: built, mayCostUsd }] = plan.targets;
  const { tokens } = await countPromptTokens(ctx.env.ASSETS, model.name, built.messages, built.parameters.tools);
  const listed = catalog.models.find(({ id }) => id === model.id);
  const { parameters } = built;
  const most = parameters.max_tokens ?? parameters.max_completion_tokens ?? model.maxTokensSupported;
  return {
    provider: model.provider,
    model: model.name,
    key: endpoint ? 'endpoint' : await keyFor(ctx, provider.id),
    promptTokens: tokens,
    maxTokens: most === null || most === undefined ? null : Number(most),
    priceInput: model.costPerTokenInput,
    priceOutput: model.costPerTokenOutput,
    mayCostUsd,
    averageLatencyMs: catalog.health.find(({ llmId }) => llmId === model.id)?.averageLatencyMs ?? null,
    deprecatedOn: listed?.deprecatedOn ?? null,
    retiredOn: listed?.retiredOn ?? null,
  };
}

async function keyFor(ctx: Ctx, name: string): Promise<'own' | 'platform' | null> {
  const provider = findProvider(name);
  const takesOwn = provider && ownKeyConnection(provider, ctx.env, '') !== null;
  if (takesOwn && (await listOwnKeyProviders(ctx)).has(provider.id)) return 'own';
  return isConfigured(ctx.env, name) ? 'platform' : null;
}
