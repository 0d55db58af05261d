import { AppError } from '../../core/errors.ts';
import { decodeAddresses, encodeQuery, type RecordType } from './dns-message.ts';

/** The servers of the name gave no proper answer, so that nobody knows all its addresses. */
export const RESOLUTION_FAILED = 'failed';

/** Finds addresses of names. */
export type Resolver = {
  /**
   * Every IPv4 and IPv6 address of a name, aliases followed; none for a name that does not exist.
   * @throws {AppError} `service_unavailable` when the resolver itself does not answer
   */
  resolve(name: string, signal: AbortSignal): Promise<string[] | typeof RESOLUTION_FAILED>;
};

/** An answer over TCP has at most so many bytes (RFC 1035 §4.2.2). */
const MESSAGE_LIMIT = 65_535;

const TIME_LIMIT_MS = 5_000;

/** Asks a server for DNS over HTTPS (RFC 8484) that the operator trusts, such as `https://cloudflare-dns.com/dns-query`. */
export function createHttpsResolver(serverUrl: string): Resolver {
  return {
    async resolve(name, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
      const found = await Promise.all([ask(serverUrl, name, 'A', limit), ask(serverUrl, name, 'AAAA', limit)]);
      // Half an answer is none: the missing half could hold the private address.
      return found.every((addresses) => addresses !== null) ? found.flat() : RESOLUTION_FAILED;
    },
  };
}

async function ask(serverUrl: string, name: string, type: RecordType, signal: AbortSignal): Promise<string[] | null> {
  const url = new URL(serverUrl);
  url.searchParams.set('dns', Buffer.from(encodeQuery(name, type)).toString('base64url'));
  try {
    const response = await fetch(url, { headers: { Accept: 'application/dns-message' }, redirect: 'manual', signal });
    if (!response.ok) throw new Error(`the resolver answered ${response.status}`);
    const message = await response.bytes();
    if (message.byteLength > MESSAGE_LIMIT) throw new RangeError('the answer of the resolver is too large');
    return decodeAddresses(message, type);
  } catch (cause) {
    throw new AppError('service_unavailable', { params: { service: 'DNS' }, cause });
  }
}
