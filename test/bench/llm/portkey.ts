/** Portkey's gateway from npm, which the benchmark installs for itself: the project does not depend on it. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT } from '../bundle.ts';

const FOLDER = join(ROOT, '.synapse-bench/portkey');

const PACKAGE = '@portkey-ai/gateway';
const VERSION = '1.15.2';

const INSTALL_LIMIT_MS = 60_000;
const START_LIMIT_MS = 15_000;

/** With @hono/node-server from 1.14 on, which its range allows, it answers 500 to every stream. */
const OVERRIDES = { '@hono/node-server': '1.13.8', hono: '4.9.7' };

export interface Portkey {
  name: string;
  origin: string;
  stop(): void;
}

/** @throws {Error} where it cannot be installed, as without a network, or does not start */
export async function startPortkey(): Promise<Portkey> {
  const script = join(FOLDER, `node_modules/${PACKAGE}/build/start-server.js`);
  if (!existsSync(script)) await install();
  const port = await findFreePort();
  const child = spawn(process.execPath, [script, `--port=${port}`, '--headless'], { stdio: 'ignore' });
  const origin = `http://127.0.0.1:${port}`;
  const stop = () => void child.kill();
  try {
    await untilItAnswers(origin);
  } catch (error) {
    stop();
    throw error;
  }
  return { name: `Portkey ${VERSION}`, origin, stop };
}

async function install(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const manifest = { private: true, dependencies: { [PACKAGE]: VERSION }, overrides: OVERRIDES };
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify(manifest));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'];
  await promisify(execFile)('npm', ['install', ...options], { cwd: FOLDER, timeout: INSTALL_LIMIT_MS });
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function untilItAnswers(origin: string): Promise<void> {
  for (const until = Date.now() + START_LIMIT_MS; Date.now() < until; await sleep(50)) {
    const response = await fetch(origin).catch(() => null);
    if (response?.ok) return;
  }
  throw new Error('it did not start');
}
