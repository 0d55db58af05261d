/**
 * Top-level names that never lead to the public internet: special-use names (RFC 6761, 6762 with its appendix G, 7686,
 * 8375, 9476), `internal` (reserved by ICANN for private use), and what home routers and systems hand out.
 */
const PRIVATE_SUFFIXES = new Set([
  'alt',
  'arpa',
  'corp',
  'example',
  'home',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'onion',
  'private',
  'test',
]);

/** Public names of metadata services: on the machines that they serve they are theirs. */
const METADATA_NAMES = new Set(['metadata.goog', 'metadata.tencentyun.com']);

const LABEL = /^[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?$/;
const NAME_LIMIT = 253;

/**
 * Whether a URL's host can name a host of the public internet: at least two labels, since a single one is looked up
 * beside the caller, each as DNS has them (RFC 1035 §2.3.4), and not under a private name. One trailing dot is fine.
 */
export function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  const labels = name.split('.');
  if (name.length > NAME_LIMIT || labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  return !PRIVATE_SUFFIXES.has(labels.at(-1)!) && !METADATA_NAMES.has(name);
}
