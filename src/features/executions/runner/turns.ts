import type { NodeEffect } from '../../nodes/index.ts';
import type { DefinitionNode } from '../../workflows/index.ts';
import { effectOfNode } from './plans.ts';
import type { RunSpec } from './types.ts';

type Parked = { rank: number; go: () => void };

/**
 * Has the nodes of a replay end in the order in which those of the record did, however long each took: on that it depends
 * which way is the first to reach a merge, what a variable is last set to, and what had begun before something failed.
 * Whatever is under way waits here once it is done; when all of it does, the one goes on that had been the first.
 */
class Turns {
  #parked: Parked[] = [];
  #underway = 0;

  /** So many nodes are under way now, those that wait here among them. */
  note(underway: number): void {
    this.#underway = underway;
    if (this.#parked.length === 0 || this.#parked.length < underway) return;
    const first = this.#parked.reduce((one, other) => (other.rank < one.rank ? other : one));
    this.#remove(first);
    first.go();
  }

  /** Resolves when it is the turn of a node that was the how many-th to end. */
  wait(rank: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const parked = { rank, go: resolve };
      signal.addEventListener('abort', () => this.#remove(parked), { once: true });
      this.#parked.push(parked);
      this.note(this.#underway);
    });
  }

  #remove(parked: Parked): void {
    this.#parked = this.#parked.filter((one) => one !== parked);
  }
}

const turns = new WeakMap<RunSpec, Turns>();

/** The turns of an execution that repeats another one; undefined for any other. */
export function turnsOf(spec: RunSpec): Turns | undefined {
  if (spec.origin.triggerType !== 'replay') return undefined;
  const known = turns.get(spec) ?? new Turns();
  turns.set(spec, known);
  return known;
}

/** What happens when a node of an execution runs twice: one that repeats another does nothing outside of itself. */
export const effectIn = ({ origin }: RunSpec, node: DefinitionNode): NodeEffect =>
  origin.triggerType === 'replay' ? 'pure' : effectOfNode(node);
