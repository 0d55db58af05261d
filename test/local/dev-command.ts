/** The dev command as somebody at a terminal runs it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf } from '../../local/processes.ts';

const ROOT = join(import.meta.dirname, '../..');
/** More than the command gives itself, so that it can say what is wrong. */
const READY_MS = 100_000;

export interface Instance {
  url: string;
  output(): string;
  /** All processes of the instance: npm, the dev command, and what it started. */
  pids(): number[];
  /** The dev command itself, below npm. */
  devPid(): number;
  /** Signals npm alone, as a supervisor does, or the whole foreground group, as Ctrl-C does. */
  signal(name: NodeJS.Signals, target: 'npm' | 'group'): void;
  exited: Promise<number | null>;
}

/** Starts `npm run dev`. */
export function spawnInstance(args: string[], variables: Record<string, string> = {}): Instance {
  const child = spawn('npm', ['run', '--silent', 'dev', '--', ...args], { ...options(variables), detached: true });
  const output = collectOutput(child);
  const pid = child.pid!;
  return {
    url: `http://127.0.0.1:${args[args.indexOf('--port') + 1]}`,
    output,
    pids: () => treeOf(pid),
    devPid: () => treeOf(pid).findLast((candidate) => commandOf(candidate)?.includes('local/dev.ts'))!,
    signal: (name, target) => process.kill(target === 'npm' ? pid : -pid, name),
    exited: exitOf(child),
  };
}

/** Starts `npm run dev` and waits until it has printed where it runs. */
export async function startInstance(args: string[], variables: Record<string, string> = {}): Promise<Instance> {
  const instance = spawnInstance(args, variables);
  let ended = false;
  void instance.exited.then(() => (ended = true));
  const deadline = Date.now() + READY_MS;
  while (!instance.output().includes(`SynapScale runs at ${instance.url}`)) {
    if (ended || Date.now() > deadline) {
      killAll(ended ? [] : instance.pids());
      throw new Error(`it did not start:\n${instance.output()}`);
    }
    await sleep(50);
  }
  return instance;
}

/** Runs the dev command where it should refuse to start. */
export async function runToEnd(args: string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['local/dev.ts', ...args], options(variables));
  const output = collectOutput(child);
  const closed = once(child, 'close');
  const code = await exitOf(child);
  await closed;
  return { code, lines: output().trimEnd().split('\n') };
}

export function killAll(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** Those of the processes that still run, given some seconds to end. */
export async function survivorsOf(pids: number[]): Promise<string[]> {
  const alive = () => pids.map(commandOf).filter((command) => command !== undefined);
  for (const deadline = Date.now() + 5_000; alive().length > 0 && Date.now() < deadline;) await sleep(50);
  return alive();
}

/** The command lines of living processes that mention a folder. */
export function findProcesses(folder: string): string[] {
  const lines = execFileSync('ps', ['-axo', 'command='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(folder));
}

function options(variables: Record<string, string>) {
  // What vitest sets for its own workers is not what a terminal has.
  const { NODE_ENV: _env, VITEST: _vitest, NODE_OPTIONS: _options, ...environment } = process.env;
  return {
    cwd: ROOT,
    env: { ...environment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
  };
}

function collectOutput({ stdout, stderr }: ChildProcess): () => string {
  let output = '';
  for (const stream of [stdout, stderr]) stream!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return () => output;
}

const exitOf = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));

function treeOf(root: number): number[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const processes = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [root];
  for (const parent of tree) tree.push(...processes.flatMap(([pid, ppid]) => (ppid === parent ? [pid!] : [])));
  return tree;
}
