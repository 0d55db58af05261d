import { AppError } from '../../../core/errors.ts';
import { inStoredOrder } from '../../../core/json-order.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { isDatabaseUnavailable } from '../../../db/errors.ts';
import { MINUTE, SECOND } from '../../../core/time.ts';
import { NodeError, type NodeEffect, type WaitReason } from '../../nodes/index.ts';
import type { PlannedNode } from '../engine/plan.ts';
import type { Fault } from '../engine/run-state.ts';
import { cutText, storableText } from './values.ts';

/** Of a message, which may be that of somebody else's server. */
const MESSAGE_LENGTH = 2_000;

/** A node that says nothing of retries, and that another attempt does not harm. */
const DEFAULT_RETRIES = { maxRetries: 3, delayMs: SECOND, backoff: 'exponential' } as const;

/** What nobody waits for inside of an execution. */
const LONGEST_WAIT_MS = 24 * 60 * MINUTE;

/** Of what is said of it besides. */
const DETAILS_LENGTH = 16_000;

/** A failure, in the words that clients get. What nobody expected is told in fixed words, and to the log. */
export function toFault(error: unknown, nodeKey: string | null, executionId: string): Fault {
  if (error instanceof NodeError) {
    const { code, message, details, isRetryable } = error;
    // As it is kept: a node that goes on after it gives it out.
    const told = { message: cutText(message, MESSAGE_LENGTH), details: inStoredOrder(toDetails(details)) };
    return { code, nodeKey, isRetryable, ...told };
  }
  if (error instanceof AppError) {
    const isRetryable = error.code === 'database_unavailable' || error.code === 'service_unavailable';
    return {
      code: error.code,
      message: `Failed: ${error.code.replaceAll('_', ' ')}.`,
      nodeKey,
      details: {},
      isRetryable,
    };
  }
  const isAway = isDatabaseUnavailable(error);
  logEvent(isAway ? 'warn' : 'error', 'node_failed', {
    execution_id: executionId,
    node_id: nodeKey,
    error: describeError(error),
  });
  return isAway
    ? {
        code: 'database_unavailable',
        message: 'The database is not available.',
        nodeKey,
        details: {},
        isRetryable: true,
      }
    : { code: 'internal_error', message: 'An unexpected error occurred.', nodeKey, details: {}, isRetryable: false };
}

function toDetails(details: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(details);
  if (text.length > DETAILS_LENGTH) return { truncated: cutText(text, 1_000) };
  return JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? storableText(value) : value));
}

/** Does something for an execution, which ends where that fails in a way that is no node's: it must not stay open. */
export function endOnFault(run: { id: string; end: (status: 'failed', fault: Fault) => void }, work: () => void): void {
  try {
    work();
  } catch (error) {
    run.end('failed', toFault(error, null, run.id));
  }
}

export type RetrySettings = { maxRetries: number; delayMs: number; backoff: 'fixed' | 'exponential' };

/** An unsafe node is tried again only where its author says so. */
export function retriesOf({ node }: PlannedNode, effect: NodeEffect): RetrySettings {
  return node.retry ?? (effect === 'unsafe' ? { ...DEFAULT_RETRIES, maxRetries: 0 } : DEFAULT_RETRIES);
}

/** When a node is tried again, and why it waits until then; null where it is not. */
export function nextAttempt(
  error: unknown,
  fault: Fault,
  attempt: number,
  { maxRetries, delayMs, backoff }: RetrySettings,
): { inMs: number; reason: WaitReason } | null {
  if (!fault.isRetryable || attempt > maxRetries) return null;
  const longest = backoff === 'fixed' ? delayMs : delayMs * 2 ** (attempt - 1);
  // Those who failed together do not come back together.
  const own = longest * (0.5 + Math.random() / 2);
  const asked = error instanceof NodeError ? error.retryAfterMs : null;
  const inMs = Math.ceil(Math.max(own, asked ?? 0));
  if (inMs > LONGEST_WAIT_MS) return null;
  return { inMs, reason: error instanceof NodeError ? error.waitReason : 'retry' };
}

/** How an execution waits before it is tried again by itself, after so many tries: 10 s to 5 minutes. */
export const retryPauseMs = (retryCount: number) =>
  Math.min(10 * SECOND * 2 ** retryCount, 5 * MINUTE) * (0.75 + Math.random() / 4);
