import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type Postgres } from '../../local/postgres.ts';
import { createStateFolder, startDevStack, type DevStack } from '../helpers/dev-stack.ts';
import { eventually } from '../helpers/eventually.ts';

const MINUTE = 60_000;

const chat = (token: string, content: string, stream = false): RequestInit => ({
  method: 'POST',
  headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ messages: [{ role: 'user', content }], stream }),
});

// oxlint-disable-next-line typescript/no-explicit-any -- each test says what it expects
const jsonOf = (response: Response) => response.json() as Promise<any>;

describe('while the database is stopped', () => {
  const { state, remove } = createStateFolder();
  const directory = join(state, 'own-postgres');
  let postgres: Postgres;
  let stack: DevStack;
  let token: string;
  let authorized: RequestInit;

  beforeAll(async () => {
    mkdirSync(directory, { mode: 0o711 });
    postgres = await startPostgres({ directory, durable: false });
    stack = await startDevStack(join(state, 'stack'), { DATABASE_URL: postgres.url });
    token = await stack.logIn();
    authorized = { headers: { Authorization: `Bearer ${token}` } };
    expect((await stack.call('/api/v1/llm/models', authorized)).status).toBe(200);
  });
  afterAll(async () => {
    await stack?.stop();
    await postgres?.stop();
    remove();
  });

  test('health says so, the catalogue lists, all else is 503, and it recovers by itself', async () => {
    await postgres.stop();

    // An answer about health is used for ten seconds.
    await eventually(async () => (await jsonOf(await stack.call('/health'))).status === 'unhealthy');
    expect((await stack.call('/health')).status).toBe(200);
    expect((await stack.call('/health/database')).status).toBe(503);

    const models = await stack.call('/api/v1/llm/models', authorized);
    expect(models.status).toBe(200);
    // One that chats, and one that makes embeddings.
    expect((await jsonOf(models)).models.local).toHaveLength(2);

    const refusals = await Promise.all([
      stack.call('/api/v1/workspaces', authorized),
      stack.call('/api/v1/usage-log', authorized),
      stack.call('/api/v1/auth/me', authorized),
      stack.call('/api/v1/llm/chat', chat(token, 'Hello')),
      stack.call('/api/v1/llm/chat', chat(token, 'Hello', true)),
      stack.call('/api/v1/auth/login', {
        method: 'POST',
        body: new URLSearchParams({ username: 'nobody@example.test', password: 'Some-Password-1' }),
      }),
    ]);
    for (const refusal of refusals) {
      expect(refusal.status).toBe(503);
      expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await jsonOf(refusal)).toMatchObject({ code: 'database_unavailable' });
    }

    postgres = await startPostgres({ directory, durable: false, port: postgres.port });
    await eventually(async () => (await stack.call('/api/v1/workspaces', authorized)).status === 200);
    await eventually(async () => (await jsonOf(await stack.call('/health'))).status === 'healthy');
    expect((await stack.call('/api/v1/llm/chat', chat(token, 'Back again'))).status).toBe(200);
  });
});

describe('kill -9 during load', () => {
  const { state, remove } = createStateFolder();
  let stack: DevStack;
  afterAll(async () => {
    await stack?.stop();
    remove();
  });

  /** Ids of the calls that a client was told are complete. */
  type Acknowledged = Set<string>;

  /** Chats until told to stop; errors are what a killed server looks like. */
  async function load(token: string, acknowledged: Acknowledged, running: { on: boolean }, stream: boolean) {
    while (running.on) {
      try {
        const response = await stack.call('/api/v1/llm/chat', chat(token, '[[stub tokens=12 delay=5]] Load', stream));
        if (!stream && response.status === 200) {
          acknowledged.add((await jsonOf(response)).metadata.call_id);
        } else if (response.status === 200) {
          const done = /event: done\ndata: (.*)/.exec(await response.text())?.[1];
          if (done) acknowledged.add(JSON.parse(done).call_id);
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async function runLoad(ms: number, interrupt: () => Promise<void>): Promise<Acknowledged> {
    const token = await stack.logIn();
    const acknowledged: Acknowledged = new Set();
    const running = { on: true };
    const workers = Array.from({ length: 8 }, (_, n) => load(token, acknowledged, running, n % 2 === 0));
    await new Promise((resolve) => setTimeout(resolve, ms));
    await interrupt();
    running.on = false;
    await Promise.all(workers);
    return acknowledged;
  }

  /** Lets the sweeps run as if a while had passed, until no call is left open; then compares calls and ledger. */
  async function expectLedgerComplete(acknowledged: Acknowledged): Promise<void> {
    const client = new pg.Client(stack.databaseUrl);
    await client.connect();
    try {
      await eventually(async () => {
        await stack.runCron('* * * * *', new Date(Date.now() + 10 * MINUTE));
        const { rows } = await client.query(`select count(*)::int as open from llm_calls where status = 'started'`);
        return rows[0].open === 0;
      }, 2 * MINUTE);
      const { rows: calls } = await client.query(`
        select c.id, c.status, count(distinct l.id)::int as lines, count(distinct b.id)::int as events
        from llm_calls c left join llms_usage_logs l on l.call_id = c.id
        left join billing_events b on b.related_usage_log_id = l.id
        group by c.id, c.status`);
      const logged = new Set(calls.filter((call) => call.lines === 1).map((call) => call.id));
      expect([...acknowledged].filter((id) => !logged.has(id))).toEqual([]);
      for (const { status, lines, events } of calls) {
        expect({ status, lines, events }).toEqual(
          status === 'settled' ? { status, lines: 1, events: 1 } : { status: 'abandoned', lines: 0, events: 0 },
        );
      }
    } finally {
      await client.end();
    }
  }

  test('of everything: nothing acknowledged is lost, nothing is counted twice', async () => {
    stack = await startDevStack(state);
    const acknowledged = await runLoad(4_000, () => stack.kill());
    expect(acknowledged.size).toBeGreaterThan(5);
    stack = await startDevStack(state);
    await expectLedgerComplete(acknowledged);
  }, 240_000);

  test('of the database: the same, and calls succeed again by themselves', async () => {
    const pid = await findPostgres(stack.databaseUrl);
    const acknowledged = await runLoad(2_000, async () => {
      process.kill(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 4_000));
    });
    const token = await stack.logIn();
    await eventually(async () => (await stack.call('/api/v1/llm/chat', chat(token, 'Again'))).status === 200);
    await expectLedgerComplete(acknowledged);
  }, 240_000);
});

/** The server process behind a database, which is the parent of the one that serves a connection. */
async function findPostgres(databaseUrl: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query(`select pg_read_file('postmaster.pid') as pid`);
  await client.end();
  return Number.parseInt(rows[0].pid, 10);
}
