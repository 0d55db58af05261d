import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';

/**
 * Statements over HTTP, each one round trip; `batch` sends several as one transaction in one round trip. There is no
 * `query`: Drizzle would work out all tables and relations again for each request, a fifth of what a request costs.
 */
export type Database = Omit<NeonHttpDatabase, 'query'>;

/** Counts what one request costs at the database. */
export type Meter = { roundTrips: number; milliseconds: number };

export const createMeter = (): Meter => ({ roundTrips: 0, milliseconds: 0 });

/** No statement of a request may take longer; the proxy in front of Postgres ends it on abort. */
const STATEMENT_LIMIT_MS = 10_000;

type MeteredInit = RequestInit & { meter?: Meter };

// The driver has one fetch function for all clients; the meter travels in the options of each. Of an answer it asks for
// no more than it gets here.
neonConfig.fetchFunction = async function fetchMetered(url: string, { meter, ...init }: MeteredInit) {
  const startedAt = Date.now();
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(STATEMENT_LIMIT_MS) });
    // Read here, where the driver tells what breaks off from what is wrong with a statement: the limit is over the whole.
    const text = await response.text();
    return { ok: response.ok, status: response.status, text: async () => text, json: async () => JSON.parse(text) };
  } finally {
    if (meter) {
      meter.roundTrips += 1;
      meter.milliseconds += Date.now() - startedAt;
    }
  }
};

export function createDatabase(url: string, meter: Meter): Database {
  return drizzle({ client: neon(url, { fetchOptions: { meter } }) });
}
