/** `npm run dev`: everything that SynapScale needs on this machine, started in order and stopped in order. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNeon } from '../drizzle/connection.ts';
import { migrate } from '../drizzle/migrate.ts';
import { composeBanner } from './banner.ts';
import { buildAssets } from './build-assets.ts';
import { driveCrons } from './cron.ts';
import { DEMO, seedLocalData } from './demo.ts';
import { startMailSink } from './mail-sink.ts';
import { startModelStub } from './model-stub.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { HELP, parseOptions, UsageError, type DevOptions } from './options.ts';
import { isPortFree } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { claimFolder, endOrphans, forgetInstance, updateInstance, wipeFolder } from './state.ts';
import { assertValid, loadSecrets, readVariables, writeEnvFile, type Variables } from './variables.ts';
import { startWorker, type WorkerProcess } from './wrangler.ts';

const READY_TIMEOUT_MS = 90_000;

/** What has to be ended, in the order in which it was started. */
const running: (() => unknown)[] = [];
let starting: Promise<void> | undefined;
let stopping: Promise<void> | undefined;

async function start(options: DevOptions): Promise<void> {
  const variables = readVariables(process.env);
  assertValid(variables);
  const url = `http://${options.ip.includes(':') ? `[${options.ip}]` : options.ip}:${options.port}`;
  const instance = { pid: process.pid, url };
  const state = claimFolder(options.state, instance);
  running.push(() => forgetInstance(state));
  await endOrphans(state);
  if (options.fresh) wipeFolder(state);
  await assertPortFree(options);

  const databaseUrl = variables.DATABASE_URL ?? (await keepPostgresRunning(join(state, 'postgres')));
  const secrets = loadSecrets(state);
  const login = { email: DEMO.email, password: isLoopback(databaseUrl) ? DEMO.password : secrets.demoPassword };
  await migrate(databaseUrl);
  await seedLocalData(databaseUrl, login);
  const local = await startStandIns(state, databaseUrl);
  await buildAssets();
  if (stopping) return;

  const own = { API_URL: url, AUTH_SECRET: secrets.authSecret, ENCRYPTION_KEYS: secrets.encryptionKeys };
  const DATABASE_URL = isNeon(databaseUrl) ? databaseUrl : withoutTls(databaseUrl);
  const all = { ...own, ...local, ...variables, DATABASE_URL, ENVIRONMENT: 'development' };
  const worker = startWorker({ ...options, state, envFile: writeEnvFile(state, all) });
  running.push(worker.stop);
  updateInstance(state, { ...instance, databaseUrl, workerGroup: worker.group });
  await becomesHealthy(url, worker);
  if (stopping) return;
  void worker.exited.then(() => fail(`The Worker ended:\n${lastWords(worker.readLog())}`));

  running.push(driveCrons(url).stop);
  console.log(composeBanner(url, state, login));
}

async function assertPortFree({ port, ip }: DevOptions): Promise<void> {
  // One after the other, lest they meet each other. The second finds who listens on all addresses.
  if ((await isPortFree(port, ip)) && (await isPortFree(port, '0.0.0.0'))) return;
  throw new UsageError(`Port ${port} is in use; choose another one with --port`);
}

/** Starts the embedded database, and again whenever it ends: the rest has to get over that by itself. */
async function keepPostgresRunning(directory: string): Promise<string> {
  let postgres = await startPostgres({ directory });
  const { url, port } = postgres;
  void (async () => {
    for (;;) {
      await postgres.exited;
      if (stopping) return;
      console.log('PostgreSQL ended; starting it again.');
      postgres = await startPostgres({ directory, port });
    }
  })().catch((error: Error) => fail(error.message));
  running.push(() => postgres.stop());
  return url;
}

async function startStandIns(state: string, databaseUrl: string): Promise<Variables> {
  const proxy = await startNeonProxy({ databaseUrl });
  running.push(proxy.close);
  const model = await startModelStub();
  running.push(model.close);
  const mail = await startMailSink({ file: join(state, 'outbox.jsonl') });
  running.push(mail.close);
  return {
    LOCAL_DATABASE_PROXY: proxy.address,
    LOCAL_LLM_BASE_URL: model.baseUrl,
    // So that the model can be added as an endpoint of one's own, too.
    OUTGOING_ALLOW_PRIVATE: new URL(model.baseUrl).host,
    LOCAL_OUTBOX_URL: mail.url,
    MAIL_API_URL: mail.url,
    MAIL_API_KEY: 'local',
  };
}

/** Waits until the Worker answers; a Worker that was not built never will. */
async function becomesHealthy(url: string, worker: WorkerProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let ended = false;
  void worker.exited.then(() => (ended = true));
  while (!stopping) {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    const log = worker.readLog();
    if (ended || log.includes('[ERROR]') || Date.now() > deadline) {
      throw new Error(`The Worker did not start:\n${lastWords(log)}`);
    }
    await sleep(100);
  }
}

async function fail(message: string): Promise<void> {
  if (stopping) return;
  console.error(message);
  await stop(1);
}

/** Ends everything in the reverse order of its start, then the process. */
function stop(exitCode: number): Promise<void> {
  stopping ??= (async () => {
    // What is just being started can be ended only once it has started, which is a matter of a second.
    await starting?.catch(() => {});
    for (const end of running.toReversed()) await end();
    process.exit(exitCode);
  })();
  return stopping;
}

/** npm hands a signal to the shell between us only, which ends and tells nobody; what shows is a new parent. */
function watchParent(): void {
  const parent = process.ppid;
  const check = () => process.ppid !== parent && void stop(0);
  if (process.env.npm_lifecycle_event) setInterval(check, 250).unref();
}

/** For the Worker behind the proxy, which encrypts where the URL asks for it; the Worker has no files of certificates. */
function withoutTls(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  for (const name of ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'channel_binding']) url.searchParams.delete(name);
  return url.href;
}

const isLoopback = (databaseUrl: string) => /^(localhost|127\..*|\[::1\])$/.test(new URL(databaseUrl).hostname);

/** The part of a log that tells why: from the first error on, else the end. */
function lastWords(log: string): string {
  const lines = log.trim().split('\n');
  const error = lines.findIndex((line) => line.includes('[ERROR]'));
  return lines
    .slice(error < 0 ? -20 : error)
    .slice(0, 20)
    .join('\n');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
// The terminal is closed. Without one, under nohup, the signal means nothing.
if (process.stdout.isTTY) process.on('SIGHUP', () => void stop(0));
process.on('uncaughtException', (error) => void fail(`An error that should not happen: ${error.stack}`));
// Whoever read the output may be gone, as with `| head`.
process.stdout.on('error', () => {});
watchParent();

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(HELP);
  else await (starting = start(options));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
}
