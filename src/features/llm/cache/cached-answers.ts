import { requireWorkspace } from '../../../core/actor.ts';
import { deriveKey, hmac } from '../../../core/crypto.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import type { ChatBody, Plan } from '../service/plan-call.ts';
import { countHit, deleteExpired, findAnswer, insertAnswer } from './queries.ts';

/** A call whose complete answer serves an equal request. */
export type CachedCall = { callId: string; requestHash: string; ageSeconds: number };

/**
 * What tells requests apart: everything that was asked, and whom. The key is the workspace's own, so that no other one
 * can have the same, and nobody can tell from it what was asked.
 */
export function hashRequest(ctx: Ctx, body: ChatBody, { targets: [{ model }], decided }: Plan): string {
  const { stream: _, cache: __, deadlines: ___, fallbacks: ____, ...said } = body;
  const { conversation_id: _____, message_id: ______, ...asked } = said;
  const whom = decided ? decided.route.id : `${model.provider}/${model.name}`;
  const key = deriveKey(ctx.env.AUTH_SECRET, 'llm-cache');
  return hmac(key, requireWorkspace(ctx.actor).id, whom, JSON.stringify(asked)).toString('base64url');
}

export async function findCachedCall(ctx: Ctx, requestHash: string): Promise<CachedCall | null> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const found = await findAnswer(ctx.db, workspaceId, requestHash);
  if (!found) return null;
  ctx.waitUntil(
    countHit(ctx.db, workspaceId, requestHash).catch((error: unknown) =>
      logEvent('warn', 'cache_hit_not_counted', { error: describeError(error) }),
    ),
  );
  const ageSeconds = Math.max(0, Math.floor((Date.now() - found.createdAt.getTime()) / 1000));
  return { callId: found.callId, requestHash, ageSeconds };
}

/** Has a complete answer serve equal requests. The object of its call still has the text; nothing of it is kept here. */
export async function keepAnswer(
  ctx: Ctx,
  call: { workspaceId: string; callId: string },
  { requestHash, seconds }: { requestHash: string; seconds: number },
): Promise<void> {
  const expiresAt = new Date(Date.now() + seconds * 1000);
  await insertAnswer(ctx.db, { ...call, requestHash, expiresAt });
}

const PURGE_LIMIT = 5_000;

export async function purgeCachedAnswers(ctx: Ctx, now: Date): Promise<void> {
  await deleteExpired(ctx.db, now, PURGE_LIMIT);
}
