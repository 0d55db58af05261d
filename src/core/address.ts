/**
 * The network that an IP address stands for when callers are told apart: an IPv4 address itself, and the /64 of an
 * IPv6 address, since one subscriber is given at least as much (RFC 6177) and could pose as 2^64 callers.
 */
export function networkOf(address: string): string {
  const text = address.toLowerCase().split('%')[0]!;
  const mapped = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (mapped) return mapped[1]!;
  if (!text.includes(':')) return text;
  const [head = '', tail] = text.split('::', 2);
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : Math.max(8 - before.length - after.length, 0);
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
