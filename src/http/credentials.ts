import type { HonoRequest } from 'hono';
import { networkOf } from '../core/address.ts';

/** What a request brought along, unchecked. */
export type Credentials =
  | { kind: 'none' }
  | { kind: 'bearer'; token: string }
  /** Kept apart, because what stands in a URL ends up in logs and histories. */
  | { kind: 'queryToken'; token: string }
  | { kind: 'ticket'; ticket: string }
  | { kind: 'basic'; login: string; password: string };

const BASIC_LIMIT = 1024;

/** RFC 7617 allows none in either part. */
const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * Reads the Authorization header (RFC 6750, RFC 7617), or, where the operation allows it, the query parameter `ticket` or
 * `token`, since browsers can set no header on a WebSocket or an EventSource. Unreadable credentials are none at all.
 */
export function readCredentials(request: HonoRequest, allowQueryToken: boolean): Credentials {
  const [scheme = '', value = ''] = (request.header('authorization') ?? '').trim().split(/\s+/, 2);
  if (/^bearer$/i.test(scheme) && value) return { kind: 'bearer', token: value };
  if (/^basic$/i.test(scheme) && value && value.length <= BASIC_LIMIT) {
    const text = Buffer.from(value, 'base64').toString();
    const colon = text.indexOf(':');
    if (colon > 0 && !CONTROL_CHARACTER.test(text))
      return { kind: 'basic', login: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return allowQueryToken ? readQuery(request) : { kind: 'none' };
}

function readQuery(request: HonoRequest): Credentials {
  const { ticket, token } = request.query();
  if (ticket) return { kind: 'ticket', ticket };
  return token ? { kind: 'queryToken', token } : { kind: 'none' };
}

/** The caller's network by the address that Cloudflare saw; null where a request came by no network. */
export function clientNetwork(request: HonoRequest): string | null {
  const address = request.header('cf-connecting-ip');
  return address === undefined ? null : networkOf(address);
}
