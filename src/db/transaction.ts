import { Pool } from '@neondatabase/serverless';
import { drizzle, type NeonDatabase } from 'drizzle-orm/neon-serverless';
import { logEvent } from '../core/log.ts';
import type { Meter } from './client.ts';

export type Transaction = Parameters<Parameters<NeonDatabase['transaction']>[0]>[0];

/**
 * An interactive transaction over a WebSocket, for decisions between statements that one statement or batch cannot
 * make. It costs some six round trips: prefer `db.batch`. The connection never outlives the call.
 */
export async function withTransaction<T>(
  { url, meter }: { url: string; meter: Meter },
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  const pool = new Pool({ connectionString: url, max: 1 });
  // Without a listener a closing connection becomes an unhandled error of the isolate.
  pool.on('error', (error: Error) => logEvent('warn', 'transaction_connection_error', { message: error.message }));
  try {
    return await drizzle({ client: pool }).transaction((tx) => {
      meter.roundTrips += 1;
      return work(tx);
    });
  } finally {
    meter.milliseconds += Date.now() - startedAt;
    await pool.end();
  }
}
