import type { Ctx } from '../../context.ts';
import { SECOND, withTimeLimit } from '../../core/time.ts';

/** How long an answer is used. */
export const FRESH_SECONDS = 10;

type Result = { startedAt: number; running: Promise<unknown>; value?: { known: unknown } };

/** One memory for each environment, which in a deployment is one for the isolate. */
const memories = new WeakMap<object, Map<string, Result>>();

/**
 * Gives what `find` found less than ten seconds ago, so that asking often costs nothing; callers at the same time share
 * one run. The run belongs to the request that began it, which may end first: others wait for `patienceMs` and then
 * find out for themselves. `find` must not throw.
 */
export async function shareResult<T>(ctx: Ctx, key: string, patienceMs: number, find: () => Promise<T>): Promise<T> {
  const memory = memories.get(ctx.env) ?? new Map<string, Result>();
  memories.set(ctx.env, memory);
  const recent = memory.get(key);
  if (recent && Date.now() - recent.startedAt < FRESH_SECONDS * SECOND) {
    if (!recent.value) await withTimeLimit(recent.running, patienceMs).catch(() => {});
    if (recent.value) return recent.value.known as T;
  }
  const result: Result = { startedAt: Date.now(), running: Promise.resolve() };
  const running = find().then((known) => {
    result.value = { known };
    return known;
  });
  result.running = running;
  memory.set(key, result);
  ctx.waitUntil(running);
  return running;
}
