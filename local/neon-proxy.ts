/**
 * Speaks the protocol of Neon in front of any PostgreSQL, so that the Worker uses the driver of production:
 *
 *   POST /sql                      one statement, or a batch in one transaction (@neondatabase/serverless, `neon()`)
 *   GET  /v2?address=host:port     WebSocket that carries the protocol of PostgreSQL (the driver's `Pool`)
 *   GET  /stats?application_name=  how many requests were served, in all or for one application_name
 *
 * It connects to the one configured server only; requests that name another one are answered as if that one were away.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLarge, listenOnLoopback, readJson, sendJson, urlOf } from './loopback.ts';
import { DatabaseAway, QueryRunner, type BatchOptions, type NeonQuery } from './neon-queries.ts';
import { Tunnel } from './neon-tunnel.ts';

/** Far above what the Worker sends; it keeps a broken client from filling the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** What the driver copies from an error answer. */
const ERROR_FIELDS = `message severity code detail hint position internalPosition internalQuery where
  schema table column dataType constraint file line routine`.split(/\s+/);

export interface NeonProxy {
  /** `127.0.0.1:port` */
  address: string;
  close(): Promise<void>;
}

export async function startNeonProxy(options: { databaseUrl: string; port?: number }): Promise<NeonProxy> {
  const { databaseUrl } = options;
  const queries = new QueryRunner(databaseUrl);
  const tunnel = new Tunnel(databaseUrl);
  const counts = new RequestCounts();

  const loopback = await listenOnLoopback(async (request, response, url) => {
    const route = `${request.method} ${url.pathname}`;
    if (route === 'GET /stats') {
      const served = counts.of(url.searchParams.get('application_name'));
      sendJson(response, 200, { ...served, tunnels: tunnel.opened });
    } else if (route === 'POST /sql') await answerQuery(request, response);
    else sendJson(response, 404, { message: `nothing at ${route}` });
  }, options.port);

  loopback.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    const url = urlOf(request);
    const here = url.pathname === '/v2' && isSameServer(`postgres://${url.searchParams.get('address')}`, databaseUrl);
    if (here) void tunnel.accept(request, socket, head);
    else socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });

  async function answerQuery(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const connectionString = String(request.headers['neon-connection-string']);
      admit(connectionString, databaseUrl);
      const body = (await readJson(request, MAX_BODY_BYTES)) as NeonQuery | { queries: NeonQuery[] };
      if (request.headers['neon-raw-text-output'] !== 'true' || request.headers['neon-array-mode'] !== 'true') {
        return sendJson(response, 400, { message: 'only raw text output in array mode is served here' });
      }
      counts.add(connectionString, 'queries' in body);
      const result =
        'queries' in body
          ? { results: await queries.runBatch(body.queries, batchOptions(request), gone.signal) }
          : await queries.runOne(body, gone.signal);
      sendJson(response, 200, result);
    } catch (error) {
      if (error instanceof DatabaseAway) return sendJson(response, 503, { message: error.message });
      const status = error instanceof BodyTooLarge ? 413 : 400;
      const fields = error as Record<string, unknown>;
      sendJson(response, status, Object.fromEntries(ERROR_FIELDS.map((name) => [name, fields[name] ?? null])));
    }
  }

  return {
    address: loopback.address,
    close: async () => {
      tunnel.close();
      await loopback.close();
      await queries.close();
    },
  };
}

/** The port has no other lock: who does not know the password of the database gets what the database would say. */
function admit(connectionString: string, databaseUrl: string): void {
  if (!isSameServer(connectionString, databaseUrl)) throw new DatabaseAway();
  const [given, own] = [new URL(connectionString), new URL(databaseUrl)];
  if (given.username === own.username && given.password === own.password && given.pathname === own.pathname) return;
  const message = `password authentication failed for user '${given.username}'`;
  throw Object.assign(new Error(message), { severity: 'FATAL', code: '28P01' });
}

function isSameServer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => (URL.canParse(text) ? new URL(text) : undefined));
  return a !== undefined && b !== undefined && a.hostname === b.hostname && (a.port || '5432') === (b.port || '5432');
}

function batchOptions({ headers }: IncomingMessage): BatchOptions {
  return {
    isolationLevel: headers['neon-batch-isolation-level']?.toString(),
    readOnly: headers['neon-batch-read-only'] === 'true',
    deferrable: headers['neon-batch-deferrable'] === 'true',
  };
}

/** Round trips over HTTP, so that tests can assert how many a request needs. */
class RequestCounts {
  readonly #byName = new Map<string, { queries: number; batches: number }>();

  add(connectionString: string, isBatch: boolean): void {
    const name = new URL(connectionString).searchParams.get('application_name') ?? '';
    const counts = this.of(name);
    counts[isBatch ? 'batches' : 'queries']++;
    this.#byName.set(name, counts);
  }

  of(name: string | null): { queries: number; batches: number } {
    if (name !== null) return this.#byName.get(name) ?? { queries: 0, batches: 0 };
    const total = { queries: 0, batches: 0 };
    for (const { queries, batches } of this.#byName.values()) {
      total.queries += queries;
      total.batches += batches;
    }
    return total;
  }
}
