import { AppError } from '../../../core/errors.ts';
import type { Vector } from '../../../platform/llm/chat.ts';
import type { Completion, CompletionResult, ReadMode } from '../calls/stream-readers.ts';
import { toTokens } from '../calls/frames.ts';
import type { LlmResponse } from '../schemas.ts';
import { readFault, toAppError } from './faults.ts';

/** The whole answer, or its frames as server-sent events where the request asked for a stream. */
export type LlmAnswer =
  | WholeAnswer
  | { callId: string; frames: ReadableStream<Uint8Array>; emulated: string; cached: CacheReport | null };

/** `vectors`: of an embedding, in place of a text. */
export type WholeAnswer = { response: LlmResponse; startedAt: number; vectors: Vector[] | null };

/** Who is asked, as the catalogue has it. */
type Asked = { provider: string; name: string };

export type OpenAnswer = {
  callId: string;
  model: Asked;
  mode: ReadMode;
  answer: ReadableStream<Uint8Array>;
  emulated: string;
  /** Where it was made for an equal request. */
  cached?: CacheReport;
};

export type CacheReport = { key: string; age_seconds: number };

/** @throws {AppError} when the call failed before its first token, or has no complete answer */
export async function readAnswer(
  { callId, model, mode, answer, emulated, cached }: OpenAnswer,
  clientLeft: AbortSignal,
): Promise<LlmAnswer> {
  if (mode !== 'json') return { callId, frames: await relayFrames(answer, model), emulated, cached: cached ?? null };
  const result = (await readDocument(answer, clientLeft)) as CompletionResult;
  if ('fault' in result) throw toAppError(result.fault, model, result.route);
  const { started_at: startedAt, vectors } = result.completion;
  return { response: toResponse(result.completion, cached ?? null), startedAt, vectors };
}

/**
 * Reads a document to its end, or lets go of it when the client does: nobody writes to a socket that waits.
 * @throws {AppError} `answer_abandoned` then, for the log alone
 */
async function readDocument(document: ReadableStream<Uint8Array>, clientLeft: AbortSignal): Promise<unknown> {
  const reader = document.getReader();
  const left = new Promise<null>((leave) => {
    if (clientLeft.aborted) leave(null);
    clientLeft.addEventListener('abort', () => leave(null), { once: true });
  });
  const decoder = new TextDecoder();
  for (let text = ''; ;) {
    // Raced, so that the request does not outlive its client for as long as a read takes to end.
    const read = await Promise.race([reader.read(), left]);
    if (!read) {
      void reader.cancel().catch(() => {});
      throw new AppError('answer_abandoned');
    }
    text += decoder.decode(read.value, { stream: !read.done });
    if (read.done) return JSON.parse(text);
  }
}

/** Passes frames on as they come, once the first has shown that the call did not fail at once. */
async function relayFrames(answer: ReadableStream<Uint8Array>, model: Asked): Promise<ReadableStream<Uint8Array>> {
  const reader = answer.getReader();
  const first = await readFirstEvent(reader);
  reader.releaseLock();
  const fault = readFault(first);
  if (fault) {
    await answer.cancel();
    throw toAppError(fault, model, fault.route);
  }
  const relay = new IdentityTransformStream();
  const writer = relay.writable.getWriter();
  // Neither is awaited: both go on while the client reads, and end with it.
  void writer.write(first).catch(() => {});
  writer.releaseLock();
  void answer.pipeTo(relay.writable).catch(() => {});
  return relay.readable;
}

/** What came until the first event is whole: one that tells of many attempts comes in pieces. */
async function readFirstEvent(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  let read = Buffer.alloc(0);
  while (!read.includes('\n\n')) {
    const { done, value } = await reader.read();
    if (done) break;
    read = Buffer.concat([read, value]);
  }
  return read;
}

function toResponse(completion: Completion, cache: CacheReport | null): LlmResponse {
  return {
    content: completion.content,
    reasoning_content: completion.reasoning_content,
    model: completion.model,
    provider: completion.provider,
    usage: toTokens(completion.usage),
    metadata: {
      call_id: completion.call_id,
      finish_reason: completion.finish_reason,
      user_api_key: completion.user_api_key,
      token_source: completion.usage.source,
      latency_ms: completion.latency_ms,
      first_token_ms: completion.first_token_ms,
      emulated: completion.emulated,
      response_format: completion.response_format,
      route: completion.route,
      cache,
    },
    finish_reason: completion.finish_reason,
    function_call: completion.function_call,
    tool_calls: completion.tool_calls,
  };
}
