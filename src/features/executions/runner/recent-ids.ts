import { SECOND } from '../../../core/time.ts';

/** Ids that are remembered; those of before are asked for in the database. */
const KEPT = 10_000;

/** By so much the clocks of this machine and of the database may differ. */
const SKEW_MS = 5 * SECOND;

/** Executions that have ended here, so that one whose message comes late or twice does not begin again. */
export class RecentIds {
  readonly #ids = new Set<string>();
  /** What was made before this may have been here, and is not remembered. */
  #since = Date.now();

  add(ids: string[]): void {
    for (const id of ids) this.#ids.add(id);
    if (this.#ids.size <= KEPT) return;
    for (const id of this.#ids) {
      if (this.#ids.size <= KEPT / 2) break;
      this.#ids.delete(id);
    }
    this.#since = Date.now();
  }

  /** Whether an execution that was made then may have ended here. */
  mayHave(id: string, createdAt: number): boolean {
    return this.#ids.has(id) || createdAt < this.#since + SKEW_MS;
  }
}
