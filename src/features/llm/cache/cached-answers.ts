import { requireWorkspace } from '../../../core/actor.ts';
import { deriveKey, hmac } from '../../../core/crypto.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { purge } from '../../../db/purge.ts';
import type { ChatBody, Plan } from '../service/plan-call.ts';
import { countHit, deleteExpired, findAnswer, insertAnswer } from './queries.ts';

/** A call whose complete answer serves an equal request. */
export type CachedCall = { callId: string; requestHash: string; ageSeconds: number };

/** What changes nothing in an answer; whom the request is made to is told apart by what they turned out to be. */
const WITHOUT_EFFECT = new Set(
  [
    ['stream', 'cache', 'deadlines', 'conversation_id', 'message_id'],
    ['route', 'provider', 'model'],
  ].flat(),
);

/**
 * What tells requests apart: everything that was asked, and whom. The key is the workspace's own, so that no other one
 * can have the same, and nobody can tell from it what was asked. A route that was changed is another one.
 */
export function hashRequest(ctx: Ctx, body: ChatBody, plan: Plan): string {
  const given = Object.entries(body).filter(
    ([name, value]) => value !== null && value !== undefined && !WITHOUT_EFFECT.has(name),
  );
  // The same in OpenAI's form has other defaults, however it is to be answered.
  const asked = given.map(([name, value]) => (name === 'openai' ? [name] : [name, value]));
  const key = deriveKey(ctx.env.AUTH_SECRET, 'llm-cache');
  return hmac(key, requireWorkspace(ctx.actor).id, whomOf(plan), JSON.stringify(asked)).toString('base64url');
}

const whomOf = ({ targets: [{ model, endpoint }], decided }: Plan): string =>
  JSON.stringify(
    decided ? [decided.route.id, decided.version] : [endpoint?.id ?? model.provider, endpoint?.version, model.name],
  );

export async function findCachedCall(ctx: Ctx, requestHash: string): Promise<CachedCall | null> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const found = await findAnswer(ctx.db, workspaceId, requestHash);
  if (!found) return null;
  const ageSeconds = Math.max(0, Math.floor((Date.now() - found.createdAt.getTime()) / 1000));
  return { callId: found.callId, requestHash, ageSeconds };
}

/** Notes that an answer has served once more, which nobody waits for. */
export function noteHit(ctx: Ctx, requestHash: string): void {
  ctx.waitUntil(
    countHit(ctx.db, requireWorkspace(ctx.actor).id, requestHash).catch((error: unknown) =>
      logEvent('warn', 'cache_hit_not_counted', { error: describeError(error) }),
    ),
  );
}

/**
 * Has a complete answer serve equal requests, from when it was complete, however late that is told. The object of its
 * call still has the text; nothing of it is kept here.
 */
export async function keepAnswer(
  ctx: Ctx,
  call: { workspaceId: string; callId: string; answeredAt: number },
  { requestHash, seconds }: { requestHash: string; seconds: number },
): Promise<void> {
  const { answeredAt, ...ids } = call;
  const [createdAt, expiresAt] = [new Date(answeredAt), new Date(answeredAt + seconds * SECOND)];
  await insertAnswer(ctx.db, { ...ids, requestHash, createdAt, expiresAt });
}

export const purgeCachedAnswers = ({ db }: Ctx, now: Date): Promise<void> =>
  purge((limit) => deleteExpired(db, now, limit));
