import type { CallTarget } from '../calls/call-spec.ts';
import { toSettings } from './build-request.ts';
import type { ReadyTarget } from './record-call.ts';

/** A target as the call's object gets it, but for what it is called with. */
export const toCallTarget = ({ model, request, mayCostUsd, ownKey, provider, endpoint }: ReadyTarget): CallTarget => ({
  model: model.name,
  messages: request.messages,
  parameters: request.parameters,
  reading: request.reading,
  embedding: request.embedding,
  provider: model.provider,
  llmId: model.id,
  endpointId: endpoint?.id ?? null,
  ownKey,
  emulated: request.emulated,
  priceInput: model.costPerTokenInput ?? '0',
  priceOutput: model.costPerTokenOutput ?? '0',
  mayCostUsd,
  prefill: model.supportsAssistantPrefill ? provider.dialect.prefillMark : null,
  settings: toSettings(request.parameters),
});
