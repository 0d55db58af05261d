/** What stands in the databases of those who are compared. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { WrongAnswer } from '../load.ts';
import type { Engine } from './engines.ts';

const DRAIN_LIMIT_MS = 60_000;

export async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Another database in the same server; a copy of the template, if there is one. Returns its URL. */
export async function createDatabase(databaseUrl: string, name: string, template?: string): Promise<string> {
  await withClient(databaseUrl, (client) =>
    client.query(`create database ${name}${template ? ` template ${template}` : ''}`),
  );
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function countIn(databaseUrl: string, from: string, parameters: unknown[] = []): Promise<number> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ count: number }>(`select count(*)::int as count ${from}`, parameters),
  );
  return rows[0]!.count;
}

/**
 * Waits until so many runs are stored, so that what one round left to do is not measured in the next.
 * @throws {WrongAnswer} where one is missing, or there is one too many
 */
export async function drain({ name, countStored }: Engine, expected: number): Promise<void> {
  let stored = await countStored();
  for (const until = Date.now() + DRAIN_LIMIT_MS; stored < expected && Date.now() < until;) {
    await sleep(20);
    stored = await countStored();
  }
  if (stored !== expected)
    throw new WrongAnswer(`${name}: ${stored} runs are stored, of ${expected} that were answered`);
}
