import { AppError } from '../../core/errors.ts';
import { isPublicAddress, readAddress } from './address.ts';
import { isPublicName } from './host-name.ts';
import { isBadPort, portOf } from './ports.ts';
import { RESOLUTION_FAILED, type Resolver } from './resolver.ts';

/** Longer than what servers take in general (RFC 9110 §4.1 asks for 8000 octets at least). */
const URL_LIMIT = 8192;

/** Why an address is refused, for programs; the text beside it is for people. */
const REASONS = {
  url: 'is not an absolute URL',
  length: `is longer than ${URL_LIMIT} characters`,
  scheme: 'must be reached by https or http',
  credentials: 'must not come with a user name or password; send them in a header',
  port: 'has a port that belongs to another protocol',
  host: 'names no host of the public internet',
  address: 'leads to an address that is not public',
  downgrade: 'redirects from https to http',
} as const;

export type Refusal = keyof typeof REASONS;

/** The refusal names the host of the URL, for chains of redirects, and never an address that was found behind it. */
export function refuse(reason: Refusal, url?: URL): AppError {
  const msg = url?.host ? `${url.host} ${REASONS[reason]}` : REASONS[reason];
  return new AppError('address_not_allowed', { fields: [{ loc: ['body', 'url'], msg, type: reason }] });
}

/**
 * Reads a URL as the platform's fetch will (WHATWG URL), relative to `base` where there is one.
 * @throws {AppError} `address_not_allowed`
 */
export function parseUrl(text: string, base?: URL): URL {
  if (text.length > URL_LIMIT) throw refuse('length');
  if (!URL.canParse(text, base?.href)) throw refuse('url');
  const url = new URL(text, base);
  if (url.href.length > URL_LIMIT) throw refuse('length', url);
  return url;
}

/** A host of the operator's own that may be called although it is private; any port where `port` is null. */
export type AllowedHost = { hostname: string; port: number | null };

/** Reads `host` or `host:port`, IPv6 addresses in brackets. @throws {TypeError} when it is neither */
export function parseAllowedHost(text: string): AllowedHost {
  const port = /:(\d+)$/.exec(text)?.[1];
  return { hostname: new URL(`http://${text}`).hostname, port: port === undefined ? null : Number(port) };
}

/** Whether a URL leads to a host of the operator's own that may be called although it is private. */
export const isAllowedHost = (url: URL, allowed: AllowedHost[]): boolean =>
  allowed.some(({ hostname, port }) => hostname === url.hostname && (port ?? portOf(url)) === portOf(url));

/**
 * Checks what a URL says by itself, without looking its name up: what is refused here will always be refused. True where
 * nothing more need be asked, because the host is the operator's own or an address.
 * @throws {AppError} `address_not_allowed`
 */
export function checkUrl(url: URL, allowed: AllowedHost[]): boolean {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('scheme', url);
  if (url.username !== '' || url.password !== '') throw refuse('credentials', url);
  if (isBadPort(portOf(url))) throw refuse('port', url);
  if (isAllowedHost(url, allowed)) return true;
  const address = readAddress(url.hostname);
  if (address === null && !isPublicName(url.hostname)) throw refuse('host', url);
  if (address !== null && !isPublicAddress(address)) throw refuse('address', url);
  return address !== null;
}

/**
 * Checks a URL and every address that its name has now. Nothing is sent to it.
 * @throws {AppError} `address_not_allowed`, or `remote_unavailable` for a name without addresses
 */
export async function checkTarget(
  url: URL,
  { resolver, allowed }: { resolver: Resolver; allowed: AllowedHost[] },
  signal: AbortSignal,
): Promise<void> {
  if (!checkUrl(url, allowed)) await checkName(url, resolver, signal);
}

/** All addresses must be public: the platform may take any of them. */
async function checkName(url: URL, resolver: Resolver, signal: AbortSignal): Promise<void> {
  const addresses = await resolver.resolve(url.hostname.replace(/\.$/, ''), signal);
  if (addresses === RESOLUTION_FAILED || addresses.length === 0) {
    throw new AppError('remote_unavailable', {
      params: { host: url.host },
      cause: new Error('the name has no address'),
    });
  }
  if (!addresses.every(isPublicAddress)) throw refuse('address', url);
}
