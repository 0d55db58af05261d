import { AppError } from '../../../core/errors.ts';
import { SECOND } from '../../../core/time.ts';
import type { RemoteAnswer } from '../../../platform/fetch/guarded-fetch.ts';
import { NodeError } from './node-type.ts';

/** As long as a node waits because another server says so. */
const LONGEST_WAIT_MS = 3600 * SECOND;

const SHOWN_CHARACTERS = 500;

/**
 * An answer that is none. 429 and 503 say that nothing was done; another 5xx does not, so that only what may be repeated
 * is.
 */
export function toStatusFailure(answer: RemoteAnswer, body: unknown, mayRepeat: boolean): NodeError {
  const { status, headers } = answer;
  const wasRefused = status === 429 || status === 503;
  const shown = typeof body === 'string' ? body : JSON.stringify(body);
  return new NodeError('http_status', `The server answered ${status}.`, {
    isRetryable: wasRefused || ((status >= 500 || status === 408) && mayRepeat),
    retryAfterMs: readRetryAfter(headers.get('retry-after')),
    waitReason: status === 429 ? 'node_rate' : 'retry',
    details: { status, body: shown.slice(0, SHOWN_CHARACTERS) },
  });
}

/** Seconds or a date (RFC 9110 §10.2.3), as milliseconds from now; null where it is neither. */
function readRetryAfter(value: string | null): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * SECOND : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

/** Failures after which nobody knows whether the other side has acted. */
const UNCERTAIN = new Set<AppError['code']>(['remote_unavailable', 'remote_timeout']);

const MESSAGES: Partial<Record<AppError['code'], string>> = {
  remote_unavailable: 'The server cannot be reached.',
  remote_timeout: 'The server took too long.',
  remote_answer_too_large: 'The answer is too large.',
  too_many_redirects: 'The server redirects too often.',
  payload_too_large: 'The body is too large.',
};

export function toHttpFailure(error: unknown, mayRepeat: boolean): unknown {
  if (!(error instanceof AppError)) return error;
  const [field] = error.options.fields ?? [];
  const message = MESSAGES[error.code] ?? (field ? `${field.loc.slice(1).join('.')}: ${field.msg}` : error.code);
  return new NodeError(error.code, message, {
    isRetryable: error.code === 'service_unavailable' || (UNCERTAIN.has(error.code) && mayRepeat),
    details: error.options.params ?? {},
    cause: error,
  });
}
