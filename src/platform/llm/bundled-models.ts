import { toPerToken } from '../../core/decimal.ts';
import MODELS from './models.json' with { type: 'json' };

/** A row of the model catalogue, as caches hold it. Prices are US dollars per token, as exact decimals. */
export type CatalogModel = {
  id: string;
  name: string;
  provider: string;
  displayName: string;
  /** What it answers with: a text, or vectors. */
  kind: 'chat' | 'embedding';
  modelVersion: string | null;
  costPerTokenInput: string | null;
  costPerTokenOutput: string | null;
  /** Where the prices were read, and on which day. */
  priceSource: string | null;
  pricedOn: string | null;
  /** From which day on the provider advises against it, and from which on it is gone. */
  deprecatedOn: string | null;
  retiredOn: string | null;
  contextWindow: number | null;
  maxTokensSupported: number | null;
  supportsFunctionCalling: boolean;
  supportsVision: boolean;
  supportsReasoning: boolean;
  supportsStreaming: boolean;
  /** Whether it goes on with an answer that the request has begun. */
  supportsAssistantPrefill: boolean;
  isActive: boolean;
  status: 'active' | 'inactive' | 'maintenance' | 'deprecated';
  metadata: Record<string, unknown> | null;
  version: number;
  /** ISO 8601; of a bundled model, when its price was read. */
  createdAt: string;
  updatedAt: string;
};

/** A model as `models.json` has it: prices in US dollars per million tokens, as decimals in text. */
export type ModelEntry = {
  id: string;
  provider: string;
  name: string;
  display_name: string;
  /** `embedding`; a model that chats where absent. */
  kind?: string;
  price_per_million: { input: string; output: string };
  price_source: string;
  priced_on: string;
  context_window: number;
  max_output_tokens: number | null;
  /** Of `tools`, `vision`, `reasoning` and `prefill`. */
  capabilities: string[];
  deprecated_on: string | null;
  retired_on: string | null;
};

/**
 * The models that a new database is seeded with, and the last tier of the catalogue when nothing else can be reached;
 * the table `llms` is what counts. Prices are list prices of the providers. Refresh `models.json`, then run
 * `npm run models:load`.
 */
export const BUNDLED_MODELS: readonly CatalogModel[] = MODELS.map(toModel);

/** A model that nobody has changed yet. */
export function toModel(entry: ModelEntry): CatalogModel {
  const readAt = `${entry.priced_on}T00:00:00.000Z`;
  return {
    id: entry.id,
    name: entry.name,
    provider: entry.provider,
    displayName: entry.display_name,
    kind: entry.kind === 'embedding' ? 'embedding' : 'chat',
    modelVersion: null,
    costPerTokenInput: toPerToken(entry.price_per_million.input),
    costPerTokenOutput: toPerToken(entry.price_per_million.output),
    priceSource: entry.price_source,
    pricedOn: entry.priced_on,
    deprecatedOn: entry.deprecated_on,
    retiredOn: entry.retired_on,
    contextWindow: entry.context_window,
    maxTokensSupported: entry.max_output_tokens,
    supportsFunctionCalling: entry.capabilities.includes('tools'),
    supportsVision: entry.capabilities.includes('vision'),
    supportsReasoning: entry.capabilities.includes('reasoning'),
    supportsStreaming: entry.kind !== 'embedding',
    supportsAssistantPrefill: entry.capabilities.includes('prefill'),
    isActive: true,
    status: entry.deprecated_on === null ? 'active' : 'deprecated',
    metadata: null,
    version: 1,
    createdAt: readAt,
    updatedAt: readAt,
  };
}
