/**
 * An OpenAI-compatible model on loopback that needs no key and says what it is. It serves `POST /v1/chat/completions`,
 * `POST /v1/embeddings`, `GET /v1/models`, and `GET /stats` (`?id=` for the calls that a test marked). Behind a name,
 * as in `/anthropic/v1/…`, it stands for a provider.
 *
 * Tests ask for faults inside the last user message, or the last text of an embedding, as in `[[stub id=t1 cut=3 delay=0]]`. "Piece n" counts the pieces
 * of a stream from 0, after its words the finish reason and the usage; an answer that is not streamed has one.
 *
 *   id=NAME      counts the call under this name; /stats?id=NAME also has the last request as it arrived
 *   times=N      with id: the faults hold for the first N calls only, so that a retry succeeds
 *   tokens=N     answers with N words
 *   delay=MS     between two pieces of a stream
 *   wait=MS      before anything is answered
 *   tool=NAME    calls this tool where `tool_choice` leaves it open
 *   reasoning=N  thinks N words first, as `reasoning_content`
 *   nousage      leaves the usage out, although it was asked for
 *   empty        answers with no text
 *   formless     answers with something else than the JSON that was asked for
 *   form=NAME    gives vectors as `float` or `base64`, whichever was asked for
 *   lost=N       leaves out the last N vectors
 *   status=CODE  answers with this HTTP status and an error
 *   code=NAME    with status: the code of the error
 *   retry=N      with status: asks to come back after N seconds
 *   cut=N        breaks the connection before piece N
 *   end=N        ends the answer before piece N, as if it were complete, without finish reason and [DONE]
 *   stall=MS     with after=N (default 0): stops before piece N for that long
 *   malformed    with after=N: sends something that is not JSON, and ends
 *   error        with after=N: sends an error event in the stream, and ends
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenOnLoopback, readJson, sendJson } from './loopback.ts';
import { answerInPieces, answerWhole, Faulted } from './stub-answer.ts';
import { withoutFaults, type Directives } from './stub-directives.ts';
import { embed, readLastText, type EmbeddingRequest } from './stub-embedding.ts';
import { composeReply, readLastMessage, type ChatRequest } from './stub-reply.ts';

const MODEL = 'local-small';
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface ModelStub {
  /** The base URL for clients, ending in `/v1`. */
  baseUrl: string;
  close(): Promise<void>;
}

/** How calls ended: answered in full, left by the client, broken off by the stub because it was asked to. */
interface Counts {
  calls: number;
  completed: number;
  aborted: number;
  failed: number;
  active: number;
  lastRequest?: { path: string; headers: object; body: unknown };
}

export async function startModelStub(options: { port?: number; delay?: number } = {}): Promise<ModelStub> {
  const { delay = 30 } = options;
  const total = noCounts();
  const marked = new Map<string, Counts>();

  const loopback = await listenOnLoopback(async (request, response, url) => {
    try {
      switch (`${request.method} ${url.pathname.replace(/^\/[\w-]+(?=\/v1\/)/, '')}`) {
        case 'POST /v1/chat/completions':
          return await answerChat(request, response);
        case 'POST /v1/embeddings':
          return await answerEmbedding(request, response);
        case 'GET /v1/models':
          return sendJson(response, 200, {
            object: 'list',
            data: [{ id: MODEL, object: 'model', owned_by: 'synapscale' }],
          });
        case 'GET /stats':
          return sendJson(response, 200, statsOf(url.searchParams.get('id')));
        default:
          return sendError(response, 404, `nothing at ${request.method} ${url.pathname}`);
      }
    } catch (error) {
      sendError(response, 400, (error as Error).message);
    }
  }, options.port);

  async function answerChat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readJson(request, MAX_BODY_BYTES)) as ChatRequest;
    if (!body?.model || !Array.isArray(body.messages)) throw new Error('model and messages are required');
    const { said, directives: asked } = readLastMessage(body);
    await count(request, body, asked, (directives) =>
      serve(response, directives, async (gone) => {
        const reply = await composeReply(body, said, directives);
        const call = { request: body, reply, directives, delay: directives.delay ?? delay, gone };
        await (body.stream ? answerInPieces : answerWhole)(response, call);
      }),
    );
  }

  async function answerEmbedding(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readJson(request, MAX_BODY_BYTES)) as EmbeddingRequest;
    if (!body?.model || !body.input?.length) throw new Error('model and input are required');
    await count(request, body, readLastText(body), (directives) =>
      serve(response, directives, async () => sendJson(response, 200, await embed(body, directives))),
    );
  }

  /** Counts a call and how it ended. */
  async function count(
    request: IncomingMessage,
    body: object,
    asked: Directives,
    call: (directives: Directives) => Promise<'completed' | 'failed' | 'aborted'>,
  ): Promise<void> {
    const counts = asked.id === undefined ? [total] : [total, countsOf(asked.id)];
    for (const count of counts) {
      count.calls++;
      count.active++;
      count.lastRequest = { path: request.url ?? '', headers: request.headers, body };
    }
    const repaired = asked.times !== undefined && counts.at(-1)!.calls > asked.times;
    const outcome = await call(repaired ? withoutFaults(asked) : asked);
    for (const count of counts) {
      count.active--;
      count[outcome]++;
    }
  }

  async function serve(response: ServerResponse, directives: Directives, answer: (gone: AbortSignal) => Promise<void>) {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      if (directives.wait) await sleep(directives.wait, undefined, { signal: gone.signal });
      if (directives.status !== undefined) {
        if (directives.retry !== undefined) response.setHeader('Retry-After', directives.retry);
        sendError(response, directives.status, 'the stub was asked to fail', directives.code);
        return 'failed';
      }
      await answer(gone.signal);
      return 'completed';
    } catch (error) {
      if (error instanceof Faulted) return 'failed';
      if (gone.signal.aborted) return 'aborted';
      throw error;
    }
  }

  function countsOf(id: string): Counts {
    const counts = marked.get(id) ?? noCounts();
    marked.set(id, counts);
    return counts;
  }

  function statsOf(id: string | null): Counts {
    if (id !== null) return marked.get(id) ?? noCounts();
    return { ...total, lastRequest: undefined };
  }

  return { baseUrl: `${loopback.url}/v1`, close: loopback.close };
}

const noCounts = (): Counts => ({ calls: 0, completed: 0, aborted: 0, failed: 0, active: 0 });

function sendError(response: ServerResponse, status: number, message: string, code: string | null = null): void {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  sendJson(response, status, { error: { message, type, param: null, code } });
}
