import { ProviderError, unavailable, type ChatDelta, type ChatRequest } from './chat.ts';
import { readJson, send, type Send } from './client.ts';
import { readToolCallsAs, toDelta, toPieces, type Chunk, type Completion } from './deltas.ts';
import { readEventData } from './event-data.ts';
import { toProviderError, toStreamError } from './faults.ts';
import type { Connection } from './provider.ts';
import { requireSound } from './sound-delta.ts';
import { ToolCallNumbers } from './tool-calls.ts';

/**
 * Streams a chat. Returns once the provider has accepted it; iterating gives the deltas. A connection that is guarded
 * needs the way that is.
 * @throws {ProviderError} from either step, also when the stream ends before the answer is complete.
 */
export async function startChat(
  connection: Connection,
  request: ChatRequest,
  signal: AbortSignal,
  guarded?: Send,
): Promise<AsyncIterable<ChatDelta>> {
  return readDeltas(await requestChunks(connection, request, signal, guarded), connection, request);
}

async function requestChunks(
  connection: Connection,
  { model, messages, parameters, reading }: ChatRequest,
  signal: AbortSignal,
  guarded?: Send,
): Promise<AsyncIterable<Chunk> | Iterable<Chunk>> {
  const options = reading.usageOnRequest && !reading.whole ? { stream_options: { include_usage: true } } : {};
  const body = { ...parameters, ...options, model, messages, stream: !reading.whole };
  const response = await send(connection, '/chat/completions', { body, signal, guarded });
  if (reading.whole) return toPieces(await readJson<Completion>(response));
  return readChunks(response, connection);
}

const DONE = '[DONE]';

/** @throws {ProviderError} for an error among the pieces, {SyntaxError} for what is no JSON */
async function* readChunks({ body }: Response, connection: Connection): AsyncGenerator<Chunk> {
  if (!body) return;
  for await (const data of readEventData(body)) {
    if (data.startsWith(DONE)) return;
    const chunk = JSON.parse(data) as Chunk & { error?: unknown };
    if (chunk.error) throw toStreamError(chunk.error, connection);
    yield chunk;
  }
}

async function* readDeltas(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  connection: Connection,
  { reading }: ChatRequest,
): AsyncIterable<ChatDelta> {
  const numbers = new ToolCallNumbers();
  let finished = false;
  try {
    for await (const chunk of chunks) {
      const delta = readToolCallsAs(reading.toolCallsAre, numbers.number(toDelta(chunk)));
      const sound = connection.guarded ? requireSound(delta) : delta;
      finished ||= delta.finishReason !== undefined;
      yield sound;
    }
  } catch (error) {
    // With its reason to end an answer is complete: what broke off had only its usage to tell.
    if (finished) return;
    throw toProviderError(error);
  }
  // A connection that closes early ends the iteration like a complete one does.
  if (!finished) throw new ProviderError(unavailable('the stream ended before the answer was complete'));
}

/**
 * Asks for the list of models: free of charge, and it proves address and key. Returns what came, whatever it is.
 * @throws {ProviderError}
 */
export async function probe(connection: Connection, signal: AbortSignal, guarded?: Send): Promise<unknown> {
  return readJson(await send(connection, '/models', { signal, headers: connection.listHeaders, guarded }));
}
