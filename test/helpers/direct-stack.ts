/**
 * The Worker in workerd on a socket of its own, without the development proxy, which keeps it from noticing that a client
 * has gone; with PostgreSQL and the Neon proxy. Runs in Node.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4WorkerOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { migrate } from '../../drizzle/migrate.ts';
import { DEMO, seedLocalData } from '../../local/demo.ts';
import { startNeonProxy } from '../../local/neon-proxy.ts';
import { startPostgres } from '../../local/postgres.ts';
import { bundleWorker, ROOT } from '../bench/bundle.ts';

const NAME = 'synapscale';

export type DirectStack = {
  url: URL;
  databaseUrl: string;
  /** An access token of the demo account. */
  logIn(): Promise<string>;
  /** Runs what cron would run at that time. */
  runCron(expression: string, at: Date): Promise<void>;
  stop(): Promise<void>;
};

export async function startDirectStack(variables: Record<string, string>): Promise<DirectStack> {
  const folder = mkdtempSync(join(tmpdir(), 'synapscale-direct-'));
  const running: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of running.toReversed()) await end();
  };
  try {
    const directory = join(folder, 'postgres');
    mkdirSync(directory, { mode: 0o711 });
    const [postgres, { script }] = await Promise.all([
      startPostgres({ directory, durable: false }),
      bundleWorker('wrangler.toml', 'local/worker.ts', join(folder, 'worker')),
    ]);
    running.push(postgres.stop);
    await migrate(postgres.url);
    await seedLocalData(postgres.url);
    const proxy = await startNeonProxy({ databaseUrl: postgres.url });
    running.push(proxy.close);
    const runtime = startRuntime(script, join(folder, 'runtime'), {
      ENVIRONMENT: 'test',
      RATE_LIMITS: 'off',
      DATABASE_URL: postgres.url,
      LOCAL_DATABASE_PROXY: proxy.address,
      AUTH_SECRET: randomBytes(32).toString('base64url'),
      ENCRYPTION_KEYS: `direct:${randomBytes(32).toString('base64url')}`,
      ...variables,
    });
    running.push(() => runtime.dispose());
    const url = await runtime.unsafeGetDirectURL(NAME);
    return { url, databaseUrl: postgres.url, logIn: () => logIn(url), runCron: cronOf(runtime), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startRuntime(script: string, persistTo: string, variables: Record<string, string>): Miniflare {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, 'wrangler.toml'));
  const { assets: _, bindings, serviceBindings, ...rest } = workerOptions as V4WorkerOptions;
  const worker: V4WorkerOptions = {
    ...rest,
    name: NAME,
    modulesRoot: dirname(script),
    modules: [{ type: 'ESModule', path: script }],
    bindings: { ...bindings, ...variables },
    // Miniflare puts a Worker with assets behind a router of its own; on Cloudflare `run_worker_first` leaves it out.
    serviceBindings: { ...serviceBindings, ASSETS: { disk: { path: join(ROOT, '.assets') } } },
    unsafeDirectSockets: [{ port: 0 }],
  };
  return new Miniflare(
    convertV4MiniflareOptions({
      workers: [worker],
      log: new Log(LogLevel.ERROR),
      cf: false,
      resourcePersistencePath: persistTo,
      // A line for each request, which nobody reads here.
      handleStructuredLogs: () => {},
    }),
  );
}

async function logIn(url: URL): Promise<string> {
  const body = new URLSearchParams({ username: DEMO.email, password: DEMO.password });
  const response = await fetch(new URL('/api/v1/auth/login', url), { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
}

const cronOf =
  (runtime: Miniflare): DirectStack['runCron'] =>
  async (cron, scheduledTime) => {
    const worker = await runtime.getWorker(NAME);
    await worker.scheduled({ cron, scheduledTime });
  };
