import { toPerMillion } from '../../../core/decimal.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';
import { measure } from './measure.ts';
import type { ChangeRow, Health } from './queries.ts';
import type { CatalogChange, CatalogEntry } from './schemas.ts';

/** A model as the catalogue shows it, with how it has done lately. */
export function presentModel(model: CatalogModel, health: Health | undefined): CatalogEntry {
  const { costPerTokenInput: input, costPerTokenOutput: output } = model;
  return {
    id: model.id,
    name: model.name,
    provider: model.provider,
    display_name: model.displayName,
    kind: model.kind,
    model_version: model.modelVersion,
    cost_per_token_input: toNumber(input),
    cost_per_token_output: toNumber(output),
    cost_per_1k_tokens_input: toNumber(input, 1000),
    cost_per_1k_tokens_output: toNumber(output, 1000),
    pricing:
      input === null || output === null
        ? null
        : {
            input_per_million: toPerMillion(input),
            output_per_million: toPerMillion(output),
            source: model.priceSource,
            date: model.pricedOn,
          },
    max_tokens_supported: model.maxTokensSupported,
    context_window: model.contextWindow,
    supports_function_calling: model.supportsFunctionCalling,
    supports_vision: model.supportsVision,
    supports_reasoning: model.supportsReasoning,
    supports_streaming: model.supportsStreaming,
    supports_assistant_prefill: model.supportsAssistantPrefill,
    is_active: model.isActive,
    deprecated_on: model.deprecatedOn,
    retired_on: model.retiredOn,
    llm_metadata: model.metadata,
    status: model.status,
    ...presentHealth(health),
    version: model.version,
    created_at: model.createdAt,
    updated_at: model.updatedAt,
  };
}

/** For display only; what is billed is the exact decimal. */
const toNumber = (price: string | null, times = 1) =>
  price === null ? null : Number((Number(price) * times).toPrecision(12));

function presentHealth(health: Health | undefined) {
  const measured = measure(health ? [health] : []);
  if (!measured) {
    return {
      health_status: 'unknown',
      response_time_avg_ms: 0,
      first_token_avg_ms: null,
      error_rate: null,
      availability_percentage: 100,
    } as const;
  }
  return {
    health_status: measured.status,
    response_time_avg_ms: measured.averageLatencyMs,
    first_token_avg_ms: measured.averageFirstTokenMs,
    error_rate: measured.errorRate,
    availability_percentage: Math.round(measured.availabilityPercent * 100) / 100,
  };
}

export const presentChange = (row: ChangeRow): CatalogChange => ({
  id: row.id,
  llm_id: row.llmId,
  provider: row.provider,
  name: row.name,
  change: row.change,
  fields: row.fields,
  created_at: row.createdAt.toISOString(),
});
