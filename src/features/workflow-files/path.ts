const LENGTH_LIMIT = 512;
const SEGMENTS_LIMIT = 32;

/** Why a text is no path of a file; null for one that is. */
export function pathFault(path: string): string | null {
  if (path === '') return 'must not be empty';
  if (path.length > LENGTH_LIMIT) return `must have at most ${LENGTH_LIMIT} characters`;
  if (/[\p{Cc}\p{Cs}\\]/u.test(path)) return 'must have no control characters and no backslash';
  const segments = path.split('/');
  if (segments.length > SEGMENTS_LIMIT) return `must have at most ${SEGMENTS_LIMIT} parts`;
  const isPlain = segments.every((part) => part !== '' && part !== '.' && part !== '..' && part === part.trim());
  return isPlain ? null : 'must be names divided by /, none of them empty, . or ..';
}
