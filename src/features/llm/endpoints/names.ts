import { canonicalProvider, findProvider } from '../../../platform/llm/providers.ts';
import type { Catalog } from '../catalog/tiers.ts';

/** What an endpoint may be called. */
export const NAME_PATTERN = /^[a-z][a-z0-9-]{1,48}$/;

/** Segments that stand after `/llm/` where a provider may, or may one day. */
const RESERVED = new Set([
  'batches',
  'budgets',
  'calls',
  'catalog',
  'chat',
  'completions',
  'count-tokens',
  'embeddings',
  'endpoints',
  'files',
  'generate',
  'health',
  'images',
  'models',
  'moderations',
  'providers',
  'responses',
  'routes',
  'settings',
  'streams',
  'test-tags',
  'tokens',
  'usage',
]);

/** Whether a name means a provider already, to everybody. */
export const isProviderName = (name: string, { models }: Catalog): boolean =>
  findProvider(name) !== undefined || models.some(({ provider }) => provider === canonicalProvider(name));

/** Whether no endpoint may have a name, because it means something else. */
export const isTaken = (name: string, catalog: Catalog): boolean => RESERVED.has(name) || isProviderName(name, catalog);
