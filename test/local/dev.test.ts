import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../local/ports.ts';
import { readInstance } from '../../local/state.ts';
import {
  findProcesses,
  killAll,
  runToEnd,
  spawnInstance,
  startInstance,
  survivorsOf,
  type Instance,
} from './dev-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'synapscale-test-dev-'));
const running: Instance[] = [];

async function start(args: string[], variables?: Record<string, string>): Promise<Instance> {
  const instance = await startInstance(args, variables);
  running.push(instance);
  return instance;
}

async function query(state: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(readInstance(state)!.databaseUrl);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const healthOf = async ({ url }: Instance) => (await fetch(`${url}/health`)).status;

afterAll(async () => {
  const pids = running.flatMap((instance) => instance.pids());
  killAll(pids);
  await survivorsOf(pids);
  rmSync(folder, { recursive: true, force: true });
});

describe('two instances', () => {
  const [stateA, stateB] = [join(folder, 'a'), join(folder, 'b')];
  let argsA: string[];
  let a: Instance;
  let b: Instance;

  beforeAll(async () => {
    argsA = ['--port', String(await findFreePort()), '--state', stateA];
    const portB = String(await findFreePort());
    [a, b] = await Promise.all([start(argsA), start(['--port', portB, '--state', stateB])]);
  });

  it('run side by side', async () => {
    expect(a.url).not.toBe(b.url);
    expect([await healthOf(a), await healthOf(b)]).toEqual([200, 200]);
    await query(stateA, `create table keepsake as select 'kept' as note`);
    await expect(query(stateB, 'select * from keepsake')).rejects.toMatchObject({ code: '42P01' });
  });

  it('print a line that works as pasted', async () => {
    const line = a
      .output()
      .split('\n')
      .find((text) => text.startsWith('curl'))!;
    const { stdout } = await promisify(execFile)('sh', ['-c', line]);
    const text = [...stdout.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
    expect(text).toContain('This is the local model of SynapScale');
    expect(stdout).toContain('event: done');
  });

  it('keep secrets from the command line and from others', () => {
    for (const file of ['worker.env', 'secrets.json', 'instance.json', 'postgres/settings.json']) {
      expect([file, statSync(join(stateA, file)).mode & 0o077]).toEqual([file, 0]);
    }
    expect(a.output()).not.toMatch(/AUTH_SECRET|postgres:\/\//);
  });

  it('serve the outbox', async () => {
    expect(await (await fetch(`${a.url}/__local/outbox`)).json()).toEqual({ data: [] });
  });

  it('refuse a second one on their folder, and on their port', async () => {
    const sameFolder = await runToEnd(['--port', String(await findFreePort()), '--state', stateA]);
    expect(sameFolder).toEqual({ code: 1, lines: [expect.stringMatching(/is in use by http.*process \d+/)] });
    const samePort = await runToEnd(['--port', new URL(a.url).port, '--state', join(folder, 'c')]);
    expect(samePort).toEqual({ code: 1, lines: [expect.stringMatching(/^Port \d+ is in use; choose another/)] });
    expect([await healthOf(a), await healthOf(b)]).toEqual([200, 200]);
  });

  it('leave no process behind on SIGTERM and on Ctrl-C', async () => {
    const pids = [...a.pids(), ...b.pids()];
    expect(pids.length).toBeGreaterThan(12);
    a.signal('SIGTERM', 'npm');
    b.signal('SIGINT', 'group');
    await Promise.all([a.exited, b.exited]);
    expect(await survivorsOf(pids)).toEqual([]);
    expect(existsSync(join(stateA, 'instance.json'))).toBe(false);
  });

  it('keep their data and tokens over a restart', async () => {
    const secrets = readFileSync(join(stateA, 'secrets.json'), 'utf8');
    a = await start(argsA);
    expect(await query(stateA, 'select note from keepsake')).toEqual([{ note: 'kept' }]);
    expect(readFileSync(join(stateA, 'secrets.json'), 'utf8')).toBe(secrets);
  });

  it('start again after kill -9 of everything, with all that was acknowledged', async () => {
    await query(stateA, `insert into keepsake values ('just before')`);
    const pids = a.pids();
    killAll(pids);
    await a.exited;
    a = await start(argsA);
    expect(await healthOf(a)).toBe(200);
    expect(await query(stateA, 'select note from keepsake')).toEqual([{ note: 'kept' }, { note: 'just before' }]);
  });

  it('start again after kill -9 of the dev command alone, and end what it left', async () => {
    const orphans = a.pids();
    killAll([a.devPid()]);
    await a.exited;
    expect((await fetch(`${a.url}/cdn-cgi/local/scheduled?cron=none`)).status).toBe(200);
    a = await start(argsA);
    expect(await survivorsOf(orphans)).toEqual([]);
    expect(await healthOf(a)).toBe(200);
  });

  it('start their database again when it dies', async () => {
    const [row] = await query(stateA, `select pg_read_file('postmaster.pid') as pid`);
    killAll([Number.parseInt(String(row!.pid), 10)]);
    await expect
      .poll(() => query(stateA, 'select note from keepsake').catch(() => []), { timeout: 10_000 })
      .toHaveLength(2);
    expect(a.output()).toContain('PostgreSQL ended; starting it again.');
  });

  it.each([400, 900, 1500, 2500])('leave no process behind when stopped %i ms after their start', async (ms) => {
    const instance = spawnInstance(['--port', String(await findFreePort()), '--state', stateB]);
    running.push(instance);
    await setTimeout(ms);
    const pids = instance.pids();
    instance.signal('SIGINT', 'group');
    await instance.exited;
    expect(await survivorsOf([...pids, ...instance.pids()])).toEqual([]);
    expect(findProcesses(stateB)).toEqual([]);
  });

  it('forget everything with --fresh, and nothing else', async () => {
    const pids = a.pids();
    a.signal('SIGTERM', 'npm');
    await survivorsOf(pids);
    a = await start([...argsA, '--fresh']);
    await expect(query(stateA, 'select * from keepsake')).rejects.toMatchObject({ code: '42P01' });

    const strange = mkdtempSync(join(folder, 'strange-'));
    writeFileSync(join(strange, 'thesis.txt'), 'years of work');
    const refused = await runToEnd(['--state', strange, '--fresh', '--port', String(await findFreePort())]);
    expect(refused).toEqual({ code: 1, lines: [expect.stringContaining('holds something else')] });
    expect(existsSync(join(strange, 'thesis.txt'))).toBe(true);
  });
});

describe('a mistake', () => {
  it.each([
    ['an unknown option', ['--prot', '1'], {}, /^Unknown option '--prot'/],
    ['a port that is none', ['--port', '99999'], {}, /^--port must be a number/],
    ['a bad secret', [], { AUTH_SECRET: 'short' }, /^AUTH_SECRET: must have at least 32 characters$/],
    ['a bad URL', [], { DATABASE_URL: 'mysql://localhost/x' }, /^DATABASE_URL: must be a postgres:\/\/ URL$/],
    ['a bad switch', [], { RATE_LIMITS: 'maybe' }, /^RATE_LIMITS: must be on or off$/],
    [
      'a database that is away',
      [],
      { DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/db' },
      /^Cannot reach the database at 127\.0\.0\.1:1\/db: /,
    ],
  ])('is one line and exit code 1: %s', async (_, args, variables, message) => {
    const state = join(mkdtempSync(join(folder, 'mistake-')), 'state');
    const free = ['--port', String(await findFreePort()), '--state', state];
    const { code, lines } = await runToEnd([...free, ...args], variables);
    expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(message)] });
    expect(lines.join()).not.toContain('secret@');
  });

  it('of another program on the port is told as such', async () => {
    const other = createServer((_, response) => response.end()).listen(0);
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const { code, lines } = await runToEnd(['--port', String(port), '--state', join(folder, 'd')]);
    other.close();
    expect({ code, lines }).toEqual({ code: 1, lines: [`Port ${port} is in use; choose another one with --port`] });
  });
});
