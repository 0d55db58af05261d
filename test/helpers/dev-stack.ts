/** `npm run dev` as a child process, for tests of what happens when parts of it die. Runs in Node. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO } from '../../local/demo.ts';
import { findFreePort } from '../../local/ports.ts';
import { readInstance } from '../../local/state.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY_MS = 90_000;

export type DevStack = {
  url: string;
  /** Where the database is, once the stack is ready. */
  databaseUrl: string;
  call(path: string, init?: RequestInit): Promise<Response>;
  /** An access token of the demo account. */
  logIn(): Promise<string>;
  /** Runs what cron would run at that time. */
  runCron(expression: string, at: Date): Promise<void>;
  /** Ends every process of the stack at once, as a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

export function createStateFolder(): { state: string; remove(): void } {
  const state = mkdtempSync(join(tmpdir(), 'synapscale-stack-'));
  return { state, remove: () => rmSync(state, { recursive: true, force: true }) };
}

export async function startDevStack(state: string, variables: Record<string, string> = {}): Promise<DevStack> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ['local/dev.ts', '--port', String(port), '--state', state], {
    cwd: ROOT,
    env: { ...process.env, RATE_LIMITS: 'off', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const call: DevStack['call'] = (path, init) =>
    fetch(new URL(path, url), { ...init, signal: init?.signal ?? AbortSignal.timeout(30_000) });

  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the stack did not start:\n${output}`);
    return output.includes('Ctrl-C') && (await call('/health').catch(() => null))?.status === 200;
  }, READY_MS);

  return {
    url,
    databaseUrl: readInstance(state)!.databaseUrl!,
    call,
    async logIn() {
      const body = new URLSearchParams({ username: DEMO.email, password: DEMO.password });
      const response = await call('/api/v1/auth/login', { method: 'POST', body });
      return ((await response.json()) as { access_token: string }).access_token;
    },
    async runCron(expression, at) {
      const query = new URLSearchParams({ cron: expression, time: String(at.getTime()) });
      await (await call(`/cdn-cgi/local/scheduled?${query}`)).text();
    },
    async kill() {
      for (const pid of treeOf(child.pid!)) tryKill(pid, 'SIGKILL');
      await exited;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Waits until `check` holds. @throws what `check` throws, or after `limitMs`. */
export async function until(check: () => Promise<boolean>, limitMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; ;) {
    if (await check()) return;
    if (Date.now() > deadline) throw new Error(`it did not happen within ${limitMs / 1000} s: ${check}`);
    await sleep(100);
  }
}

/** A process and all that it started, whoever their groups and sessions are. */
function treeOf(root: number): number[] {
  const parents = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const tree = [root];
  for (const at of tree) tree.push(...parents.filter(([, parent]) => parent === at).map(([pid]) => pid));
  return tree;
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}
