import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf } from './processes.ts';

const GRACE_MS = 5_000;

/** The living processes of a group; zombies are not among them. */
export function membersOf(group: number): { pid: number; command: string }[] {
  const pids = process.platform === 'linux' ? listPidsOfProc(group) : listPidsOfPs(group);
  return pids.flatMap((pid) => {
    const command = commandOf(pid);
    return command === undefined ? [] : [{ pid, command }];
  });
}

/** Asks the leader to end, which ends the others; after a few seconds the whole group is made to. */
export async function endGroup(group: number): Promise<void> {
  signal(group, 'SIGTERM');
  const deadline = Date.now() + GRACE_MS;
  // Once the leader is gone nobody tells the others.
  while (commandOf(group) !== undefined && Date.now() < deadline) await sleep(50);
  signal(-group, 'SIGKILL');
  while (membersOf(group).length > 0 && Date.now() < deadline + GRACE_MS) await sleep(50);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone.
  }
}

function listPidsOfProc(group: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Boolean);
  return pids.filter((pid) => {
    try {
      // After the name in parentheses: state, parent, group. See proc_pid_stat(5).
      const [, , pgrp] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      return Number(pgrp) === group;
    } catch {
      return false;
    }
  });
}

function listPidsOfPs(group: number): number[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,pgid='], { encoding: 'utf8' }).trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, pgid]) => (pgid === group ? [pid!] : []));
}
