import { AppError } from '../../core/errors.ts';
import { boundBody, readBytes, tooLarge } from './bounded-body.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { isRedirect, toRedirected, toRequest, type FetchInit, type OutgoingRequest } from './request.ts';
import type { Resolver } from './resolver.ts';
import { checkTarget, parseAllowedHost } from './target.ts';

export type FetchLimits = {
  /** Milliseconds for everything: names, redirects, and the body until it is read. */
  timeMs: number;
  /** Bytes of the answer's body, after decompression. */
  responseBytes: number;
  /** Bytes of the request's body. */
  requestBytes: number;
  redirects: number;
};

export const DEFAULT_LIMITS: FetchLimits = {
  timeMs: 30_000,
  responseBytes: 5 * 1024 * 1024,
  requestBytes: 1024 * 1024,
  redirects: 5,
};

/** An answer whose body is bounded. Read it, or cancel it, or the connection stays open until the time is over. */
export type RemoteAnswer = {
  status: number;
  statusText: string;
  /** Without those that describe the body as it travelled, which is decompressed here. */
  headers: Headers;
  /** Where the answer came from, after redirects. */
  url: string;
  /** How many redirects were followed. */
  redirects: number;
  /** Fails with `remote_answer_too_large`, `remote_timeout` or `remote_unavailable`. */
  body: ReadableStream<Uint8Array> | null;
  bytes(): Promise<Uint8Array>;
  /** As UTF-8; bytes that are none become U+FFFD. */
  text(): Promise<string>;
};

/**
 * Sends a request to an address that a user chose.
 * @throws {AppError} `address_not_allowed`, `validation_failed` or `payload_too_large` where the request is at fault,
 * `remote_unavailable`, `remote_timeout`, `remote_answer_too_large` or `too_many_redirects` where the other side is.
 */
export type GuardedFetch = (url: string, init?: FetchInit, limits?: Partial<FetchLimits>) => Promise<RemoteAnswer>;

export type GuardedFetchOptions = {
  resolver: Resolver;
  /** `host` or `host:port` of the operator's own that may be called although they are private. */
  allowPrivate?: readonly string[];
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

/**
 * The one way out to addresses that users choose. Each URL on the way is checked, redirects included, and so is every
 * address of its name (`checkTarget`). It sends what the caller gives and nothing of the platform's: it knows no key.
 *
 * What it cannot do: a Worker's fetch looks the name up again and takes no address, so a name whose answer changes
 * between check and connection (DNS rebinding) passes. On Cloudflare nothing is won by that: a Worker has no private
 * network of its own, and `global_fetch_strictly_public` (wrangler.toml) sends even requests to our own zone through
 * the front door. Elsewhere, the network that workerd may reach has to be limited as well.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const allowed = (options.allowPrivate ?? []).map(parseAllowedHost);
  const targets = { resolver: options.resolver, allowed };
  const send = options.fetch ?? ((url, init) => fetch(url, init));

  return async function guardedFetch(url, init = {}, given = {}) {
    const limits = { ...DEFAULT_LIMITS, ...given };
    const deadline = startDeadline(limits.timeMs, init.signal);
    let host = '';
    try {
      let request = toRequest(url, init, limits.requestBytes);
      for (let redirects = 0; ; redirects++) {
        host = request.url.host;
        await deadline.race(checkTarget(request.url, targets, deadline.signal));
        const sent = send(request.url.href, toInit(request, deadline.signal)).catch((cause: unknown) => {
          throw unavailable(host, cause);
        });
        const response = await deadline.race(sent);
        const next = init.redirect === 'manual' ? null : follow(request, response);
        if (!next) return toAnswer(request, response, redirects, limits.responseBytes, deadline);
        if (redirects >= limits.redirects) {
          throw new AppError('too_many_redirects', { params: { limit: limits.redirects } });
        }
        request = next;
      }
    } catch (error) {
      deadline.clear();
      throw deadline.failure(host) ?? error;
    }
  };
}

function toInit({ method, headers, body }: OutgoingRequest, signal: AbortSignal): RequestInit {
  // Never from a cache: it would not tell one user's secret header from another's.
  return { method, headers, body, signal, redirect: 'manual', cache: 'no-store' };
}

/** The request that a redirect asks for; null for any other answer. The redirect's own body is not read. */
function follow(request: OutgoingRequest, response: Response): OutgoingRequest | null {
  const location = response.headers.get('location');
  if (!isRedirect(response.status, location)) return null;
  leave(response);
  return toRedirected(request, response.status, location);
}

/** Closes the connection; nobody waits for a server that may never answer. */
function leave(response: Response): void {
  void response.body?.cancel().catch(() => {});
}

/** Encodings that the platform undoes when a body is read; any other stays as it is, and says so. */
const DECODED = new Set(['gzip', 'br']);

function toAnswer(
  { url, method }: OutgoingRequest,
  response: Response,
  redirects: number,
  limit: number,
  deadline: Deadline,
): RemoteAnswer {
  const decoded = DECODED.has(response.headers.get('content-encoding')?.toLowerCase() ?? '');
  if (method !== 'HEAD' && !decoded && Number(response.headers.get('content-length')) > limit) {
    leave(response);
    throw tooLarge(limit);
  }
  const headers = new Headers(response.headers);
  for (const name of decoded ? ['content-encoding', 'content-length'] : []) headers.delete(name);
  if (!response.body) deadline.clear();
  const body =
    response.body &&
    boundBody(response.body, {
      limit,
      race: deadline.race,
      toError: (error) => deadline.failure(url.host) ?? unavailable(url.host, error),
      onEnd: deadline.clear,
    });
  return {
    status: response.status,
    statusText: response.statusText,
    headers,
    url: url.href,
    redirects,
    body,
    bytes: () => readBytes(body),
    text: async () => new TextDecoder().decode(await readBytes(body)),
  };
}

/** What the platform says of a connection goes to the log alone. */
const unavailable = (host: string, cause: unknown) => new AppError('remote_unavailable', { params: { host }, cause });
