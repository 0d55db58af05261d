/**
 * The process that everything under test runs in or is started by, apart from the one that measures: PostgreSQL, the
 * Neon proxy, the model stub, and workerd with the Worker and the baseline on sockets of their own, without the
 * development proxy. run.ts starts it and asks for what it needs by messages. An argument is the base URL of a model that
 * runs elsewhere.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4WorkerOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { migrate } from '../../drizzle/migrate.ts';
import { seedLocalData } from '../../local/demo.ts';
import { startModelStub } from '../../local/model-stub.ts';
import { startNeonProxy } from '../../local/neon-proxy.ts';
import { startPostgres } from '../../local/postgres.ts';
import { bundleWorker, ROOT, type Bundle } from './bundle.ts';
import { seedMembers } from './members.ts';
import { serve } from './messages.ts';

/** Origins of one instance of workerd. */
export interface Origins {
  worker: string;
  baseline: string;
}

export interface Started extends Origins {
  model: string;
  databaseUrl: string;
  /** The deployable bundle and the baseline's. */
  bundles: { deployable: Bundle; baseline: Bundle };
}

/** What run.ts may ask for. */
export interface StackCommands {
  start(): Promise<Started>;
  /** Another workerd, with empty memory and empty storage; the one that an earlier call started is ended. */
  startFresh(): Promise<Origins>;
  stopDatabase(): Promise<void>;
}

/** As the configurations name them, and refer to each other. */
const [WORKER, BASELINE] = ['synapscale', 'synapscale-bench'];

const folder = mkdtempSync(join(tmpdir(), 'synapscale-bench-'));
const running: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
let variables: Record<string, string>;
let workers: { worker: Bundle; baseline: Bundle };
let stopPostgres: () => Promise<void>;
let fresh: Miniflare | undefined;

async function start(): Promise<Started> {
  const [standIns, deployable, worker, baseline] = await Promise.all([
    startStandIns(),
    bundleWorker('wrangler.toml', 'src/index.ts', join(folder, 'deployable')),
    bundleWorker('wrangler.toml', 'local/worker.ts', join(folder, 'worker')),
    bundleWorker('test/bench/wrangler.toml', 'test/bench/baseline.ts', join(folder, 'baseline')),
  ]);
  variables = standIns;
  process.env.MINIFLARE_WORKERD_PATH = writeQuietRuntime();
  workers = { worker, baseline };
  const main = startRuntime(join(folder, 'runtime'));
  running.push(
    () => main.dispose(),
    () => fresh?.dispose(),
  );
  const { MODEL_URL: model, DATABASE_URL: databaseUrl } = variables as { MODEL_URL: string; DATABASE_URL: string };
  return { ...(await originsOf(main)), model, databaseUrl, bundles: { deployable, baseline } };
}

/** Starts what the Worker needs around it, and returns its variables. */
async function startStandIns(): Promise<Record<string, string>> {
  const directory = join(folder, 'postgres');
  mkdirSync(directory, { mode: 0o711 });
  const postgres = await startPostgres({ directory });
  stopPostgres = postgres.stop;
  running.push(stopPostgres);
  await migrate(postgres.url);
  await seedLocalData(postgres.url);
  await seedMembers(postgres.url);
  const proxy = await startNeonProxy({ databaseUrl: postgres.url });
  running.push(proxy.close);
  const modelUrl = process.argv[2] ?? (await startOwnModel());
  return {
    ENVIRONMENT: 'test',
    RATE_LIMITS: 'off',
    DATABASE_URL: postgres.url,
    LOCAL_DATABASE_PROXY: proxy.address,
    LOCAL_LLM_BASE_URL: modelUrl,
    MODEL_URL: modelUrl,
    AUTH_SECRET: randomBytes(32).toString('base64url'),
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64url')}`,
  };
}

async function startOwnModel(): Promise<string> {
  const model = await startModelStub({ delay: 1 });
  running.push(model.close);
  return model.baseUrl;
}

/**
 * A command that runs workerd and drops what it logs. The Worker writes its line for each request as in production, but
 * who reads the lines is not under test, and would take the processor from those who are.
 */
function writeQuietRuntime(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  const { default: workerd } = require('workerd') as { default: string };
  const file = join(folder, 'workerd');
  writeFileSync(file, `#!/bin/sh\nexec '${workerd}' "$@" >/dev/null\n`, { mode: 0o755 });
  return file;
}

/** Both Workers in one workerd, whose single thread serves whichever is under load. Without a folder nothing is kept. */
function startRuntime(persistTo?: string): Miniflare {
  return new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        optionsOf(WORKER, 'wrangler.toml', workers.worker),
        optionsOf(BASELINE, 'test/bench/wrangler.toml', workers.baseline),
      ],
      log: new Log(LogLevel.ERROR),
      cf: false,
      ...(persistTo && { resourcePersistencePath: persistTo }),
    }),
  );
}

function optionsOf(name: string, config: string, { script }: Bundle): V4WorkerOptions {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, config));
  const { assets, bindings, serviceBindings, ...rest } = workerOptions as V4WorkerOptions;
  return {
    ...rest,
    name,
    modulesRoot: dirname(script),
    modules: [{ type: 'ESModule', path: script }],
    bindings: { ...bindings, ...variables },
    // Miniflare puts a Worker with assets behind a router of its own; on Cloudflare `run_worker_first` leaves it out.
    serviceBindings: { ...serviceBindings, ...(assets && { ASSETS: { disk: { path: join(ROOT, '.assets') } } }) },
    unsafeDirectSockets: [{ port: 0 }],
  };
}

async function originsOf(runtime: Miniflare): Promise<Origins> {
  const [worker, baseline] = await Promise.all([
    runtime.unsafeGetDirectURL(WORKER),
    runtime.unsafeGetDirectURL(BASELINE),
  ]);
  return { worker: worker.origin, baseline: baseline.origin };
}

async function startFresh(): Promise<Origins> {
  await fresh?.dispose();
  fresh = startRuntime();
  return originsOf(fresh);
}

async function stop(): Promise<void> {
  for (const end of running.toReversed()) await end();
}

serve<StackCommands>({ start, startFresh, stopDatabase: () => stopPostgres() }, stop);
