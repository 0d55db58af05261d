/**
 * `npm run -s db:role | npx wrangler secret put DATABASE_URL`: makes the role of roles.sql with a new password, and
 * prints the URL that the Worker logs in with. Run it again to change the password; DATABASE_URL_DIRECT, else
 * DATABASE_URL, says where, as the owner of the tables.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { connectionConfig, describeDatabase, directUrl, ownerUrl, pooledUrl } from './connection.ts';

const ROLE = 'synapscale_app';

/** Makes the role, or changes its password, and returns the URL to log in with: on Neon, the pooled host's. */
export async function createAppRole(databaseUrl: string): Promise<string> {
  const password = randomBytes(32).toString('base64url');
  const client = new pg.Client({ ...connectionConfig(directUrl(databaseUrl)), connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(readFileSync(join(import.meta.dirname, 'roles.sql'), 'utf8'));
    // A utility statement takes no parameters; the password is of the base64url alphabet.
    await client.query(`alter role ${ROLE} login password '${password}'`);
  } finally {
    await client.end();
  }
  const url = new URL(pooledUrl(databaseUrl));
  url.username = ROLE;
  url.password = password;
  return url.href;
}

if (import.meta.main) {
  try {
    const databaseUrl = ownerUrl(process.env);
    const url = await createAppRole(databaseUrl).catch((error: Error) => {
      throw new Error(`Cannot make ${ROLE} at ${describeDatabase(databaseUrl)}: ${error.message || 'not reachable'}`);
    });
    console.error(`${ROLE} at ${describeDatabase(url)} has a new password`);
    process.stdout.write(url);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
