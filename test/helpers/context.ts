import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createCtx, createSystemCtx, type Ctx, type CtxOptions } from '../../src/context.ts';
import { parseEnv } from '../../src/env.ts';
// For its effect: it points the driver at the proxy in front of the test database.
import '../../local/worker.ts';

/** A context as requests and jobs have it, for use cases that no path reaches. */
export function createTestCtx(options: Partial<CtxOptions> = {}): Ctx {
  const execution = createExecutionContext();
  return createCtx({ env: parseEnv(env), waitUntil: (promise) => execution.waitUntil(promise), ...options });
}

/** The same for work that nobody asked for just now, with other bindings where some are given. */
export const createTestSystemCtx = (bindings: object = {}): Ctx =>
  createSystemCtx(parseEnv({ ...env, ...bindings }), 'test', () => {});
