/** What every figure gets, and what it gives. */
import type { People } from './members.ts';
import type { Remote } from './messages.ts';
import type { StackCommands, Started } from './stack.ts';

/** How long and how often things are measured. */
export interface Extent {
  rounds: number;
  /** Of load on one route in one round. */
  seconds: number;
  /** New isolates for each cold figure. */
  starts: number;
  subscribers: number;
}

export interface Bench extends People {
  stack: Remote<StackCommands>['commands'];
  started: Started;
  extent: Extent;
}

/** One line of the table. */
export interface Row {
  figure: string;
  measured: string;
  baseline: string;
  ratio: string;
  goal: string;
  /** Null where there is no goal. */
  met: boolean | null;
}

/** Works on each target once a round, in another order each time, so that none always follows the same one. */
export async function alternate<T, R>(rounds: number, targets: T[], work: (target: T) => Promise<R>): Promise<R[][]> {
  const results: R[][] = targets.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = targets.map((_, index) => (index + round) % targets.length);
    for (const index of order) results[index]!.push(await work(targets[index]!));
  }
  return results;
}
