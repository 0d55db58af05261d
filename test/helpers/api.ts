import { exports } from 'cloudflare:workers';
import { checkAnswer } from './answers.ts';

/** What stands for the network: takes a request, gives the Worker's answer. */
export type Send = (request: Request) => Promise<Response>;

export type RequestOptions = {
  /** Lists are repeated parameters; what is undefined is left out. */
  query?: Record<string, string | number | boolean | string[] | undefined>;
  headers?: Record<string, string>;
};

export type ApiAnswer = {
  status: number;
  headers: Headers;
  /** Its shape has been checked against the document, so that tests read it without ceremony. */
  body: any;
  /** The whole answer, for streams and sockets; the body of any other is already read. */
  response: Response;
};

/**
 * A client of the API under test. Every answer is compared with `src/openapi.json`, so that one which the document
 * does not describe fails the test by itself. A plain object or array is sent as JSON, other bodies as they are.
 */
export type Client = {
  get(path: string, options?: RequestOptions): Promise<ApiAnswer>;
  post(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  put(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  patch(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  delete(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  /** The same client with these headers on every request. */
  with(headers: Record<string, string>): Client;
  /** The same client with somebody's credentials. */
  as(credentials: { accessToken: string } | { email: string; password: string }): Client;
};

const ORIGIN = 'https://api.example.test';

/** A client that sends through `send`. */
export function createClient(send: Send, standing: Record<string, string> = {}): Client {
  const request: Client['request'] = async (method, path, body, { query, headers } = {}) => {
    const url = withQuery(new URL(path, ORIGIN), query);
    const response = await send(
      new Request(url, { method, redirect: 'manual', ...toBody(body, { ...from(), ...standing, ...headers }) }),
    );
    const answer = await checkAnswer(method, url.pathname, response);
    return { status: response.status, headers: response.headers, body: answer, response };
  };
  return {
    request,
    get: (path, options) => request('GET', path, undefined, options),
    post: (path, body, options) => request('POST', path, body, options),
    put: (path, body, options) => request('PUT', path, body, options),
    patch: (path, body, options) => request('PATCH', path, body, options),
    delete: (path, body, options) => request('DELETE', path, body, options),
    with: (headers) => createClient(send, { ...standing, ...headers }),
    as: (credentials) => createClient(send, { ...standing, Authorization: toAuthorization(credentials) }),
  };
}

/** An address of its own for each request (RFC 3849), so that no test is slowed down by the failed logins of another. */
function from(): Record<string, string> {
  const groups = Array.from(crypto.getRandomValues(new Uint16Array(6)), (group) => group.toString(16));
  return { 'CF-Connecting-IP': `2001:db8:${groups.join(':')}` };
}

/** The Worker itself, without credentials. */
export const api: Client = createClient((request) => exports.default.fetch(request));

function withQuery(url: URL, query: RequestOptions['query'] = {}): URL {
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, String(one));
  }
  return url;
}

function toBody(body: unknown, headers: Record<string, string>): { body?: BodyInit; headers: Record<string, string> } {
  if (body === undefined) return { headers };
  const plain = Array.isArray(body) || Object.getPrototypeOf(body) === Object.prototype;
  if (!plain) return { body: body as BodyInit, headers };
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } };
}

function toAuthorization(credentials: Parameters<Client['as']>[0]): string {
  if ('accessToken' in credentials) return `Bearer ${credentials.accessToken}`;
  return `Basic ${Buffer.from(`${credentials.email}:${credentials.password}`).toString('base64')}`;
}
