import { fromPico, toPico } from '../../../core/decimal.ts';
import type { CallSpec, CallTarget, Passed } from './call-spec.ts';
import type { AttemptRecord, CallOutcome, CountedUsage, TokenSource } from './outcome.ts';

/** How an answer came to be: every upstream call that it took, and every model that was passed over. */
export type RouteReport = {
  name: string | null;
  strategy: string | null;
  decision_id: string | null;
  attempts: RouteAttempt[];
  passed: Passed[];
};

export type RouteAttempt = {
  call_id: string;
  provider: string;
  model: string;
  status: CallOutcome['status'];
  /** What ended it, unless it is complete. */
  reason: { code: string; detail: string } | null;
  /** Whether it went on with the text of those before it. */
  continues: boolean;
  /** Milliseconds since the call was made. */
  started_ms: number;
  latency_ms: number;
  first_token_ms: number | null;
  prompt_tokens: number;
  completion_tokens: number;
  token_source: TokenSource;
  user_api_key: boolean;
  cost_usd: string;
};

export function reportRoute(
  spec: CallSpec & { startedAt: number },
  attempts: readonly AttemptRecord[],
  passed: Passed[],
): RouteReport {
  return {
    name: spec.route?.name ?? null,
    strategy: spec.route?.strategy ?? null,
    decision_id: spec.route?.decisionId ?? null,
    attempts: attempts.flatMap((attempt) => {
      const target = spec.targets[attempt.target];
      return attempt.outcome && target ? [reportAttempt(attempt, attempt.outcome, target, spec.startedAt)] : [];
    }),
    passed,
  };
}

const reportAttempt = (
  { callId, startedAt, continues, fault }: AttemptRecord,
  outcome: CallOutcome,
  target: CallTarget,
  callStartedAt: number,
): RouteAttempt => ({
  call_id: callId,
  provider: target.provider,
  model: target.model,
  status: outcome.status,
  reason: fault && { code: fault.code, detail: fault.detail },
  continues,
  started_ms: startedAt - callStartedAt,
  latency_ms: outcome.latencyMs,
  first_token_ms: outcome.firstTokenMs,
  prompt_tokens: outcome.inputTokens,
  completion_tokens: outcome.outputTokens,
  token_source: outcome.tokenSource,
  user_api_key: target.ownKey,
  cost_usd: costOf(outcome, target),
});

/** As the ledger works it out: tokens times the prices stored with the call. */
const costOf = ({ inputTokens, outputTokens }: CallOutcome, { priceInput, priceOutput }: CallTarget): string =>
  fromPico(BigInt(inputTokens) * toPico(priceInput) + BigInt(outputTokens) * toPico(priceOutput));

const SOURCES: TokenSource[] = ['provider', 'counted', 'estimated'];

/** The tokens of all upstream calls together, as surely counted as the least sure of them. */
export function sumUsage(attempts: readonly AttemptRecord[]): CountedUsage {
  const outcomes = attempts.flatMap(({ outcome }) => outcome ?? []);
  const sum = (of: (outcome: CallOutcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const said = outcomes.some(({ reasoningTokens }) => reasoningTokens !== null);
  return {
    promptTokens: sum(({ inputTokens }) => inputTokens),
    completionTokens: sum(({ outputTokens }) => outputTokens),
    ...(said && { reasoningTokens: sum(({ reasoningTokens }) => reasoningTokens ?? 0) }),
    source: SOURCES.findLast((source) => outcomes.some(({ tokenSource }) => tokenSource === source)) ?? 'counted',
  };
}
