import type { CallTarget } from '../calls/call-spec.ts';
import { toSettings } from './build-request.ts';
import type { PlannedTarget } from './plan-call.ts';
import type { ReadyTarget } from './record-call.ts';

/** What the record of a call says of the target that it is made to. */
export const toCalled = ({ model, endpoint, request }: PlannedTarget) => ({
  llmId: model.id,
  endpointId: endpoint?.id ?? null,
  provider: model.provider,
  model: model.name,
  priceInput: model.costPerTokenInput ?? '0',
  priceOutput: model.costPerTokenOutput ?? '0',
  settings: toSettings(request.parameters),
});

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
