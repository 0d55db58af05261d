import { requireUser, requireWorkspace, type Actor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { loadCatalog } from '../catalog/tiers.ts';
import { findStart } from '../queries.ts';
import type { ChatRequestBody, GenerateRequestBody } from '../schemas.ts';
import { llmStream } from '../stream-stub.ts';
import type { ReadMode } from '../stream-readers.ts';
import { buildRequest, toSettings } from './build-request.ts';
import { chooseModel } from './choose-model.ts';
import { readAnswer, type LlmAnswer, type OpenAnswer } from './read-answer.ts';
import { mayCost } from './may-cost.ts';
import { recordCall, requireProvider } from './record-call.ts';

type Operation = 'chat' | 'generate';
type Body = ChatRequestBody | GenerateRequestBody;

/**
 * Calls a model. A call that fails before its first token fails like any other request; after it, a stream ends with
 * an `error` frame.
 * @throws {AppError} those of `CALL_ERROR_CODES`, among others
 */
export async function call(ctx: Ctx, operation: Operation, body: Body, clientLeft: AbortSignal): Promise<LlmAnswer> {
  return readAnswer(await start(ctx, operation, body), clientLeft);
}

/**
 * What a call answered, without asking the provider again; null where there is no complete answer.
 * @throws {AppError} `idempotency_running` while the call goes on
 */
export async function callAgain(
  ctx: Ctx,
  callId: string,
  body: Body,
  clientLeft: AbortSignal,
): Promise<LlmAnswer | null> {
  ctx.logFields.call_id = callId;
  const mode = modeOf(body);
  const response = await llmStream(ctx.env, callId).open({ spec: null, mode });
  if (response.status === 409) throw new AppError('idempotency_running');
  if (response.status === 404) await giveUp(ctx, callId);
  if (!response.ok || !response.body) return null;
  return readAnswer({ callId, model: NO_MODEL, mode, answer: response.body }, clientLeft);
}

/** Between its record and its start a call is nowhere to be found; one that lost its way there for good is given up. */
const START_LIMIT_MS = 30 * SECOND;

/** Makes sure that a call without an answer will never start. @throws {AppError} `idempotency_running` if it may */
async function giveUp(ctx: Ctx, callId: string): Promise<void> {
  const startedAt = await findStart(ctx.db, callId);
  if (startedAt && Date.now() - startedAt.getTime() < START_LIMIT_MS) throw new AppError('idempotency_running');
  await llmStream(ctx.env, callId).settle();
}

/** An answer that is shown again was complete, so that no fault has to name anybody. */
const NO_MODEL = { provider: '', name: '' };

const modeOf = (body: Body): ReadMode => (body.stream ? 'sse' : 'json');

const accessTokenOf = (actor: Actor) =>
  actor.kind === 'user' && actor.credential.kind === 'token' ? actor.credential.id : null;

/** Records the call, then has its object make it: in that order, so that no call goes unseen. */
async function start(ctx: Ctx, operation: Operation, body: Body): Promise<OpenAnswer> {
  const workspace = requireWorkspace(ctx.actor);
  const user = requireUser(ctx.actor);
  const catalog = await loadCatalog(ctx);
  // The bundled list means that the database is away, where the call could not be recorded either.
  if (catalog.tier === 'bundled') throw new AppError('database_unavailable');
  const model = chooseModel(catalog, ctx.env, body);
  const provider = requireProvider(model.provider);
  const request = buildRequest(body, model, provider);
  const mode = modeOf(body);
  const callId = crypto.randomUUID();
  ctx.logFields.call_id = callId;
  const record = {
    id: callId,
    workspaceId: workspace.id,
    createdBy: user.id,
    accessTokenId: accessTokenOf(ctx.actor),
    llmId: model.id,
    provider: model.provider,
    model: model.name,
    operation,
    conversationId: body.conversation_id ?? null,
    messageId: body.message_id ?? null,
    streamed: mode === 'sse',
    requestId: ctx.requestId,
    priceInput: model.costPerTokenInput ?? '0',
    priceOutput: model.costPerTokenOutput ?? '0',
    settings: toSettings(request.parameters),
  };
  const { connection, ownKey } = await recordCall(ctx, provider, record, mayCost(request, model));
  const spec = { callId, provider: model.provider, model: model.name, ownKey, ...request };
  const response = await llmStream(ctx.env, callId).open({ spec, mode, connection });
  if (!response.ok || !response.body) {
    throw new AppError('service_unavailable', { params: { service: 'llm' } });
  }
  return { callId, model, mode, answer: response.body };
}
