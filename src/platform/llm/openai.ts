import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { ProviderError, type ChatDelta, type ChatRequest, type ProviderFault } from './chat.ts';
import type { Connection } from './providers.ts';

type StreamingParams = OpenAI.ChatCompletionCreateParamsStreaming;
type Chunk = OpenAI.ChatCompletionChunk;

/** A client without retries of its own: a second attempt is a second call, and calls are recorded. */
function createClient({ baseUrl, apiKey, organization, headers }: Connection): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: baseUrl,
    organization: organization ?? null,
    project: null,
    maxRetries: 0,
    defaultHeaders: headers,
  });
}

/**
 * Streams a chat. Returns once the provider has accepted it; iterating gives the deltas.
 * @throws {ProviderError} from either step, also when the stream ends before the answer is complete.
 */
export async function startChat(
  connection: Connection,
  { model, messages, parameters }: ChatRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<ChatDelta>> {
  const params = {
    ...parameters,
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  } as unknown as StreamingParams;
  try {
    return readDeltas(await createClient(connection).chat.completions.create(params, { signal }));
  } catch (error) {
    throw toProviderError(error);
  }
}

async function* readDeltas(chunks: AsyncIterable<Chunk>): AsyncIterable<ChatDelta> {
  let finished = false;
  try {
    for await (const chunk of chunks) {
      const delta = toDelta(chunk);
      finished ||= delta.finishReason !== undefined;
      yield delta;
    }
  } catch (error) {
    throw toProviderError(error);
  }
  // A connection that closes early ends the iteration like a complete one does.
  if (!finished) throw new ProviderError(unavailable('the stream ended before the answer was complete'));
}

function toDelta(chunk: Chunk): ChatDelta {
  const choice = chunk.choices?.[0];
  const delta: ChatDelta = {};
  if (choice?.delta?.content) delta.content = choice.delta.content;
  if (choice?.delta?.function_call) delta.functionCall = choice.delta.function_call;
  if (choice?.delta?.tool_calls?.length) {
    delta.toolCalls = choice.delta.tool_calls.map(({ index, id, type, function: call }) => ({
      index,
      id,
      type,
      name: call?.name,
      arguments: call?.arguments,
    }));
  }
  if (choice?.finish_reason) delta.finishReason = choice.finish_reason;
  if (chunk.usage) {
    delta.usage = { promptTokens: chunk.usage.prompt_tokens, completionTokens: chunk.usage.completion_tokens };
  }
  return delta;
}

/** Asks for the list of models: free of charge, and it proves address and key. @throws {ProviderError} */
export async function probe(connection: Connection, signal: AbortSignal): Promise<void> {
  try {
    await createClient(connection).models.list({ signal });
  } catch (error) {
    throw toProviderError(error);
  }
}

const unavailable = (message: string, status: number | null = null, retryAfter: number | null = null) =>
  ({ kind: 'unavailable', message, status, retryAfter }) satisfies ProviderFault;

/** Statuses that say that this request, as the client made it, will never be served. */
const CLIENT_FAULTS = new Set([400, 404, 413, 422]);

function toProviderError(error: unknown): Error {
  if (error instanceof ProviderError || error instanceof APIUserAbortError) return error;
  if (error instanceof APIConnectionError) return new ProviderError(unavailable('the provider could not be reached'));
  if (error instanceof APIError) {
    const status = typeof error.status === 'number' ? error.status : null;
    const retryAfter = Number(error.headers?.get('retry-after')) || null;
    // Errors inside a stream carry no status.
    if (status === null) return new ProviderError(unavailable(providerMessage(error)));
    const kind = CLIENT_FAULTS.has(status) ? 'rejected' : 'unavailable';
    return new ProviderError({ kind, message: providerMessage(error), status, retryAfter });
  }
  return new ProviderError(unavailable('the provider sent something unreadable'));
}

const MESSAGE_LIMIT = 500;

/** The provider's own words, without keys that some providers quote back. */
function providerMessage(error: APIError): string {
  const message = (error.error as { message?: unknown } | undefined)?.message;
  const text = typeof message === 'string' ? message : `status ${error.status ?? 'unknown'}`;
  return text.replace(/\b(sk|pk|key)-[\w*-]+/gi, '[key]').slice(0, MESSAGE_LIMIT);
}
