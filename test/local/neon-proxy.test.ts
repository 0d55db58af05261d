import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neon, neonConfig, Pool } from '@neondatabase/serverless';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import ws from 'ws';
import { startNeonProxy, type NeonProxy } from '../../local/neon-proxy.ts';
import { startPostgres } from '../../local/postgres.ts';

const databaseUrl = inject('ownerDatabaseUrl');
const table = `proxy_${randomUUID().replaceAll('-', '')}`;
const sql = neon(databaseUrl);

let proxy: NeonProxy;

/** Points the driver where local/worker.ts points it. */
function useProxy(address: string): void {
  neonConfig.fetchEndpoint = `http://${address}/sql`;
  neonConfig.wsProxy = (host, port) => `${address}/v2?address=${host}:${port}`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineConnect = false;
  neonConfig.webSocketConstructor = ws;
}

const statsOf = async (name: string) =>
  (await fetch(`http://${proxy.address}/stats?application_name=${name}`)).json() as Promise<object>;

beforeAll(async () => {
  proxy = await startNeonProxy({ databaseUrl });
  useProxy(proxy.address);
  await sql.query(`create table ${table} (id int primary key, note text not null, at timestamptz, extra jsonb)`);
});

beforeEach(() => useProxy(proxy.address));

afterAll(async () => {
  useProxy(proxy.address);
  await sql.query(`drop table ${table}`);
  await proxy.close();
});

describe('statements over HTTP', () => {
  it('carries every type as the driver of production would read it', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z');
    const values = [1, 'naïve "quoted"', at, { a: [1, null, 'x'] }];
    const rows = await sql.query(
      `insert into ${table} values ($1, $2, $3, $4) returning *, true as yes, 1.50::numeric as n,
      array['a','b'] as list, '\\x00ff'::bytea as bytes, 9007199254740993::bigint as big, null as nothing`,
      values,
    );
    expect(rows).toEqual([
      {
        id: 1,
        note: 'naïve "quoted"',
        at,
        extra: { a: [1, null, 'x'] },
        yes: true,
        n: '1.50',
        list: ['a', 'b'],
        bytes: Buffer.from([0, 255]),
        big: '9007199254740993',
        nothing: null,
      },
    ]);
  });

  it('tells command, count and fields', async () => {
    const result = await sql.query(`select 7 as seven, 'x' as seven`, [], { fullResults: true, arrayMode: true });
    expect(result).toMatchObject({ command: 'SELECT', rowCount: 1, rows: [[7, 'x']] });
    expect(result.fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
      ['seven', 23],
      ['seven', 25],
    ]);
  });

  it('hands on what PostgreSQL said', async () => {
    await sql.query(`insert into ${table} values (2, 'first')`);
    await expect(sql.query(`insert into ${table} values (2, 'again')`)).rejects.toMatchObject({
      name: 'NeonDbError',
      code: '23505',
      severity: 'ERROR',
      constraint: `${table}_pkey`,
      table,
      schema: 'public',
      detail: 'Key (id)=(2) already exists.',
    });
    await expect(sql.query(`insert into ${table} values (3, null)`)).rejects.toMatchObject({
      code: '23502',
      column: 'note',
    });
    await expect(sql`selec`).rejects.toMatchObject({ code: '42601', position: '1' });
  });

  it('takes one statement at a time', async () => {
    await expect(sql.query('select 1; select 2')).rejects.toMatchObject({ code: '42601' });
  });

  it('refuses who does not know the password', async () => {
    const url = new URL(databaseUrl);
    url.password = 'wrong';
    await expect(neon(url.href)`select 1`).rejects.toMatchObject({ code: '28P01' });
  });

  it('treats any other server as away, and asks it nothing', async () => {
    const url = new URL(databaseUrl);
    url.hostname = 'elsewhere.invalid';
    await expect(neon(url.href)`select 1`).rejects.toMatchObject({ code: undefined, message: /compute node/ });
  });
});

describe('batches', () => {
  it('commits all or nothing', async () => {
    const insert = (id: number) => sql.query(`insert into ${table} values ($1, 'batch')`, [id]);
    const count = async () => (await sql.query(`select count(*)::int as n from ${table} where note = 'batch'`))[0]!.n;
    await expect(sql.transaction([insert(10), insert(11), insert(10)])).rejects.toMatchObject({ code: '23505' });
    expect(await count()).toBe(0);
    await sql.transaction([insert(10), insert(11)]);
    expect(await count()).toBe(2);
  });

  it('leaves no open transaction behind', async () => {
    await expect(sql.transaction([sql`select 1/0`])).rejects.toMatchObject({ code: '22012' });
    const idle = await sql`select count(*)::int as n from pg_stat_activity where state like 'idle in transaction%'`;
    expect(idle[0]!.n).toBe(0);
  });

  it('honours isolation, read-only and deferrable', async () => {
    const settings = () => sql`select current_setting('transaction_isolation') as level,
      current_setting('transaction_read_only') as ro, current_setting('transaction_deferrable') as de`;
    const options = { isolationLevel: 'Serializable', readOnly: true, deferrable: true } as const;
    const [rows] = await sql.transaction([settings()], options);
    expect(rows).toEqual([{ level: 'serializable', ro: 'on', de: 'on' }]);
    await expect(sql.transaction([sql.query(`delete from ${table}`)], options)).rejects.toMatchObject({
      code: '25006',
    });
  });

  it('counts one round trip for a batch', async () => {
    const name = `test-${randomUUID()}`;
    const named = neon(`${databaseUrl}?application_name=${name}`);
    await named.transaction([named`select 1`, named`select 2`]);
    await named`select 3`;
    expect(await statsOf(name)).toMatchObject({ queries: 1, batches: 1 });
  });
});

describe('the tunnel', () => {
  it('carries interactive transactions', async () => {
    const pool = new Pool({ connectionString: databaseUrl });
    const client = await pool.connect();
    await client.query('begin');
    await client.query(`insert into ${table} values (20, 'tunnel')`);
    expect(await sql.query(`select 1 from ${table} where id = 20`)).toEqual([]);
    await client.query('commit');
    client.release();
    await pool.end();
    expect(await sql.query(`select note from ${table} where id = 20`)).toEqual([{ note: 'tunnel' }]);
  });

  it('rolls back when the client vanishes', async () => {
    const pool = new Pool({ connectionString: databaseUrl });
    pool.on('error', () => {});
    const client = await pool.connect();
    client.on('error', () => {});
    await client.query('begin');
    await client.query(`insert into ${table} values (21, 'vanished')`);
    (client as any).connection.stream.ws.terminate();
    // The same key can be inserted only once the lost transaction is gone.
    await sql.query(`insert into ${table} values (21, 'second')`);
    expect(await sql.query(`select note from ${table} where id = 21`)).toEqual([{ note: 'second' }]);
  });

  it('refuses other addresses', async () => {
    const socket = new ws(`ws://${proxy.address}/v2?address=127.0.0.1:1`);
    const [error] = await new Promise<[Error]>((resolve) => socket.once('error', (...args) => resolve(args)));
    expect(error.message).toContain('503');
  });
});

describe('clients that leave', () => {
  it('leak no connection, even more of them than the pool has', async () => {
    const leaving = Array.from({ length: 50 }, () =>
      sql.query('select pg_sleep(20)', [], { fetchOptions: { signal: AbortSignal.timeout(300) } }),
    );
    const results = await Promise.allSettled(leaving);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    await expect
      .poll(
        async () =>
          (await sql`select count(*)::int as n from pg_stat_activity where query like 'select pg_sleep(20)%'`)[0]!.n,
        { timeout: 5_000 },
      )
      .toBe(0);
  });
});

it('lets statements wait for their turn, longer than it takes to see that PostgreSQL is away', async () => {
  const MORE_THAN_CONNECTIONS = 40;
  const sleeps = Array.from({ length: MORE_THAN_CONNECTIONS }, () => sql`select pg_sleep(5.5), 1 as one`);
  expect((await Promise.all(sleeps)).flat()).toHaveLength(MORE_THAN_CONNECTIONS);
}, 30_000);

describe('PostgreSQL away', () => {
  const directory = mkdtempSync(join(tmpdir(), 'synapscale-test-away-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is an error without SQLSTATE at once, and over when it is back', async () => {
    let postgres = await startPostgres({ directory, durable: false });
    const own = await startNeonProxy({ databaseUrl: postgres.url });
    try {
      useProxy(own.address);
      const remote = neon(postgres.url);
      const pool = () => new Pool({ connectionString: postgres.url, max: 1 });
      expect(await remote`select 1 as one`).toEqual([{ one: 1 }]);

      await postgres.stop();
      const startedAt = Date.now();
      await expect(remote`select 1`).rejects.toMatchObject({ code: undefined, message: /503.*compute node/ });
      await expect(remote.transaction([remote`select 1`])).rejects.toMatchObject({ code: undefined, message: /503/ });
      await expect(pool().connect()).rejects.toSatisfy((error: { code?: unknown }) => error.code === undefined);
      expect(Date.now() - startedAt).toBeLessThan(5_000);

      postgres = await startPostgres({ directory, durable: false, port: postgres.port });
      expect(await remote`select 1 as one`).toEqual([{ one: 1 }]);
      const again = pool();
      expect((await again.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
      await again.end();
    } finally {
      await own.close();
      await postgres.stop();
    }
  });

  it('is the same when it is killed in the middle of a statement', async () => {
    const postgres = await startPostgres({ directory, durable: false });
    const own = await startNeonProxy({ databaseUrl: postgres.url });
    try {
      useProxy(own.address);
      const sleeping = neon(postgres.url)`select pg_sleep(20)`;
      const outcome = expect(sleeping).rejects.toMatchObject({ code: undefined, message: /503/ });
      await new Promise((resolve) => setTimeout(resolve, 300));
      process.kill(postgres.pid, 'SIGKILL');
      await outcome;
    } finally {
      await own.close();
      await postgres.stop();
    }
  });
});
