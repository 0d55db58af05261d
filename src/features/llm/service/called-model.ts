import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';

/** What a call goes by: a model of the catalogue, or one of the workspace's own endpoint, which has no id there. */
export type CalledModel = Pick<
  CatalogModel,
  | 'provider'
  | 'name'
  | 'costPerTokenInput'
  | 'costPerTokenOutput'
  | 'contextWindow'
  | 'maxTokensSupported'
  | 'supportsFunctionCalling'
  | 'supportsVision'
  | 'supportsReasoning'
  | 'supportsStreaming'
  | 'supportsAssistantPrefill'
> & { id: string | null };
