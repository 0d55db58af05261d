import type { PoolConfig } from 'pg';

/**
 * A postgres:// URL as node-postgres understands it, with libpq's meaning of `sslmode`: `require` encrypts and
 * verifies nothing, `verify-full` verifies. `allow` and `prefer` promise nothing, and stay plain.
 */
export function connectionConfig(databaseUrl: string): PoolConfig {
  const url = new URL(databaseUrl);
  const mode = url.searchParams.get('sslmode');
  if (mode === 'allow' || mode === 'prefer') url.searchParams.set('sslmode', 'disable');
  else if (mode) url.searchParams.set('uselibpqcompat', 'true');
  return { connectionString: url.href };
}

/** Whether a database is Neon's own, which needs no proxy to speak Neon's protocol. */
export const isNeon = (databaseUrl: string): boolean => new URL(databaseUrl).hostname.endsWith('.neon.tech');

/** `host:port/database`: what may be shown of a database URL. */
export function describeDatabase(databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl);
  return `${hostname}:${port || 5432}${pathname}`;
}
