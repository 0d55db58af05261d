/** `npm run dev` as a child process, for tests of what happens when parts of it die. Runs in Node. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO } from '../../local/demo.ts';
import { findFreePort } from '../../local/ports.ts';
import { readInstance } from '../../local/state.ts';
import { killAll, startInstance, survivorsOf } from '../local/dev-command.ts';

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
  const args = ['--port', String(await findFreePort()), '--state', state];
  const instance = await startInstance(args, { RATE_LIMITS: 'off', ...variables });
  const call: DevStack['call'] = (path, init) =>
    fetch(new URL(path, instance.url), { ...init, signal: init?.signal ?? AbortSignal.timeout(30_000) });
  return {
    url: instance.url,
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
      const pids = instance.pids();
      killAll(pids);
      await survivorsOf(pids);
    },
    async stop() {
      const pids = instance.pids();
      instance.signal('SIGTERM', 'npm');
      await instance.exited;
      await survivorsOf(pids);
    },
  };
}
