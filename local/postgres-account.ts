import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** PostgreSQL refuses to run as root; these accounts may run it instead, the first that exists. */
const STAND_INS = ['postgres', 'nobody', 'daemon'];

export interface Account {
  uid: number;
  gid: number;
}

/** How to start a program of PostgreSQL from this process: the command line and the account. */
export interface Launch {
  command: string;
  args: string[];
  account: Account | undefined;
}

/**
 * The account that runs PostgreSQL, or undefined for the current one. An existing data directory decides, because the
 * server insists on owning it.
 */
export function postgresAccount(dataDirectory: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataDirectory, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of STAND_INS) {
    const [uid, gid] = [accountId('-u', name), accountId('-g', name)];
    if (uid && gid) return { uid, gid };
  }
  throw new Error(`PostgreSQL cannot run as root, and none of the accounts ${STAND_INS.join(', ')} exists.`);
}

/**
 * Root often works below a folder that nobody else may enter, such as /root. There the other account is given the one
 * capability it lacks, through setpriv of util-linux, instead of opening the folder.
 */
export function launchAs(account: Account | undefined, program: string, args: string[], paths: string[]): Launch {
  if (!account || [program, ...paths].every(isReachableByAll)) return { command: program, args, account };
  const privileges = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  const access = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return { command: 'setpriv', args: [...privileges, ...access, '--', program, ...args], account: undefined };
}

function isReachableByAll(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function accountId(flag: '-u' | '-g', name: string): number | undefined {
  try {
    const id = Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return id > 0 && id < 2 ** 31 ? id : undefined;
  } catch {
    return undefined;
  }
}
