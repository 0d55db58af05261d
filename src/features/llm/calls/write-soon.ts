/** How long what is not urgent waits for what else is to be written. */
const WAIT_MS = 250;

/** Has what the calls of an object write down soon written together, in one wait for the disk. */
export class WriteSoon {
  readonly #waiting = new Set<() => void>();
  #isTimed = false;

  /** Has `write` called soon, once, however often it is asked for until then. */
  add(write: () => void): void {
    this.#waiting.add(write);
    if (!this.#isTimed) setTimeout(() => this.#writeAll(), WAIT_MS);
    this.#isTimed = true;
  }

  /** It has been written meanwhile. */
  remove(write: () => void): void {
    this.#waiting.delete(write);
  }

  #writeAll(): void {
    this.#isTimed = false;
    const writes = [...this.#waiting];
    this.#waiting.clear();
    for (const write of writes) write();
  }
}
