/** A chat in the shape of OpenAI's API, which every provider's endpoint understands. */
export type ChatRequest = {
  model: string;
  messages: Record<string, unknown>[];
  /** Sampling parameters and tools by OpenAI's names. */
  parameters: Record<string, unknown>;
};

export type Usage = { promptTokens: number; completionTokens: number };

/** One step of an answer as it comes from a provider. */
export type ChatDelta = {
  content?: string;
  toolCalls?: ToolCallDelta[];
  functionCall?: { name?: string; arguments?: string };
  finishReason?: string;
  usage?: Usage;
};

export type ToolCallDelta = { index: number; id?: string; type?: string; name?: string; arguments?: string };

/** Why a provider gave no complete answer. */
export type ProviderFault = {
  /** `rejected`: the request is at fault. `unavailable`: the provider is, and another try may work. */
  kind: 'rejected' | 'unavailable';
  message: string;
  /** The provider's status, where it gave one. */
  status: number | null;
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
