import type { HonoRequest } from 'hono';

/** What a request brought along, unchecked. */
export type Credentials =
  | { kind: 'none' }
  | { kind: 'bearer'; token: string }
  | { kind: 'basic'; login: string; password: string };

const BASIC_LIMIT = 1024;

/**
 * Reads the Authorization header (RFC 6750, RFC 7617), or, where the operation allows it, the `token` query parameter
 * that browsers need for WebSocket and EventSource. Unreadable credentials are none at all.
 */
export function readCredentials(request: HonoRequest, allowQueryToken: boolean): Credentials {
  const [scheme = '', value = ''] = (request.header('authorization') ?? '').trim().split(/\s+/, 2);
  if (/^bearer$/i.test(scheme) && value) return { kind: 'bearer', token: value };
  if (/^basic$/i.test(scheme) && value && value.length <= BASIC_LIMIT) {
    const text = Buffer.from(value, 'base64').toString();
    const colon = text.indexOf(':');
    if (colon > 0) return { kind: 'basic', login: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  const token = allowQueryToken ? request.query('token') : undefined;
  return token ? { kind: 'bearer', token } : { kind: 'none' };
}

/** The caller's address as Cloudflare saw it; one shared key where there is none. */
export function clientAddress(request: HonoRequest): string {
  return request.header('cf-connecting-ip') ?? 'unknown';
}
