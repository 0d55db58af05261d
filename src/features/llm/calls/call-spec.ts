import type { Deadlines, Exclusion, Strategy } from '../../../core/llm-route.ts';
import type { ChatRequest } from '../../../platform/llm/chat.ts';
import type { EmbeddingRequest } from '../../../platform/llm/embeddings.ts';
import type { ResponseFormat } from '../../../platform/llm/request.ts';

/** One model that a call may be made to, with the request as its provider takes it. */
export type CallTarget = ChatRequest & {
  provider: string;
  /** What is to be turned into vectors; a chat where absent. */
  embedding?: EmbeddingRequest;
  /** Null for a model of a workspace's own endpoint. */
  llmId: string | null;
  endpointId: string | null;
  /** Whether the key is the caller's. */
  ownKey: boolean;
  /** Fields that the provider's endpoint does not know, and that are honoured otherwise. */
  emulated: string[];
  /** In US dollars per token, as exact decimals. */
  priceInput: string;
  priceOutput: string;
  /** What it may cost at the most, in US dollars; null for a model without a price. */
  mayCostUsd: string | null;
  /** What marks a message of the assistant that the model is to go on with; null where it cannot. */
  prefill: Record<string, unknown> | null;
  /** The parameters as the usage log shows them. */
  settings: Record<string, unknown>;
};

/** A model that is not called, and why. */
export type Passed = {
  provider: string;
  model: string;
  reason: Exclusion['reason'] | 'cannot_continue' | 'budget_exceeded';
  detail: string;
};

/**
 * A call as its object was asked to make it: to the first target, or to those after it where one fails. Messages and
 * texts are forgotten once it is settled, and the keys that it is made with are never written down.
 */
export type CallSpec = {
  callId: string;
  workspaceId: string;
  targets: CallTarget[];
  /** Targets that could not be called to begin with. */
  excluded: Passed[];
  /** What chose the targets; null where the request names them itself. */
  route: { id: string; name: string; strategy: Strategy; decisionId: string } | null;
  /** The form that the answer must have. */
  format: ResponseFormat | null;
  deadlines: Deadlines;
  /** Milliseconds for which the answer is kept once it is settled. */
  keepMs: number;
  /** How long it goes on without a reader, in milliseconds. */
  graceMs: number;
  /** Whether nobody reads along: it is made for its outcome alone. */
  isDetached: boolean;
  /** Where the answer serves equal requests, and for how many seconds. */
  cache: { requestHash: string; seconds: number } | null;
  /** The call that it is made beside, to compare the two; null for a call of its own. */
  shadowOf: { callId: string; routeId: string } | null;
};
