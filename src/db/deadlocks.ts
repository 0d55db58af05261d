import { isDeadlock } from './errors.ts';

const ATTEMPTS = 3;

/**
 * Carries out a transaction that locks rows in an order of its own, so that it and others may come to wait for each other:
 * the database then ends one of them, which begins anew.
 */
export async function retryDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isDeadlock(error)) throw error;
    }
  }
}
