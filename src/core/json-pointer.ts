/** The JSON Pointer (RFC 6901) of a place, by the keys that lead to it. */
export const toPointer = (keys: readonly (string | number)[]): string =>
  keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The keys by which a JSON Pointer leads to its place. */
export const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** What a JSON Pointer leads to; undefined where it leads nowhere. */
export const readPointer = (value: unknown, pointer: string): unknown =>
  keysOf(pointer).reduce<unknown>((at, key) => {
    const isThere = typeof at === 'object' && at !== null && Object.hasOwn(at, key);
    return isThere ? (at as Record<string, unknown>)[key] : undefined;
  }, value);
