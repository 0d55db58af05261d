/**
 * A value with the keys of its objects in the order in which PostgreSQL keeps them (`jsonb`: the shorter first, else by
 * bytes), so that whoever computes with it finds the same, be it at hand or read again.
 */
export function inStoredOrder<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inStoredOrder) as T;
  const entries = Object.entries(value).map(([key, inner]) => [Buffer.from(key), key, inStoredOrder(inner)] as const);
  entries.sort(([one], [other]) => one.length - other.length || Buffer.compare(one, other));
  return Object.fromEntries(entries.map(([, key, inner]) => [key, inner])) as T;
}

/** The same text for equal values, whatever the order of their keys. */
export const canonicalJson = (value: unknown): string => JSON.stringify(inStoredOrder(value ?? null));
