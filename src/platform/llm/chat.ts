/** A chat as the endpoint of its provider takes it; see `translate.ts`. */
export type ChatRequest = {
  model: string;
  messages: Record<string, unknown>[];
  parameters: Record<string, unknown>;
  reading: Reading;
};

/** How an answer is asked for and read. */
export type Reading = {
  /** In one piece, where it cannot come in pieces. */
  whole: boolean;
  /** It may be silent for long: the model thinks, or writes the whole answer first. */
  patient: boolean;
  /** Whether the usage of a stream has to be asked for. */
  usageOnRequest: boolean;
  /** What calls of tools stand for: the content, or the older call of a function. */
  toolCallsAre?: 'content' | 'function';
};

export type Usage = {
  promptTokens: number;
  /** With those of the reasoning. */
  completionTokens: number;
  /** How many of them are reasoning, where the provider says. */
  reasoningTokens?: number;
};

/** One step of an answer as it comes from a provider. */
export type ChatDelta = {
  content?: string;
  /** The model's thoughts, where the provider shows them. */
  reasoning?: string;
  toolCalls?: ToolCallDelta[];
  functionCall?: { name?: string; arguments?: string };
  finishReason?: string;
  usage?: Usage;
  /** Of an embedding: one for each text, all in one delta. */
  vectors?: Vector[];
};

/** As numbers, or as those numbers of 32 bits in base64. */
export type Vector = number[] | string;

export type ToolCallDelta = { index: number; id?: string; type?: string; name?: string; arguments?: string };

/**
 * Why a provider gave no complete answer.
 * - `rejected`, `too_long`, `filtered`: the request is at fault
 * - `model_missing`: the provider does not have the model, or not for this key
 * - `key_refused`, `no_credit`: whoever owns the key has to do something
 * - `rate_limited`, `unavailable`: another try may work
 */
export type FaultKind =
  | 'rejected'
  | 'too_long'
  | 'filtered'
  | 'model_missing'
  | 'key_refused'
  | 'no_credit'
  | 'rate_limited'
  | 'unavailable';

export type ProviderFault = {
  kind: FaultKind;
  /** In the provider's words, with keys masked. */
  message: string;
  /** The provider's status, where it gave one. */
  status: number | null;
  /** In seconds. */
  retryAfter: number | null;
};

export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly fault: ProviderFault;

  constructor(fault: ProviderFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The fault of a provider that is away, or that speaks in riddles. */
export const unavailable = (message: string): ProviderFault => ({
  kind: 'unavailable',
  message,
  status: null,
  retryAfter: null,
});
