/**
 * Somebody else's server, on loopback: what an attacker wants to reach, and what a user's workflow calls. Runs in Node.
 *
 *   /ID/echo             the request as it arrived
 *   /ID/status?code=     an empty answer
 *   /ID/redirect?to=     with `status` (302)
 *   /ID/bytes?n=         so many bytes; `chunked` without Content-Length
 *   /ID/endless          bytes without end
 *   /ID/bomb?n=          gzip that unpacks to so many zeros; `encoding=br`
 *   /ID/drip             a byte every 50 ms without end
 *   /ID/silent           never an answer
 *   /ID/broken           breaks off in the middle of the body
 *   /ID/moved            a redirect to `hook` of the same ID
 *   /ID/nonsense         a chat in OpenAI's form, and in it what no chat has
 *   /ID/hook?codes=      keeps the request; answers with the first code, then the next, the last for good; `text`, `retry`
 *   /ID/received         what `hook` has kept
 *   /ID                  how often anything under ID was called, how many calls are open, and how many were at most
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createBrotliCompress, createGzip } from 'node:zlib';
import { listenOnLoopback, sendJson } from '../../local/loopback.ts';

export interface RemoteServer {
  /** `127.0.0.1:port`; the same port of `[::1]` where this machine has it. */
  address: string;
  close(): Promise<void>;
}

/** A request as it arrived; Node has put the names of headers in lower case. */
export type Received = { method: string; url: string; headers: Record<string, string>; body: string };

type Stats = { hits: number; open: number; most: number; received: Received[] };

export async function startRemoteServer(): Promise<RemoteServer> {
  const stats = new Map<string, Stats>();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, id = '', behaviour] = url.pathname.split('/');
    const counts = stats.get(id) ?? { hits: 0, open: 0, most: 0, received: [] };
    if (behaviour === undefined)
      return sendJson(response, 200, { hits: counts.hits, open: counts.open, most: counts.most });
    if (behaviour === 'received') return sendJson(response, 200, counts.received);
    counts.hits++;
    counts.open++;
    counts.most = Math.max(counts.most, counts.open);
    response.once('close', () => counts.open--);
    stats.set(id, counts);
    if (behaviour === 'hook') return keep(counts.received, url.searchParams, request, response);
    await behave(behaviour, url.searchParams, request, response);
  };
  const loopback = await listenOnLoopback(handle);
  const port = Number(loopback.address.split(':')[1]);
  const six = createServer(handle);
  await new Promise<void>((done) => six.once('error', () => done()).listen({ port, host: '::1' }, () => done()));
  return {
    address: loopback.address,
    close: async () => {
      six.close();
      six.closeAllConnections();
      await loopback.close();
    },
  };
}

async function behave(
  behaviour: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const n = Number(query.get('n'));
  if (query.has('delay')) await new Promise((resolve) => setTimeout(resolve, Number(query.get('delay'))));
  switch (behaviour) {
    case 'echo':
      return sendJson(response, 200, await describe(request));
    case 'late': {
      const ms = Number(query.get('ms')) + Math.random() * Number(query.get('jitter') ?? 0);
      return void setTimeout(() => sendJson(response, 200, { late: true }), ms);
    }
    case 'status':
      return void response.writeHead(Number(query.get('code'))).end();
    case 'redirect': {
      const to = query.get('to');
      response.writeHead(Number(query.get('status') ?? 302), to === null ? {} : { Location: to });
      return void response.end('moved');
    }
    case 'moved':
      return void response.writeHead(307, { Location: `${request.url!.split('/moved')[0]}/hook` }).end();
    case 'nonsense':
      return sendChat(response, [{ delta: { content: { no: 'text' } } }, { finish_reason: { no: 'reason\0' } }]);
    case 'bytes':
      response.writeHead(200, query.has('chunked') ? {} : { 'Content-Length': n });
      return void response.end('x'.repeat(n));
    case 'endless':
      return sendEndless(response, 64 * 1024, 0);
    case 'drip':
      return sendEndless(response, 1, 50);
    case 'bomb': {
      const encoding = query.get('encoding') ?? 'gzip';
      response.writeHead(200, { 'Content-Encoding': encoding });
      return sendZeros(response, n, encoding);
    }
    case 'silent':
      return;
    case 'broken':
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('x'.repeat(10));
      return void setTimeout(() => response.destroy(), 50);
    default:
      return void response.writeHead(404).end();
  }
}

/** An answer of a model, one choice an event. */
function sendChat(response: ServerResponse, choices: object[]): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (const choice of choices) response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
  response.end('data: [DONE]\n\n');
}

async function keep(
  received: Received[],
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  received.push((await describe(request)) as Received);
  const codes = (query.get('codes') ?? '200').split(',');
  const retry = query.get('retry');
  response.writeHead(
    Number(codes[received.length - 1] ?? codes.at(-1)),
    retry === null ? {} : { 'Retry-After': retry },
  );
  response.end(query.get('text') ?? '');
}

async function describe(request: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() };
}

/** Pauses after each piece, so that whatever else runs in this process goes on. */
async function sendEndless(response: ServerResponse, size: number, pauseMs: number): Promise<void> {
  response.writeHead(200);
  const piece = Buffer.alloc(size, 'x');
  const closed = new Promise<void>((done) => response.once('close', done));
  while (!response.closed) {
    const drained = response.write(piece) || new Promise<void>((done) => response.once('drain', done));
    await new Promise((done) => setTimeout(done, pauseMs));
    await Promise.race([drained, closed]);
  }
}

function sendZeros(response: ServerResponse, n: number, encoding: string): void {
  const compressor = encoding === 'br' ? createBrotliCompress() : createGzip();
  compressor.pipe(response);
  compressor.end(Buffer.alloc(n));
}
