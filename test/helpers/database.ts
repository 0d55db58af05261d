import { env } from 'cloudflare:workers';
import { neon } from '@neondatabase/serverless';
// For its effect: it points the driver at the proxy in front of the test database.
import '../../local/worker.ts';

/** The database under test, for what the API does not show: `` await sql`select … where id = ${id}` ``. */
export const sql = neon(env.DATABASE_URL);
