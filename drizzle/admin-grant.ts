/**
 * `npm run admin:grant -- EMAIL` makes an account an administrator, `--revoke` ends that. The database is DATABASE_URL,
 * else that of the local instance that runs with the state folder `--state`.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { DEFAULT_STATE } from '../local/options.ts';
import { readInstance } from '../local/state.ts';
import { connectionConfig, describeDatabase } from './connection.ts';

const USAGE = 'Usage: npm run admin:grant -- EMAIL [--revoke] [--state FOLDER]';

/** Whether there is such an account, and whether it was changed. */
type Outcome = 'changed' | 'unchanged' | 'unknown';

export async function setAdministrator(databaseUrl: string, email: string, isAdministrator: boolean): Promise<Outcome> {
  const client = new pg.Client({ ...connectionConfig(databaseUrl), connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ before: boolean }>(
      `update users set is_superuser = $2, updated_at = now() from (select id, is_superuser as before from users
       where email = lower($1) for update) as account where users.id = account.id returning before`,
      [email, isAdministrator],
    );
    if (!rows[0]) return 'unknown';
    return rows[0].before === isAdministrator ? 'unchanged' : 'changed';
  } finally {
    await client.end();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { revoke: { type: 'boolean', default: false }, state: { type: 'string', default: DEFAULT_STATE } },
  });
  const [email, ...rest] = positionals;
  if (!email || rest.length > 0) throw new Error(USAGE);
  const databaseUrl = process.env.DATABASE_URL || readInstance(values.state)?.databaseUrl;
  if (!databaseUrl)
    throw new Error(`Nothing runs with the state folder ${values.state}: npm run dev, or set DATABASE_URL`);
  const outcome = await setAdministrator(databaseUrl, email, !values.revoke).catch((error: Error) => {
    throw new Error(`Cannot use the database at ${describeDatabase(databaseUrl)}: ${error.message || 'not reachable'}`);
  });
  if (outcome === 'unknown') throw new Error(`There is no account ${email}`);
  const state = values.revoke ? 'no administrator' : 'an administrator';
  console.log(`${email} is ${outcome === 'changed' ? 'now' : 'already'} ${state}`);
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
