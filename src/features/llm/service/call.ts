import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';
import type { ProviderFault } from '../../../platform/llm/chat.ts';
import { loadCatalog } from '../catalog.ts';
import type { Frame } from '../frames.ts';
import { insertCall } from '../queries.ts';
import type { ChatRequestBody, GenerateRequestBody, LlmResponse } from '../schemas.ts';
import { llmStream } from '../stream-stub.ts';
import type { CompletionResult, ReadMode } from '../stream-readers.ts';
import { toMessages, toParameters, toSettings } from './build-request.ts';
import { chooseModel } from './choose-model.ts';

type Operation = 'chat' | 'generate';
type Body = ChatRequestBody | GenerateRequestBody;
type StartedCall = { callId: string; model: CatalogModel; answer: ReadableStream<Uint8Array> };

/** Whatever a provider says, clients are not sent away for longer than this, in seconds. */
const RETRY_AFTER_LIMIT = 3600;

/** Answers with the whole text. @throws {AppError} `provider_rejected` or `provider_unavailable` among others */
export async function complete(
  ctx: Ctx,
  operation: Operation,
  body: Body,
  clientLeft: AbortSignal,
): Promise<LlmResponse> {
  const { callId, model, answer } = await startCall(ctx, operation, body, 'json');
  const result = (await readAll(answer, clientLeft)) as CompletionResult;
  if ('fault' in result) throw toAppError(result.fault, model.provider);
  const { usage, ...completion } = result.completion;
  return {
    content: completion.content,
    model: model.name,
    provider: model.provider,
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      total_tokens: usage.promptTokens + usage.completionTokens,
    },
    metadata: {
      call_id: callId,
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

/** Reads a document to its end, or lets go of it when the client does: nobody writes to a socket that waits. */
async function readAll(document: ReadableStream<Uint8Array>, clientLeft: AbortSignal): Promise<unknown> {
  const reader = document.pipeThrough(new TextDecoderStream()).getReader();
  clientLeft.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true });
  let text = '';
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) text += value;
  return JSON.parse(text);
}

/**
 * Answers frame by frame, as server-sent events. A call that fails before its first token fails like any other
 * request; after it, the stream ends with an `error` frame.
 */
export async function stream(
  ctx: Ctx,
  operation: Operation,
  body: Body,
): Promise<{ callId: string; frames: ReadableStream<Uint8Array> }> {
  const { callId, model, answer } = await startCall(ctx, operation, body, 'sse');
  const reader = answer.getReader();
  const { value: first } = await reader.read();
  reader.releaseLock();
  const fault = first && readFault(first);
  if (fault) {
    await answer.cancel();
    throw toAppError(fault, model.provider);
  }
  const relay = new IdentityTransformStream();
  const writer = relay.writable.getWriter();
  // Neither is awaited: both go on while the client reads, and end with it.
  if (first) void writer.write(first).catch(() => {});
  writer.releaseLock();
  void answer.pipeTo(relay.writable).catch(() => {});
  return { callId, frames: relay.readable };
}

/** Records the call, then has its object make it: in that order, so that no call goes unseen. */
async function startCall(ctx: Ctx, operation: Operation, body: Body, mode: ReadMode): Promise<StartedCall> {
  const workspace = requireWorkspace(ctx.actor);
  const user = requireUser(ctx.actor);
  const catalog = await loadCatalog(ctx);
  // The bundled list means that the database is away, where the call could not be recorded either.
  if (catalog.tier === 'bundled') throw new AppError('database_unavailable');
  const model = chooseModel(catalog, ctx.env, body);
  const parameters = toParameters(body, model);
  const callId = crypto.randomUUID();
  await insertCall(ctx.db, {
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
  const spec = { callId, provider: model.provider, model: model.name, messages: toMessages(body), parameters };
  const response = await llmStream(ctx.env, callId).open({ spec, mode });
  if (!response.ok || !response.body) {
    throw new AppError('service_unavailable', { params: { service: 'llm' } });
  }
  return { callId, model, answer: response.body };
}

/** The fault, if the first thing that a stream has to say is that it failed. */
function readFault(chunk: Uint8Array): ProviderFault | null {
  const event = new TextDecoder().decode(chunk);
  if (!event.startsWith('id: 1\nevent: error\n')) return null;
  const data = /^data: (.*)$/m.exec(event)?.[1] ?? '{}';
  const frame = JSON.parse(data) as Extract<Frame, { type: 'error' }>;
  const kind = frame.code === 'provider_rejected' ? 'rejected' : 'unavailable';
  return { kind, message: frame.detail, status: null, retryAfter: frame.retry_after };
}

function toAppError(fault: ProviderFault, provider: string): AppError {
  if (fault.kind === 'rejected') {
    return new AppError('provider_rejected', { params: { provider, reason: fault.message } });
  }
  return new AppError('provider_unavailable', {
    params: { provider },
    retryAfter: fault.retryAfter === null ? undefined : Math.min(fault.retryAfter, RETRY_AFTER_LIMIT),
    cause: new Error(fault.message),
  });
}
