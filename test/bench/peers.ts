/** Other people's software, which the benchmarks install for themselves: the project does not depend on it. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT } from './bundle.ts';

const STOP_LIMIT_MS = 10_000;

export interface PeerPackage {
  name: string;
  version: string;
  overrides?: Record<string, string>;
  installLimitMs: number;
}

export interface Peer {
  name: string;
  origin: string;
  stop(): Promise<void>;
}

/**
 * Installs it into a folder of its own where it is not there yet, and returns that folder.
 * @throws {Error} where it cannot be had, as without a network
 */
export async function installPeer({ name, version, overrides, installLimitMs }: PeerPackage): Promise<string> {
  const folder = join(ROOT, '.synapse-bench', `${name.split('/').at(-1)}-${version}`);
  // The last thing that npm writes.
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return folder;
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, dependencies: { [name]: version }, ...(overrides && { overrides }) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'];
  await promisify(execFile)('npm', ['install', ...options], { cwd: folder, timeout: installLimitMs });
  return folder;
}

export interface PeerStart {
  name: string;
  port: number;
  /** What is run, and what it is told. */
  args: string[];
  env?: Record<string, string>;
  startLimitMs: number;
  /** Asks it for what it is measured by. */
  answers(origin: string): Promise<boolean>;
}

/** @throws {Error} where it does not start */
export async function startPeer({ name, port, args, env, startLimitMs, answers }: PeerStart): Promise<Peer> {
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.once('error', () => {});
  // Whoever gives up in the middle leaves nobody behind.
  process.once('exit', () => child.kill());
  const stop = async () => {
    child.kill();
    await Promise.race([gone, sleep(STOP_LIMIT_MS)]);
    child.kill('SIGKILL');
  };
  const origin = `http://127.0.0.1:${port}`;
  for (const until = Date.now() + startLimitMs; Date.now() < until && child.exitCode === null; await sleep(100)) {
    if (await answers(origin).catch(() => false)) return { name, origin, stop };
  }
  await stop();
  throw new Error(`${name} did not start`);
}
