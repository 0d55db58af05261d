import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './options.ts';
import { endOrphan } from './postgres.ts';
import { endGroup, membersOf } from './process-group.ts';
import { commandOf } from './processes.ts';

/** Says that a folder is ours: no other one is ever written to or wiped. */
const MARKER = '.synapscale';
const INSTANCE = 'instance.json';

/** What a running instance leaves for the next start, and for commands that look for its database. */
export interface Instance {
  pid: number;
  url: string;
  databaseUrl?: string;
  /** The process group of wrangler and what it started. */
  workerGroup?: number;
}

/**
 * Makes the folder ours, or refuses. Others may pass through it, as PostgreSQL must, but not look around in it.
 * @throws {UsageError}
 */
export function claimFolder(path: string, instance: Instance): string {
  const isEmpty = !existsSync(path) || readdirSync(path).length === 0;
  if (!isEmpty && !existsSync(join(path, MARKER))) {
    throw new UsageError(`${path} holds something else; choose another folder with --state`);
  }
  mkdirSync(path, { recursive: true, mode: 0o711 });
  const folder = realpathSync(path);
  writeFileSync(join(folder, MARKER), 'The state of a local SynapScale; `npm run dev -- --fresh` wipes it.\n');
  const previous = readInstance(folder);
  if (!previous || !isAlive(previous)) forgetInstance(folder);
  try {
    const claim = { ...instance, workerGroup: previous?.workerGroup };
    writeFileSync(join(folder, INSTANCE), JSON.stringify(claim), { mode: 0o600, flag: 'wx' });
  } catch {
    const { url, pid } = readInstance(folder) ?? instance;
    throw new UsageError(
      `${path} is in use by ${url} (process ${pid}); stop it, or choose another folder with --state`,
    );
  }
  return folder;
}

export function readInstance(folder: string): Instance | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, INSTANCE), 'utf8')) as Instance;
  } catch {
    return undefined;
  }
}

export function updateInstance(folder: string, instance: Instance): void {
  writeFileSync(join(folder, INSTANCE), JSON.stringify(instance), { mode: 0o600 });
}

export function forgetInstance(folder: string): void {
  rmSync(join(folder, INSTANCE), { force: true });
}

/** Removes all that an instance remembers, but not the claim on the folder. */
export function wipeFolder(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== MARKER && name !== INSTANCE) rmSync(join(folder, name), { recursive: true });
  }
}

/** Ends what a killed run left behind: its database, and its Worker if that is what runs in the recorded group. */
export async function endOrphans(folder: string): Promise<void> {
  await endOrphan(join(folder, 'postgres/data'));
  const group = readInstance(folder)?.workerGroup;
  if (group === undefined) return;
  if (membersOf(group).some(({ command }) => /workerd|wrangler/.test(command))) await endGroup(group);
}

const isAlive = ({ pid }: Instance) => pid !== process.pid && (commandOf(pid)?.includes('dev.ts') ?? false);
