import type { Usage } from '../../platform/llm/chat.ts';

/** How an upstream call ended, as it is logged and priced. */
export type CallOutcome = {
  /**
   * `success`: complete. `error`: the provider's or the request's fault. `cancelled`: the client left.
   * `interrupted`: the platform stopped in the middle and settled what had arrived.
   */
  status: 'success' | 'error' | 'cancelled' | 'interrupted';
  finishReason: string | null;
  inputTokens: number;
  outputTokens: number;
  tokenSource: TokenSource;
  /** From the start of the call to its end, and to its first token. */
  latencyMs: number;
  firstTokenMs: number | null;
  apiStatusCode: number | null;
  errorMessage: string | null;
};

/** Who counted: the provider, the model's own tokenizer here, or another tokenizer. */
export type TokenSource = 'provider' | 'counted' | 'estimated';

/** Token counts with who counted them. */
export type CountedUsage = Usage & { source: TokenSource };

/** What a call's object says when it is asked to settle. */
export type Settlement =
  | { state: 'running' }
  /** It never started, and from now on will not. */
  | { state: 'abandoned' }
  | { state: 'ended'; outcome: CallOutcome };
