import { asNumber, asObject, asText, firstOf, type Fields } from './fields.ts';

export type RetrySettings = { maxRetries: number; delayMs: number; backoff: 'fixed' | 'exponential' };

export type NodeSettings = {
  isDisabled: boolean;
  retry: RetrySettings | null;
  timeoutSeconds: number | null;
  continueOnError: boolean;
};

/** What a definition may ask for at most; more is cut down to it. */
export const RETRIES_LIMIT = 10;
export const RETRY_DELAY_LIMIT_MS = 60 * 60 * 1_000;
export const NODE_TIMEOUT_LIMIT_SECONDS = 60 * 60;

const DEFAULT_RETRIES = 3;
const DEFAULT_DELAY_MS = 1_000;

const RETRIES = ['max_retries', 'maxRetries', 'retries', 'retry_count', 'retryCount'];
/** Attempts are one more than the retries after them. */
const ATTEMPTS = ['max_attempts', 'maxAttempts', 'attempts', 'max_tries', 'maxTries'];
const SWITCHES = ['retryOnFail', 'retry_on_fail', 'retry_on_failure'];
const DELAY_MS = ['retry_delay_ms', 'retryDelayMs', 'retry_delay', 'retryDelay', 'waitBetweenTries'];
const BACKOFF = ['retry_backoff', 'retryBackoff', 'backoff'];
/** Inside `retry`, where they can mean nothing else. */
const INNER_DELAY_MS = ['delay_ms', 'delayMs', 'delay', 'interval_ms', ...DELAY_MS];
const INNER_DELAY_SECONDS = ['delay_seconds', 'delaySeconds'];

const TIMEOUT_SECONDS = ['timeout_seconds', 'timeoutSeconds', 'timeout'];
const TIMEOUT_MS = ['timeout_ms', 'timeoutMs'];
const CONTINUES = ['continue_on_error', 'continueOnError', 'continue_on_fail', 'continueOnFail'];

/**
 * How a node is run rather than what it does. It stands at the node or, with editors that keep everything of theirs in one
 * place, in its configuration; the node's own word counts more.
 */
export function readSettings(node: Fields, config: Fields): NodeSettings {
  const places = [node, config];
  return {
    isDisabled: isYes(firstOf(places, ['disabled', 'is_disabled', 'isDisabled'])),
    retry: readRetry(places),
    timeoutSeconds: readTimeout(places),
    continueOnError: isYes(firstOf(places, CONTINUES)),
  };
}

const isYes = (value: unknown): boolean => value === true || value === 'true';

const within = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit);

/** `retry` is a number, yes or no, or an object; the same is said by fields beside it. */
function readRetry(places: readonly Fields[]): RetrySettings | null {
  const written = firstOf(places, ['retry', 'retry_policy', 'retryPolicy', ...SWITCHES]);
  const inner = asObject(written);
  const all = inner ? [inner, ...places] : places;
  if (written === false) return { maxRetries: 0, delayMs: 0, backoff: 'fixed' };
  const retries =
    asNumber(written) ?? asNumber(firstOf(all, [...RETRIES, ...(inner ? ['max', 'count', 'limit'] : [])]));
  const attempts = asNumber(firstOf(all, ATTEMPTS));
  const wanted = retries ?? (attempts === null ? null : attempts - 1);
  if (wanted === null && written !== true && !inner) return null;
  const seconds = inner && asNumber(firstOf([inner], INNER_DELAY_SECONDS));
  const delay = (inner && asNumber(firstOf([inner], INNER_DELAY_MS))) ?? asNumber(firstOf(places, DELAY_MS));
  return {
    maxRetries: Math.floor(within(wanted ?? DEFAULT_RETRIES, RETRIES_LIMIT)),
    delayMs: Math.round(within(delay ?? (seconds === null ? DEFAULT_DELAY_MS : seconds * 1_000), RETRY_DELAY_LIMIT_MS)),
    backoff: ['fixed', 'constant', 'none'].includes(asText(firstOf(all, BACKOFF)) ?? '') ? 'fixed' : 'exponential',
  };
}

/** Of no time at all nobody means anything. */
function readTimeout(places: readonly Fields[]): number | null {
  const ms = asNumber(firstOf(places, TIMEOUT_MS));
  const seconds = asNumber(firstOf(places, TIMEOUT_SECONDS)) ?? (ms === null ? null : ms / 1_000);
  return seconds === null || seconds <= 0 ? null : within(seconds, NODE_TIMEOUT_LIMIT_SECONDS);
}
