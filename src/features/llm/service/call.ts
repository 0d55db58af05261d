import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { loadCatalog } from '../catalog.ts';
import { findStart, insertCall } from '../queries.ts';
import type { ChatRequestBody, GenerateRequestBody, LlmResponse } from '../schemas.ts';
import { llmStream } from '../stream-stub.ts';
import type { Completion, CompletionResult, ReadMode } from '../stream-readers.ts';
import { toMessages, toParameters, toSettings } from './build-request.ts';
import { chooseModel } from './choose-model.ts';
import { readFault, toAppError } from './faults.ts';

type Operation = 'chat' | 'generate';
type Body = ChatRequestBody | GenerateRequestBody;

/** The whole answer, or its frames as server-sent events where the request asked for a stream. */
export type LlmAnswer = { response: LlmResponse } | { callId: string; frames: ReadableStream<Uint8Array> };

type OpenAnswer = { callId: string; provider: string; mode: ReadMode; answer: ReadableStream<Uint8Array> };

/**
 * Calls a model. A call that fails before its first token fails like any other request; after it, a stream ends with
 * an `error` frame.
 * @throws {AppError} `provider_rejected` or `provider_unavailable`, among others
 */
export async function call(ctx: Ctx, operation: Operation, body: Body, clientLeft: AbortSignal): Promise<LlmAnswer> {
  return read(await start(ctx, operation, body), clientLeft);
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
  const mode = modeOf(body);
  const response = await llmStream(ctx.env, callId).open({ spec: null, mode });
  if (response.status === 409) throw new AppError('idempotency_running');
  if (response.status === 404) await giveUp(ctx, callId);
  if (!response.ok || !response.body) return null;
  return read({ callId, provider: '', mode, answer: response.body }, clientLeft);
}

/** Between its record and its start a call is nowhere to be found; one that lost its way there for good is given up. */
const START_LIMIT_MS = 30 * SECOND;

/** Makes sure that a call without an answer will never start. @throws {AppError} `idempotency_running` if it may */
async function giveUp(ctx: Ctx, callId: string): Promise<void> {
  const startedAt = await findStart(ctx.db, callId);
  if (startedAt && Date.now() - startedAt.getTime() < START_LIMIT_MS) throw new AppError('idempotency_running');
  await llmStream(ctx.env, callId).settle();
}

const modeOf = (body: Body): ReadMode => (body.stream ? 'sse' : 'json');

/** Records the call, then has its object make it: in that order, so that no call goes unseen. */
async function start(ctx: Ctx, operation: Operation, body: Body): Promise<OpenAnswer> {
  const workspace = requireWorkspace(ctx.actor);
  const user = requireUser(ctx.actor);
  const catalog = await loadCatalog(ctx);
  // The bundled list means that the database is away, where the call could not be recorded either.
  if (catalog.tier === 'bundled') throw new AppError('database_unavailable');
  const model = chooseModel(catalog, ctx.env, body);
  const parameters = toParameters(body, model);
  const mode = modeOf(body);
  const callId = crypto.randomUUID();
  const record = insertCall(ctx.db, {
    id: callId,
    workspaceId: workspace.id,
    createdBy: user.id,
    llmId: model.id,
    provider: model.provider,
    model: model.name,
    operation,
    streamed: mode === 'sse',
    requestId: ctx.requestId,
    priceInput: model.costPerTokenInput ?? '0',
    priceOutput: model.costPerTokenOutput ?? '0',
    settings: toSettings(parameters),
  });
  await batchClaimed(ctx, callId, [record]);
  const spec = { callId, provider: model.provider, model: model.name, messages: toMessages(body), parameters };
  const response = await llmStream(ctx.env, callId).open({ spec, mode });
  if (!response.ok || !response.body) {
    throw new AppError('service_unavailable', { params: { service: 'llm' } });
  }
  return { callId, provider: model.provider, mode, answer: response.body };
}

async function read({ callId, provider, mode, answer }: OpenAnswer, clientLeft: AbortSignal): Promise<LlmAnswer> {
  if (mode === 'sse') return { callId, frames: await relayFrames(answer, provider) };
  const result = (await readDocument(answer, clientLeft)) as CompletionResult;
  if ('fault' in result) throw toAppError(result.fault, provider);
  return { response: toResponse(result.completion) };
}

/** Reads a document to its end, or lets go of it when the client does: nobody writes to a socket that waits. */
async function readDocument(document: ReadableStream<Uint8Array>, clientLeft: AbortSignal): Promise<unknown> {
  const reader = document.pipeThrough(new TextDecoderStream()).getReader();
  clientLeft.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true });
  let text = '';
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) text += value;
  return JSON.parse(text);
}

/** Passes frames on as they come, once the first has shown that the call did not fail at once. */
async function relayFrames(answer: ReadableStream<Uint8Array>, provider: string): Promise<ReadableStream<Uint8Array>> {
  const reader = answer.getReader();
  const { value: first } = await reader.read();
  reader.releaseLock();
  const fault = first && readFault(first);
  if (fault) {
    await answer.cancel();
    throw toAppError(fault, provider);
  }
  const relay = new IdentityTransformStream();
  const writer = relay.writable.getWriter();
  // Neither is awaited: both go on while the client reads, and end with it.
  if (first) void writer.write(first).catch(() => {});
  writer.releaseLock();
  void answer.pipeTo(relay.writable).catch(() => {});
  return relay.readable;
}

function toResponse(completion: Completion): LlmResponse {
  const { usage } = completion;
  return {
    content: completion.content,
    model: completion.model,
    provider: completion.provider,
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      total_tokens: usage.promptTokens + usage.completionTokens,
    },
    metadata: {
      call_id: completion.call_id,
      finish_reason: completion.finish_reason,
      user_api_key: false,
      token_source: usage.source,
      latency_ms: completion.latency_ms,
      first_token_ms: completion.first_token_ms,
    },
    finish_reason: completion.finish_reason,
    function_call: completion.function_call,
    tool_calls: completion.tool_calls,
  };
}
