import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import type { Claim } from '../../../core/claim.ts';
import { deriveKey, hmac } from '../../../core/crypto.ts';
import { AppError } from '../../../core/errors.ts';
import { fromPico, toPico } from '../../../core/decimal.ts';
import { allows } from '../../../core/permissions.ts';
import type { Ctx } from '../../../context.ts';
import { findClaim, isClaimedAlready, releaseClaim } from '../../../db/claims.ts';
import { ChatRequestBody, type LlmResponse } from '../schemas.ts';
import { call, callAgain } from './call.ts';
import type { LlmAnswer } from './read-answer.ts';

/** `costUsd`: of all attempts together, as an exact decimal; nothing where the answer was kept from before. */
export type ModelAnswer = { response: LlmResponse; costUsd: string };

/**
 * Calls a model for work that may be repeated: under the same key a repetition gets the answer of the first, and is not
 * paid twice. A call that failed is made again.
 * @param body as of a chat request, whole and not streamed.
 * @throws {AppError} `forbidden`, `validation_failed`, `idempotency_running`, and those of `CALL_ERRORS`
 */
export async function callModel(
  ctx: Ctx,
  body: unknown,
  { key, signal }: { key: string; signal: AbortSignal },
): Promise<ModelAnswer> {
  const request = readRequest(ctx, body);
  const listener = { after: null, left: signal };
  const scope = scopeOf(ctx, key);
  const first = await attempt(ctx, scope, (claimed) => call(claimed, 'chat', request, listener));
  if (first) return toModelAnswer(first);
  const claim = await findClaim(ctx.db, scope);
  const shown = claim && (await callAgain(ctx, claim.resourceId, request, listener));
  if (shown) return toModelAnswer(shown);
  if (claim) await releaseClaim(ctx.db, scope, claim.resourceId);
  const again = await attempt(ctx, scope, (claimed) => call(claimed, 'chat', request, listener));
  if (!again) throw new AppError('idempotency_running');
  return toModelAnswer(again);
}

/** A chat request of somebody who may make one. @throws {AppError} `forbidden`, `validation_failed` */
export function readRequest({ actor }: Ctx, body: unknown): ChatRequestBody & { stream: false } {
  if (!allows(requireWorkspace(actor), 'llm:invoke')) {
    throw new AppError('forbidden', { params: { permission: 'llm:invoke' } });
  }
  const parsed = ChatRequestBody.safeParse(body);
  if (parsed.success) return { ...parsed.data, stream: false };
  const fields = parsed.error.issues.map(({ path, message, code }) => ({
    loc: ['body', ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))],
    msg: message,
    type: code,
  }));
  throw new AppError('validation_failed', { fields });
}

function scopeOf({ actor, env }: Ctx, key: string): string {
  const secret = deriveKey(env.AUTH_SECRET, 'idempotency');
  return hmac(secret, 'work', requireWorkspace(actor).id, requireUser(actor).id, key).toString('base64url');
}

/** Null where the key is taken by a call from before. The key says what is asked, whatever the words of it. */
async function attempt(ctx: Ctx, scope: string, perform: (ctx: Ctx) => Promise<LlmAnswer>): Promise<LlmAnswer | null> {
  const claim: Claim = { scope, requestHash: scope, taken: false };
  try {
    return await perform({ ...ctx, claim });
  } catch (error) {
    if (isClaimedAlready(error)) return null;
    throw error;
  }
}

function toModelAnswer(answer: LlmAnswer): ModelAnswer {
  if (!('response' in answer)) throw new Error('a call that was not streamed has a whole answer');
  const { route, cache } = answer.response.metadata;
  const costs = cache ? [] : route.attempts.map(({ cost_usd: cost }) => toPico(cost));
  return { response: answer.response, costUsd: fromPico(costs.reduce((sum, cost) => sum + cost, 0n)) };
}
