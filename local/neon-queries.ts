import pg from 'pg';
import { connectionConfig } from '../drizzle/connection.ts';

const MAX_CONNECTIONS = 30;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Longer than the Worker waits, so that how long a statement waits for its turn is the Worker's to say. They are there
 * for clients that never give up, which must not hold a connection or a place for ever.
 */
const [QUEUE_TIMEOUT_MS, QUERY_TIMEOUT_MS] = [15_000, 15_000];

/** The pool has one time limit, for its queue and for connecting. */
class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  }
}

const ISOLATION_LEVELS: Record<string, string> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

export interface NeonQuery {
  query: string;
  params?: unknown[];
}

export interface BatchOptions {
  isolationLevel?: string;
  readOnly: boolean;
  deferrable: boolean;
}

/** The database cannot be reached or went away: nothing that a statement did. */
export class DatabaseAway extends Error {
  override readonly message = "Couldn't connect to compute node";
}

export class QueryTimeout extends Error {
  readonly severity = 'ERROR';
  readonly code = '57014';
  override readonly message = `query took longer than ${QUERY_TIMEOUT_MS} ms`;
}

/** Runs what Neon's HTTP endpoint runs, on a bounded pool, and answers as it does. */
export class QueryRunner {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({
      ...connectionConfig(databaseUrl),
      max: MAX_CONNECTIONS,
      Client,
      connectionTimeoutMillis: QUEUE_TIMEOUT_MS,
      // The driver parses text itself, by the type of each field.
      types: { getTypeParser: () => (text: string) => text },
    });
    // Connections break when the database goes away, lent or idle. Their statements fail, the next ones connect anew.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#pool.on('error', () => {});
  }

  /** One statement in its own transaction. @throws {DatabaseAway} @throws {pg.DatabaseError} */
  async runOne(query: NeonQuery, signal: AbortSignal): Promise<object> {
    return this.#withConnection(signal, (client) => execute(client, query));
  }

  /** All statements in one transaction, or none. @throws {DatabaseAway} @throws {pg.DatabaseError} */
  async runBatch(queries: NeonQuery[], options: BatchOptions, signal: AbortSignal): Promise<object[]> {
    return this.#withConnection(signal, async (client) => {
      await client.query(beginStatement(options));
      try {
        const results: object[] = [];
        for (const query of queries) results.push(await execute(client, query));
        await client.query('COMMIT');
        return results;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /**
   * Lends a connection. A caller who leaves and a statement that takes too long end it, because a connection in the
   * middle of something cannot serve anyone else; the server then notices and stops the statement.
   */
  async #withConnection<T>(signal: AbortSignal, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw asNeonError(error);
    });
    const ended = AbortSignal.any([signal, AbortSignal.timeout(QUERY_TIMEOUT_MS)]);
    let released = false;
    const release = (broken: boolean) => {
      if (!released) client.release(broken);
      released = true;
    };
    const abandon = () => release(true);
    ended.addEventListener('abort', abandon);
    try {
      if (signal.aborted) throw new DatabaseAway();
      return await work(client);
    } catch (error) {
      if (ended.aborted && !signal.aborted) throw new QueryTimeout();
      const translated = asNeonError(error);
      if (translated instanceof DatabaseAway) release(true);
      throw translated;
    } finally {
      ended.removeEventListener('abort', abandon);
      release(false);
    }
  }
}

async function execute(client: pg.PoolClient, { query, params = [] }: NeonQuery): Promise<object> {
  const statement = { text: query, values: params, rowMode: 'array' as const, queryMode: 'extended' };
  const { command, rowCount, rows, fields } = await client.query(statement);
  return { command, rowCount, rowAsArray: true, rows, fields };
}

function beginStatement({ isolationLevel, readOnly, deferrable }: BatchOptions): string {
  const level = isolationLevel && ISOLATION_LEVELS[isolationLevel];
  return ['BEGIN', level && `ISOLATION LEVEL ${level}`, readOnly && 'READ ONLY', deferrable && 'DEFERRABLE']
    .filter(Boolean)
    .join(' ');
}

/** Class 57P0x is the server going down, coming up or crashing; without a SQLSTATE the connection itself failed. */
function asNeonError(error: unknown): Error {
  const code = (error as { code?: unknown }).code;
  const isSqlState = error instanceof pg.DatabaseError && typeof code === 'string';
  if (!isSqlState || code.startsWith('57P0') || code.startsWith('08')) return new DatabaseAway();
  return error;
}
