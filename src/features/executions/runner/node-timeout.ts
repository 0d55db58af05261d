import { SECOND } from '../../../core/time.ts';
import { findNodeType, NodeError } from '../../nodes/index.ts';
import type { DefinitionNode } from '../../workflows/index.ts';

const LONGEST_SECONDS = 60 * 60;
const DEFAULT_SECONDS = 60;

/** How long an attempt of a node may take, in milliseconds. */
export function timeoutOf({ timeoutSeconds, type }: DefinitionNode): number {
  const found = findNodeType(type);
  const own = found?.timesItself ? null : timeoutSeconds;
  const seconds = own ?? found?.defaultTimeoutSeconds ?? DEFAULT_SECONDS;
  return Math.min(seconds, LONGEST_SECONDS) * SECOND;
}

/** Settles as `work` does, or aborts it when its time is up or it is not wanted any more. */
export function withTimeout<T>(
  ms: number,
  controller: AbortController,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = controller;
    // Nobody waits for work that does not heed its signal.
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    const message = `The node did not end within ${ms / SECOND} s.`;
    const timer = setTimeout(() => controller.abort(new NodeError('timeout', message, { isRetryable: true })), ms);
    work(signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
