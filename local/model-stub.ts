/**
 * An OpenAI-compatible model on loopback that needs no key and says what it is. It serves `POST /v1/chat/completions`,
 * `POST /v1/embeddings`, `GET /v1/models`, and `GET /stats` (`?id=` for the calls that a test marked, `?model=` for those
 * of a model). Behind a name, as in `/anthropic/v1/…`, it stands for a provider, and counts the tokens of a chat as Anthropic
 * (`POST /v1/messages/count_tokens`) and Google (`POST /v1/models/MODEL:countTokens`) do.
 *
 * Like a provider it has a meter: `metered` in the stats is what it would charge for, in tokens. That is the prompt of
 * each request that it took, also where the client leaves before the answer, and of the answer what went out: all of it
 * where it is complete, else the pieces that were sent. A refusal, by a status of 400 or more, costs nothing.
 *
 * Tests ask for faults inside the last user message, or the last text of an embedding, as in `[[stub id=t1 cut=3 delay=0]]`. "Piece n" counts the pieces
 * of a stream from 0, after its words the finish reason and the usage; an answer that is not streamed has one.
 *
 *   id=NAME      counts the call under this name; /stats?id=NAME also has the last request as it arrived
 *   times=N      with id: the faults hold for the first N calls only, so that a retry succeeds
 *   tokens=N     answers with N words
 *   delay=MS     between two pieces of a stream
 *   quick=N      has no such delay before the first N pieces are out
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
import { parseDirectives, withoutFaults, type Directives } from './stub-directives.ts';
import { embed, readLastText, type EmbeddingRequest } from './stub-embedding.ts';
import { Meter, nothingMetered, type Metered } from './stub-meter.ts';
import { composeReply, readLastMessage, type ChatRequest } from './stub-reply.ts';
import { countTokens } from './stub-tokens.ts';

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
  metered: Metered;
  lastRequest?: { path: string; headers: object; body: unknown };
}

export async function startModelStub(options: { port?: number; delay?: number } = {}): Promise<ModelStub> {
  const { delay = 30 } = options;
  const total = noCounts();
  const marked = new Map<string, Counts>();
  const byModel = new Map<string, Counts>();

  const loopback = await listenOnLoopback(async (request, response, url) => {
    try {
      const path = url.pathname
        .replace(/^\/[\w-]+(?=\/v1\/)/, '')
        .replace(/(?<=^\/v1\/models\/)[^/]+(?=:countTokens$)/, '*');
      switch (`${request.method} ${path}`) {
        case 'POST /v1/chat/completions':
          return await answerChat(request, response);
        case 'POST /v1/embeddings':
          return await answerEmbedding(request, response);
        case 'POST /v1/messages/count_tokens':
        case 'POST /v1/models/*:countTokens':
          return await answerCount(request, response);
        case 'GET /v1/models':
          return sendJson(response, 200, {
            object: 'list',
            data: [{ id: MODEL, object: 'model', owned_by: 'synapscale' }],
          });
        case 'GET /stats':
          return sendJson(response, 200, statsOf(url.searchParams));
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
    await count(request, body, asked, (directives, meter) =>
      serve(response, { directives, meter, inPieces: body.stream === true }, async (gone) => {
        const reply = await composeReply(body, said, directives);
        meter.takePrompt(reply.usage.prompt_tokens);
        if (directives.wait) await sleep(directives.wait, undefined, { signal: gone });
        const call = { request: body, reply, directives, delay: directives.delay ?? delay, gone, meter };
        await (body.stream ? answerInPieces : answerWhole)(response, call);
        meter.complete(reply.usage.completion_tokens);
      }),
    );
  }

  async function answerEmbedding(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readJson(request, MAX_BODY_BYTES)) as EmbeddingRequest;
    if (!body?.model || !body.input?.length) throw new Error('model and input are required');
    await count(request, body, readLastText(body), (directives, meter) =>
      serve(response, { directives, meter, inPieces: false }, async (gone) => {
        if (directives.wait) await sleep(directives.wait, undefined, { signal: gone });
        const { tokens, answer } = await embed(body, directives);
        meter.takePrompt(tokens);
        sendJson(response, 200, answer);
        meter.complete(0);
      }),
    );
  }

  /** Free of charge, and of the request as it is written. */
  async function answerCount(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readJson(request, MAX_BODY_BYTES)) as { model?: string };
    const text = JSON.stringify(body);
    await count(request, body, parseDirectives(text).directives, (directives, meter) =>
      serve(response, { directives, meter, inPieces: false }, async () => {
        const tokens = await countTokens(text);
        sendJson(response, 200, { input_tokens: tokens, totalTokens: tokens });
      }),
    );
  }

  /** Counts a call and how it ended. */
  async function count(
    request: IncomingMessage,
    body: { model?: string },
    asked: Directives,
    call: (directives: Directives, meter: Meter) => Promise<'completed' | 'failed' | 'aborted'>,
  ): Promise<void> {
    const counts = [total, countsOf(byModel, body.model ?? '')];
    if (asked.id !== undefined) counts.push(countsOf(marked, asked.id));
    for (const count of counts) {
      count.calls++;
      count.active++;
      count.lastRequest = { path: request.url ?? '', headers: request.headers, body };
    }
    const repaired = asked.times !== undefined && counts.at(-1)!.calls > asked.times;
    const meter = new Meter(counts.map(({ metered }) => metered));
    const outcome = await call(repaired ? withoutFaults(asked) : asked, meter);
    for (const count of counts) {
      count.active--;
      count[outcome]++;
    }
  }

  async function serve(
    response: ServerResponse,
    { directives, meter, inPieces }: { directives: Directives; meter: Meter; inPieces: boolean },
    answer: (gone: AbortSignal) => Promise<void>,
  ): Promise<'completed' | 'aborted' | 'failed'> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      if (directives.status !== undefined) return await refuse(response, directives, gone.signal);
      await answer(gone.signal);
      return 'completed';
    } catch (error) {
      const isFault = error instanceof Faulted;
      if (!isFault && !gone.signal.aborted) throw error;
      if (isFault && !inPieces) meter.takeBack();
      else await meter.breakOff();
      return isFault ? 'failed' : 'aborted';
    }
  }

  function statsOf(query: URLSearchParams): Counts {
    const [id, model] = [query.get('id'), query.get('model')];
    if (id !== null) return marked.get(id) ?? noCounts();
    const counts = model === null ? total : (byModel.get(model) ?? noCounts());
    return { ...counts, lastRequest: undefined };
  }

  return { baseUrl: `${loopback.url}/v1`, close: loopback.close };
}

function countsOf(all: Map<string, Counts>, name: string): Counts {
  const counts = all.get(name) ?? noCounts();
  all.set(name, counts);
  return counts;
}

async function refuse(response: ServerResponse, directives: Directives, gone: AbortSignal): Promise<'failed'> {
  const { wait, status = 500, retry, code } = directives;
  if (wait) await sleep(wait, undefined, { signal: gone });
  if (retry !== undefined) response.setHeader('Retry-After', retry);
  sendError(response, status, 'the stub was asked to fail', code);
  return 'failed';
}

const noCounts = (): Counts => ({
  calls: 0,
  completed: 0,
  aborted: 0,
  failed: 0,
  active: 0,
  metered: nothingMetered(),
});

function sendError(response: ServerResponse, status: number, message: string, code: string | null = null): void {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  sendJson(response, status, { error: { message, type, param: null, code } });
}
