import { ProviderError, unavailable } from './chat.ts';
import { toStatusFault } from './faults.ts';
import { toGuardFault } from './guard-fault.ts';
import type { Connection } from './provider.ts';

/** The platform's fetch, as far as it is used here, or what takes its place. */
export type Send = (
  url: string,
  init: { method: string; headers: Headers; body?: string; redirect: 'manual'; signal: AbortSignal },
) => Promise<Response>;

type Options = {
  signal: AbortSignal;
  /** Makes it a POST. */
  body?: unknown;
  /** Besides, or with null in place of, those that every endpoint takes. */
  headers?: Record<string, string | null>;
  /** The way to addresses that users choose; a connection that is guarded has no other. */
  guarded?: Send;
};

/**
 * Sends a request to a provider, once: a second attempt is a second call, and calls are recorded. No redirect is
 * followed, which would take the key along. The SDK's own client would do no more, but makes the bundle a third larger.
 * @throws {ProviderError} unless the provider has accepted it
 */
export async function send(
  connection: Connection,
  path: string,
  { signal, body, headers, guarded }: Options,
): Promise<Response> {
  const response = await reach(wayTo(connection, guarded), `${connection.baseUrl.replace(/\/+$/, '')}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: headersOf(connection, body !== undefined, headers),
    body: body === undefined ? undefined : JSON.stringify(body),
    redirect: 'manual',
    signal,
  });
  if (response.ok) return response;
  throw new ProviderError(toStatusFault(response, await readText(response), connection));
}

/** Fails rather than to call an address that a user chose by a way that does not look where it leads. */
function wayTo(connection: Connection, guarded?: Send): Send {
  if (!connection.guarded) return (url, init) => fetch(url, init);
  if (!guarded) throw new TypeError('an address that a user chose was to be called without the guard');
  return guarded;
}

async function reach(request: Send, url: string, init: Parameters<Send>[1]): Promise<Response> {
  try {
    return await request(url, init);
  } catch (error) {
    throw new ProviderError(toGuardFault(error) ?? unavailable('the provider could not be reached'));
  }
}

function headersOf(connection: Connection, hasBody: boolean, own: Options['headers'] = {}): Headers {
  const headers = new Headers({ accept: 'application/json' });
  if (connection.apiKey !== '') headers.set('authorization', `Bearer ${connection.apiKey}`);
  if (hasBody) headers.set('content-type', 'application/json');
  if (connection.organization) headers.set('openai-organization', connection.organization);
  for (const [name, value] of Object.entries(own)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}

/** What came of an error's body; that it broke off says nothing more. */
const readText = (response: Response) => response.text().catch(() => '');

/** @throws {ProviderError} for what is no JSON */
export async function readJson<T>(response: Response): Promise<T> {
  try {
    return await response.json<T>();
  } catch (error) {
    throw new ProviderError(toGuardFault(error) ?? unavailable('the provider sent something unreadable'));
  }
}
