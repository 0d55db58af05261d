import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { connectionConfig, describeDatabase, directUrl, ownerUrl } from './connection.ts';
import { seedReferenceData } from './seed.ts';

/** Any number that no other program takes: it keeps two migrations of one database apart. */
const LOCK = 7_262_001;

/**
 * Brings a database to the current schema and seeds its reference data; doing it again changes nothing.
 * @throws {Error} with one line that may be shown.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ ...connectionConfig(directUrl(databaseUrl)), connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new Error(`Cannot reach the database at ${describeDatabase(databaseUrl)}: ${reason(error)}`);
  }
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await applyMigrations(drizzle({ client }), { migrationsFolder: import.meta.dirname });
    await seedReferenceData(client);
  } catch (error) {
    throw new Error(`Cannot migrate the database at ${describeDatabase(databaseUrl)}: ${reason(error)}`);
  } finally {
    await client.end();
  }
}

/** The innermost cause: Drizzle wraps what PostgreSQL said, and Node hides a refused connection in an aggregate. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return reason(error.errors[0]);
  if (error instanceof Error && error.cause) return reason(error.cause);
  return error instanceof Error ? error.message.split('\n')[0]! : String(error);
}

if (import.meta.main) {
  try {
    const databaseUrl = ownerUrl(process.env);
    await migrate(databaseUrl);
    console.log(`${describeDatabase(databaseUrl)} is up to date`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
