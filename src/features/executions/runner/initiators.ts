import type { Actor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { SECOND } from '../../../core/time.ts';
import { createCtx, createSystemCtx, type Ctx } from '../../../context.ts';
import type { Env } from '../../../env.ts';
import { actFor } from '../../auth/index.ts';
import { NodeError } from '../../nodes/index.ts';
import type { RunSpec } from './types.ts';

/** For so long nobody asks again whether somebody may still do what they have started. */
const TRUSTED_MS = 10 * SECOND;

type Known = { actor: Promise<Actor>; at: number };

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
      known = { actor: actFor(ctx, { userId, accessTokenId, workspaceId }, 'workflows:execute'), at: Date.now() };
      known.actor.catch(() => this.#known.delete(key));
      this.#known.delete(key);
      this.#known.set(key, known);
      this.#forgetOld();
    }
    const ctx = createCtx({ env: this.#env, actor: await this.#actorOf(known), waitUntil: this.#waitUntil });
    ctx.grants = spec.isForeign ? spec.grantedVariables : null;
    if (requestId) ctx.requestId = requestId;
    ctx.logFields.execution_id = executionId;
    return ctx;
  }

  async #actorOf({ actor }: Known): Promise<Actor> {
    try {
      return await actor;
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      const message = `Whoever started the execution may not run it any more: ${cause.code.replaceAll('_', ' ')}.`;
      throw new NodeError('initiator_gone', message, { details: { reason: cause.code }, cause });
    }
  }

  #forgetOld(): void {
    for (const [key, { at }] of this.#known) {
      if (at >= Date.now() - TRUSTED_MS) return;
      this.#known.delete(key);
    }
  }
}
