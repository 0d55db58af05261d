import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { HOUR, MINUTE, SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { findCachedCall, hashRequest, noteHit, type CachedCall } from '../cache/cached-answers.ts';
import type { CallSpec } from '../calls/call-spec.ts';
import { loadCatalog } from '../catalog/tiers.ts';
import { findStart, selectNothing, type NewCall } from '../queries.ts';
import { planRoute } from '../routing/plan-route.ts';
import { insertDecision } from '../routing/queries.ts';
import { startShadow } from '../routing/shadow.ts';
import { EMULATED_HEADER } from '../calls/frames.ts';
import { llmStream, settleStreams } from '../calls/stream-stub.ts';
import type { ReadMode } from '../calls/stream-readers.ts';
import { toCalled, toCallTarget } from './call-target.ts';
import { planEmbedding, planNamed, type Body, type ChatBody, type Plan } from './plan-call.ts';
import { readAnswer, type LlmAnswer, type OpenAnswer } from './read-answer.ts';
import { recordCall } from './record-call.ts';
import { abandonCall } from './settle.ts';

type Operation = 'chat' | 'generate' | 'embedding';

/** The client's side of a call: whether it comes back for the rest, and whether it still listens. */
export type Listener = { after: number | null; left: AbortSignal };

/**
 * Calls a model. A call that fails before its first token fails like any other request; after it, a stream ends with
 * an `error` frame.
 * @throws {AppError} those of `CALL_ERROR_CODES`, among others
 */
export async function call(ctx: Ctx, operation: Operation, body: Body, { left }: Listener): Promise<LlmAnswer> {
  return readAnswer(await start(ctx, operation, body), left);
}

/**
 * What a call answered, without asking a provider again; null where there is no complete answer. Who comes back for the
 * rest of a stream gets it even while the call goes on, and its error where it broke off.
 * @throws {AppError} `idempotency_running` while the call goes on
 */
export async function callAgain(
  ctx: Ctx,
  callId: string,
  body: Body,
  { after, left }: Listener,
): Promise<LlmAnswer | null> {
  ctx.logFields.call_id = callId;
  const mode = modeOf(body);
  const stream = llmStream(ctx.env, { workspaceId: requireWorkspace(ctx.actor).id, callId });
  const response = await stream.open({ spec: null, callId, mode, after: mode === 'json' ? null : after });
  if (response.status === 409) throw new AppError('idempotency_running');
  if (response.status === 404) await giveUp(ctx, callId);
  if (!response.ok || !response.body) return null;
  const emulated = response.headers.get(EMULATED_HEADER) ?? '';
  return readAnswer({ callId, model: NO_MODEL, mode, answer: response.body, emulated }, left);
}

/** Between its record and its start a call is nowhere to be found; one that lost its way there for good is given up. */
const START_LIMIT_MS = 30 * SECOND;

/** Makes sure that a call without an answer will never start. @throws {AppError} `idempotency_running` if it may */
async function giveUp(ctx: Ctx, callId: string): Promise<void> {
  const startedAt = await findStart(ctx.db, callId);
  if (startedAt && Date.now() - startedAt.getTime() < START_LIMIT_MS) throw new AppError('idempotency_running');
  await settleStreams(ctx.env, [{ workspaceId: requireWorkspace(ctx.actor).id, callId }]);
}

/** An answer that is shown again is complete, or its fault says whose it is. */
const NO_MODEL = { provider: '', name: '' };

function modeOf(body: Body): ReadMode {
  if ('input' in body || !body.stream) return 'json';
  if (!('openai' in body)) return 'sse';
  return body.openai.includesUsage ? 'chunks_with_usage' : 'chunks';
}

async function start(ctx: Ctx, operation: Operation, body: Body): Promise<OpenAnswer> {
  const catalog = await loadCatalog(ctx);
  // The bundled list means that the database is away, where the call could not be recorded either.
  if (catalog.tier === 'bundled') throw new AppError('database_unavailable');
  if ('input' in body) return make(ctx, operation, body, await planEmbedding(ctx, catalog, body), null);
  const plan = body.route ? await planRoute(ctx, catalog, body, body.route) : await planNamed(ctx, catalog, body);
  if (plan.cacheSeconds === 0) return make(ctx, operation, body, plan, null);
  const requestHash = hashRequest(ctx, body, plan);
  const cached = await findCachedCall(ctx, requestHash);
  const again = cached && (await openCached(ctx, cached, modeOf(body)));
  if (!again) return make(ctx, operation, body, plan, { requestHash, seconds: plan.cacheSeconds });
  ctx.logFields.call_id = again.callId;
  noteHit(ctx, requestHash);
  // Under an Idempotency-Key a repetition shows the same call.
  if (ctx.claim) await batchClaimed(ctx, again.callId, [selectNothing(ctx.db)]);
  return again;
}

/** The answer to an equal request, from where it is kept; null where it is not any more, or cannot be had now. */
async function openCached(
  ctx: Ctx,
  { callId, ageSeconds, requestHash }: CachedCall,
  mode: ReadMode,
): Promise<OpenAnswer | null> {
  const kept = await llmStream(ctx.env, { workspaceId: requireWorkspace(ctx.actor).id, callId })
    .open({ spec: null, callId, mode, after: null })
    .catch((error: unknown) =>
      logEvent('warn', 'cached_answer_away', { call_id: callId, error: describeError(error) }),
    );
  if (!kept?.ok || !kept.body) return null;
  const { headers, body } = kept;
  const emulated = headers.get(EMULATED_HEADER) ?? '';
  const cached = { key: requestHash, age_seconds: ageSeconds };
  return { callId, model: NO_MODEL, mode, answer: body, emulated, cached };
}

/** How long an answer can be read again, by an Idempotency-Key and without one. */
const KEEP_CLAIMED_MS = 25 * HOUR;
const KEEP_MS = 10 * MINUTE;

/** How long a call goes on after its last reader left: longer where the client has said that it may come back. */
const GRACE_CLAIMED_MS = 15 * SECOND;
const GRACE_MS = 2 * SECOND;

/** Records the call, then has its object make it: in that order, so that no call goes unseen. */
async function make(
  ctx: Ctx,
  operation: Operation,
  body: Body,
  plan: Plan,
  cache: CallSpec['cache'],
): Promise<OpenAnswer> {
  const workspace = requireWorkspace(ctx.actor);
  const user = requireUser(ctx.actor);
  const { decided, deadlines } = plan;
  const mode = modeOf(body);
  const callId = crypto.randomUUID();
  ctx.logFields.call_id = callId;
  const record: NewCall & { id: string } = {
    id: callId,
    workspaceId: workspace.id,
    createdBy: user.id,
    accessTokenId: accessTokenOf(ctx.actor),
    ...toCalled(plan.targets[0]),
    operation,
    conversationId: ('input' in body ? null : body.conversation_id) ?? null,
    messageId: ('input' in body ? null : body.message_id) ?? null,
    streamed: mode !== 'json',
    requestId: ctx.requestId,
    routeId: decided?.route.id ?? null,
  };
  const kept = decided && { ...decided.draft, workspaceId: workspace.id, createdBy: user.id, callId };
  const { targets, passed, limits } = await recordCall(
    ctx,
    record,
    plan.targets,
    kept ? [insertDecision(ctx.db, kept)] : [],
  );
  const [{ model, request }] = targets;
  const spec: CallSpec = {
    callId,
    workspaceId: workspace.id,
    targets: targets.map(toCallTarget),
    excluded: [...plan.excluded, ...passed],
    route: decided?.route ?? null,
    format: request.format,
    deadlines,
    keepMs: Math.max(ctx.claim ? KEEP_CLAIMED_MS : KEEP_MS, (cache?.seconds ?? 0) * SECOND),
    graceMs: ctx.claim && mode !== 'json' ? GRACE_CLAIMED_MS : GRACE_MS,
    isDetached: false,
    cache,
    shadowOf: null,
  };
  const means = { connections: targets.map(({ connection }) => connection), budgets: limits };
  const response = await llmStream(ctx.env, spec).open({ spec, mode, means });
  // Its object makes too many: this one was never made.
  if (response.status === 503) await abandonCall(ctx, callId);
  if (!response.ok || !response.body) {
    throw new AppError('service_unavailable', { params: { service: 'llm' } });
  }
  if (decided?.shadow) ctx.waitUntil(startShadow(ctx, body as ChatBody, record, decided.shadow));
  return { callId, model, mode, answer: response.body, emulated: request.emulated.join(', ') };
}
