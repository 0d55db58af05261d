import type { WorkflowDefinition } from '../../../db/schema/index.ts';

/** Characters of all definitions that an isolate keeps, as JSON. */
const KEPT_LENGTH = 4_000_000;

export type Known = { version: number; definition: WorkflowDefinition; length: number };

/**
 * Definitions that were found to be runnable, of each workflow the version that was started last. What a version is never
 * changes, so that who may run one is asked each time, and what it is need not be.
 */
export class KnownDefinitions {
  /** By workflow; the one used longest ago first. */
  readonly #known = new Map<string, Known>();
  #length = 0;

  of(workflowId: string): Known | null {
    return this.#known.get(workflowId) ?? null;
  }

  keep(workflowId: string, version: number, definition: WorkflowDefinition): void {
    const before = this.#known.get(workflowId);
    const length = before?.definition === definition ? before.length : JSON.stringify(definition).length;
    this.#drop(workflowId);
    this.#known.set(workflowId, { version, definition, length });
    this.#length += length;
    for (const oldest of this.#known.keys()) {
      if (this.#length <= KEPT_LENGTH) break;
      this.#drop(oldest);
    }
  }

  #drop(workflowId: string): void {
    this.#length -= this.#known.get(workflowId)?.length ?? 0;
    this.#known.delete(workflowId);
  }
}
