import { AppError } from '../../core/errors.ts';

/** Bounds everything that one request does, from looking its name up to the last byte of the answer. */
export type Deadline = {
  signal: AbortSignal;
  /** Settles as the promise does, or rejects when the time is over or the caller has gone. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** The reason why it ended early, in the application's terms; null while it holds. */
  failure(host: string): unknown;
  /** Must be called in the end, so that no timer is left. */
  clear(): void;
};

export function startDeadline(timeMs: number, callerSignal?: AbortSignal): Deadline {
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(), timeMs);
  const signal = callerSignal ? AbortSignal.any([time.signal, callerSignal]) : time.signal;
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // It is raced against, and nobody else waits for it.
  ended.catch(() => {});
  return {
    signal,
    race: (promise) => Promise.race([promise, ended]),
    failure(host) {
      if (callerSignal?.aborted) return callerSignal.reason;
      if (!time.signal.aborted) return null;
      return new AppError('remote_timeout', { params: { host, limit: timeMs / 1000 } });
    },
    clear: () => clearTimeout(timer),
  };
}
