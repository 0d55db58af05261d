import { AppError } from '../../../core/errors.ts';
import { SECOND } from '../../../core/time.ts';
import { createSystemCtx, type Ctx } from '../../../context.ts';
import type { Env } from '../../../env.ts';
import { actFor } from '../../auth/index.ts';
import { NodeError } from '../../nodes/index.ts';
import type { RunSpec } from './types.ts';

/** For so long nobody asks again whether somebody may still do what they have started. */
const TRUSTED_MS = 10 * SECOND;

/** A context that acts for somebody, which those of all their nodes are made of. */
type Known = { ctx: Promise<Ctx>; at: number };

/** Those who have started what runs here. */
export class Initiators {
  readonly #env: Env;
  readonly #waitUntil: (promise: Promise<unknown>) => void;
  readonly #known = new Map<string, Known>();

  constructor(env: Env, waitUntil: (promise: Promise<unknown>) => void) {
    this.#env = env;
    this.#waitUntil = waitUntil;
  }

  /**
   * A context that acts for whoever started an execution, with those of their variables that they grant to others.
   * @throws {NodeError} `initiator_gone` where they may not run it any more
   */
  async ctxFor(spec: RunSpec): Promise<Ctx> {
    const { userId, accessTokenId, workspaceId, requestId, executionId } = spec;
    const key = `${userId}/${accessTokenId}`;
    let known = this.#known.get(key);
    if (!known || known.at < Date.now() - TRUSTED_MS) {
      const ctx = createSystemCtx(this.#env, 'execution-runner', this.#waitUntil);
      const actor = actFor(ctx, { userId, accessTokenId, workspaceId }, 'workflows:execute');
      known = { ctx: actor.then((actor) => ({ ...ctx, actor })), at: Date.now() };
      known.ctx.catch(() => this.#known.delete(key));
      this.#known.delete(key);
      this.#known.set(key, known);
      this.#forgetOld();
    }
    return {
      ...(await ctxOf(known)),
      requestId: requestId ?? crypto.randomUUID(),
      grants: spec.isForeign ? spec.grantedVariables : null,
      logFields: { execution_id: executionId },
    };
  }

  #forgetOld(): void {
    for (const [key, { at }] of this.#known) {
      if (at >= Date.now() - TRUSTED_MS) return;
      this.#known.delete(key);
    }
  }
}

async function ctxOf({ ctx }: Known): Promise<Ctx> {
  try {
    return await ctx;
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const message = `Whoever started the execution may not run it any more: ${cause.code.replaceAll('_', ' ')}.`;
    throw new NodeError('initiator_gone', message, { details: { reason: cause.code }, cause });
  }
}
