import { toPerMillion, toPerToken } from '../../../core/decimal.ts';
import type { EndpointModel } from '../../../db/schema/index.ts';
import type { EndpointRow } from './queries.ts';
import type { Endpoint, EndpointCreate } from './schemas.ts';

/** An endpoint as its workspace sees it: of the key, only whether there is one. */
export function presentEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    workspace_id: row.workspaceId,
    name: row.name,
    base_url: row.baseUrl,
    has_key: row.sealedKey !== null,
    models: row.models.map(presentModel),
    is_active: row.isActive,
    version: row.version,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

function presentModel(model: EndpointModel): Endpoint['models'][number] {
  const { costPerTokenInput: input, costPerTokenOutput: output } = model;
  return {
    name: model.name,
    kind: model.kind,
    context_window: model.contextWindow,
    max_output_tokens: model.maxOutputTokens,
    capabilities: model.capabilities,
    price_per_million:
      input === null || output === null ? null : { input: toPerMillion(input), output: toPerMillion(output) },
  };
}

/** Reverses {@link presentModel}. */
export function toStoredModel(model: EndpointCreate['models'][number]): EndpointModel {
  const { price_per_million: prices } = model;
  return {
    name: model.name,
    kind: model.kind,
    contextWindow: model.context_window ?? null,
    maxOutputTokens: model.max_output_tokens ?? null,
    capabilities: [...new Set(model.capabilities)],
    costPerTokenInput: prices ? toPerToken(prices.input) : null,
    costPerTokenOutput: prices ? toPerToken(prices.output) : null,
  };
}
