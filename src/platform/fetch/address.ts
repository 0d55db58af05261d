import ipaddr from 'ipaddr.js';

/**
 * Public by the registries, but answered by the host of a virtual machine: Azure's WireServer, which hands out
 * credentials of the machine (Microsoft, "What is IP address 168.63.129.16?").
 */
const METADATA_ADDRESSES = new Set(['168.63.129.16']);

/** The interface identifiers of ISATAP, before the IPv4 address that they tunnel to (RFC 5214 §6.1). */
const ISATAP_PREFIXES = [0x0000_5efe, 0x0200_5efe];

/**
 * Whether an address belongs to the public internet. Everything is private until the contrary is shown: the ranges
 * are those of the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890) as `ipaddr.js` has them, and of IPv6
 * only global unicast counts (2000::/3, RFC 4291 §2.4), which also leaves out what that library takes for public:
 * IPv4-compatible addresses (`::127.0.0.1`) and unassigned space. Addresses that carry an IPv4 address (mapped,
 * NAT64, 6to4, Teredo, ISATAP) are refused whatever they carry; a NAT64 prefix of a network's own cannot be known.
 * A text that is not an address in its usual spelling, or has a zone, is not public.
 */
export function isPublicAddress(text: string): boolean {
  if (METADATA_ADDRESSES.has(text)) return false;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).range() === 'unicast';
  if (!ipaddr.IPv6.isValid(text) || text.includes('%')) return false;
  const address = ipaddr.IPv6.parse(text);
  return address.range() === 'unicast' && isGlobalUnicast(address) && !isIsatap(address);
}

const isGlobalUnicast = ({ parts }: ipaddr.IPv6) => parts[0]! >> 13 === 0b001;

const isIsatap = ({ parts }: ipaddr.IPv6) => ISATAP_PREFIXES.includes(parts[4]! * 0x1_0000 + parts[5]!);

/** The address that a URL's host is, without brackets; null for a name. The URL parser has settled the spelling. */
export function readAddress(hostname: string): string | null {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) ? hostname : null;
}
