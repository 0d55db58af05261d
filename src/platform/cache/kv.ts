/** A cache shared by all isolates. Values come back as they were put, or null. */
export type SharedCache = {
  get<T>(key: string): Promise<T | null>;
  /** Several values in one call, in the order of their keys. */
  getMany(...keys: string[]): Promise<unknown[]>;
  put(key: string, value: unknown, ttlSeconds: number): Promise<void>;
  delete(key: string): Promise<void>;
};

export function createSharedCache(namespace: KVNamespace): SharedCache {
  return {
    get: <T>(key: string) => namespace.get<T>(key, { type: 'json' }),
    async getMany(...keys) {
      const values = await namespace.get<unknown>(keys, { type: 'json' });
      return keys.map((key) => values.get(key) ?? null);
    },
    put: (key, value, ttlSeconds) => namespace.put(key, JSON.stringify(value), { expirationTtl: ttlSeconds }),
    delete: (key) => namespace.delete(key),
  };
}
