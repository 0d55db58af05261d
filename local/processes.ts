import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The command line of a living process, or undefined. A zombie counts as dead: in a container whose first process reaps
 * nothing, a killed orphan keeps its pid for ever, and `kill(pid, 0)` would call it alive.
 */
export function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0];
      return state === 'Z' ? undefined : readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    }
    const line = execFileSync('ps', ['-o', 'stat=,command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

export const isRunning = (pid: number): boolean => commandOf(pid) !== undefined;

/** Sends one signal after the other, waiting between them, until the process is gone. A negative pid means its group. */
export async function endProcess(pid: number, steps: readonly (readonly [NodeJS.Signals, number])[]): Promise<void> {
  for (const [signal, patienceMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + patienceMs;
    while (isRunning(Math.abs(pid))) {
      if (Date.now() > deadline) break;
      await sleep(50);
    }
    if (!isRunning(Math.abs(pid))) return;
  }
}
