import { AppError, type ErrorCode } from '../../../core/errors.ts';
import type { FaultKind, ProviderFault } from '../../../platform/llm/chat.ts';
import type { RouteReport } from '../calls/route-report.ts';

/** A fault as a client sees it, and whose it is where several models were asked. */
export type CallFault = {
  code: CallErrorCode;
  detail: string;
  retry_after: number | null;
  provider?: string;
  model?: string;
};

export type CallErrorCode = (typeof CALL_ERROR_CODES)[number];

export const CALL_ERROR_CODES = [
  'provider_rejected',
  'context_too_long',
  'content_filtered',
  'model_unavailable',
  'api_key_rejected',
  'provider_quota_exhausted',
  'provider_rate_limited',
  'provider_unavailable',
  'circuit_open',
  'answer_abandoned',
] as const satisfies ErrorCode[];

const CODES: Record<FaultKind, CallErrorCode> = {
  rejected: 'provider_rejected',
  too_long: 'context_too_long',
  filtered: 'content_filtered',
  model_missing: 'model_unavailable',
  key_refused: 'api_key_rejected',
  no_credit: 'provider_quota_exhausted',
  rate_limited: 'provider_rate_limited',
  unavailable: 'provider_unavailable',
};

/** Faults of a key: its owner has to do something. */
const KEY_FAULTS = new Set<FaultKind>(['key_refused', 'no_credit']);

/** Whether the operators have to do something, because it is their key that is at fault. */
export const isOperatorsFault = ({ kind }: ProviderFault, ownKey: boolean): boolean => !ownKey && KEY_FAULTS.has(kind);

/** Faults of a model or its provider, and not of the request: another one may do. Too long for one is not for all. */
const PASSED_ON = new Set<FaultKind>([
  'unavailable',
  'rate_limited',
  'model_missing',
  'key_refused',
  'no_credit',
  'too_long',
]);

/** Whether a call goes on to the next model after a fault. */
export const isPassedOn = ({ kind }: ProviderFault): boolean => PASSED_ON.has(kind);

/** Whether a fault says that the provider is not well; too many requests with somebody's own key say nothing of others. */
export const isProvidersFault = ({ kind }: ProviderFault, ownKey: boolean): boolean =>
  kind === 'unavailable' || (kind === 'rate_limited' && !ownKey);

/** Whether a fault is the request's, which the provider has understood. */
export const isOfRequest = ({ kind }: ProviderFault): boolean => kind === 'rejected' || kind === 'filtered';

/** Nobody was asked, because the circuit is open: until `openUntil`, in milliseconds. */
export const circuitFault = (detail: string, openUntil: number | null): CallFault => ({
  code: 'circuit_open',
  detail,
  retry_after: openUntil === null ? null : Math.max(1, Math.ceil((openUntil - Date.now()) / 1000)),
});

/** The answer ends in the middle, because all its readers had left, or because the platform was restarted. */
export const ABANDONED: CallFault = {
  code: 'answer_abandoned',
  detail: 'the answer was given up before it was complete',
  retry_after: null,
};

/** What a client is told. Of the deployment's own key it is told nothing: to a client, the provider is away. */
export function toCallFault(fault: ProviderFault, ownKey: boolean): CallFault {
  if (isOperatorsFault(fault, ownKey)) {
    return { code: 'provider_unavailable', detail: 'the provider did not take the call', retry_after: null };
  }
  return { code: CODES[fault.kind], detail: fault.message, retry_after: fault.retryAfter };
}

/** Whatever a provider says, clients are not sent away for longer than this, in seconds. */
const RETRY_AFTER_LIMIT = 3600;

/** The fault, if the first thing that a stream has to say is that it failed. */
export function readFault(chunk: Uint8Array): (CallFault & { route: RouteReport }) | null {
  const event = new TextDecoder().decode(chunk);
  if (!event.startsWith('id: 1\nevent: error\n')) return null;
  return JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}') as CallFault & { route: RouteReport };
}

export function toAppError(
  fault: CallFault,
  asked: { provider: string; name: string },
  route: RouteReport | null = null,
): AppError {
  const { code, detail, retry_after: retryAfter, provider = asked.provider, model = asked.name } = fault;
  return new AppError(code, {
    params: { provider, model, reason: detail },
    retryAfter: retryAfter === null ? undefined : Math.min(retryAfter, RETRY_AFTER_LIMIT),
    ...(route && { extensions: { route } }),
    cause: new Error(detail),
  });
}
