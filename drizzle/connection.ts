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

/**
 * The database that migrations and roles are made in, as the owner of its tables: DATABASE_URL_DIRECT, else DATABASE_URL.
 * @throws {Error} with one line that may be shown
 */
export function ownerUrl({ DATABASE_URL_DIRECT, DATABASE_URL }: NodeJS.ProcessEnv): string {
  const url = DATABASE_URL_DIRECT || DATABASE_URL;
  if (!url || !URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new Error('DATABASE_URL_DIRECT or DATABASE_URL must be a postgres:// URL');
  }
  return url;
}

const NEON = /(?<endpoint>^[^.]*?)(-pooler)?(?<domain>\..*\.neon\.tech$)/;

/** Neon's host without its pooler, which shares connections between transactions: a lock on a session does not survive it. */
export const directUrl = (databaseUrl: string): string => withHost(databaseUrl, '$<endpoint>$<domain>');

/** Neon's host with its pooler, for the many short connections of a Worker. */
export const pooledUrl = (databaseUrl: string): string => withHost(databaseUrl, '$<endpoint>-pooler$<domain>');

function withHost(databaseUrl: string, replacement: string): string {
  const url = new URL(databaseUrl);
  url.hostname = url.hostname.replace(NEON, replacement);
  return url.href;
}
