import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { endGroup } from './process-group.ts';

const ROOT = join(import.meta.dirname, '..');

/** The installed wrangler, to be run by this Node.js. */
export const WRANGLER = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
);

const LOG_LIMIT_BYTES = 20 * 1024 * 1024;

/** What wrangler needs of the environment. The rest stays away: the Worker's variables come from a file alone. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** No account, no telemetry, no lookups on the network, no questions, no store of traces. */
const QUIET = {
  CI: '1',
  NO_COLOR: '1',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
};

export interface WorkerProcess {
  /** Its process group. */
  group: number;
  exited: Promise<void>;
  /** What was logged since this start. */
  readLog(): string;
  stop(): Promise<void>;
}

/** Starts `wrangler dev`, which logs to `worker.log` in the state folder. */
export function startWorker(options: { port: number; ip: string; state: string; envFile: string }): WorkerProcess {
  const { port, ip, state, envFile } = options;
  const flags = {
    '--config': join(ROOT, 'wrangler.toml'),
    '--env-file': envFile,
    '--persist-to': join(state, 'worker'),
    '--ip': ip,
    '--port': String(port),
    '--inspector-port': '0',
    '--show-interactive-dev-session': 'false',
  };
  const args = ['dev', join(ROOT, 'local/worker.ts'), ...Object.entries(flags).flat()];
  const log = openLog(join(state, 'worker.log'));
  // Inside the state folder, because a killed runtime leaves its temporary files behind.
  const temporary = join(state, 'tmp');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { mode: 0o700 });
  // A group of its own: Ctrl-C in the terminal reaches the dev command alone, which ends things in order.
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
    env: { ...inheritedVariables(), ...QUIET, TMPDIR: temporary, XDG_CONFIG_HOME: join(state, 'config') },
  });
  closeSync(log.descriptor);
  const group = child.pid!;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return { group, exited, readLog: log.read, stop: () => endGroup(group) };
}

function openLog(file: string) {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, 'a', 0o600);
  const start = fstatSync(descriptor).size;
  // esbuild colours its messages whatever it is told.
  const read = () => stripVTControlCharacters(readFileSync(file).subarray(start).toString('utf8'));
  return { descriptor, read };
}

function inheritedVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
