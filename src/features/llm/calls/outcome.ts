import type { Usage } from '../../../platform/llm/chat.ts';
import type { CallSpec, CallTarget } from './call-spec.ts';
import type { CallFault } from '../service/faults.ts';

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
  /** How many of those are thoughts, where the provider says. */
  reasoningTokens: number | null;
  tokenSource: TokenSource;
  /** From the start of the attempt to its end, and to its first token. */
  latencyMs: number;
  firstTokenMs: number | null;
  apiStatusCode: number | null;
  errorMessage: string | null;
};

/** Who counted: the provider, the model's own tokenizer here, or another tokenizer. */
export type TokenSource = 'provider' | 'counted' | 'estimated';

/** Token counts with who counted them. */
export type CountedUsage = Usage & { source: TokenSource };

/** One upstream call of those that an answer took. */
export type AttemptRecord = {
  callId: string;
  /** Its place among the targets. */
  target: number;
  /** Whether it goes on with the text of those before it. */
  continues: boolean;
  startedAt: number;
  accepted: boolean;
  outcome: CallOutcome | null;
  fault: CallFault | null;
};

/** How all of it ended, for those who read. */
export type CallEnd = { status: CallOutcome['status']; fault: CallFault | null };

/** An upstream call as the ledger takes it. */
export type SettledAttempt = {
  callId: string;
  attempt: number;
  outcome: CallOutcome;
  target: Pick<
    CallTarget,
    'provider' | 'model' | 'llmId' | 'endpointId' | 'ownKey' | 'priceInput' | 'priceOutput' | 'settings'
  >;
};

/** What a call's object says when it is asked to settle. */
export type Settlement =
  | { state: 'running' }
  /** It never started, and from now on will not. */
  | { state: 'abandoned' }
  | {
      state: 'ended';
      status: CallOutcome['status'];
      /** When its last upstream call ended, in milliseconds. */
      endedAt: number;
      attempts: SettledAttempt[];
      cache: CallSpec['cache'];
      shadowOf: CallSpec['shadowOf'];
    };
