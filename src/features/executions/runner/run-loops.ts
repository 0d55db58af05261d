import { NodeError } from '../../nodes/index.ts';
import { keyOf, type Fault, type RunState, type Step } from '../engine/run-state.ts';
import type { NodeRow } from './facts.ts';
import { joinLoop, openedLoop } from './loop-values.ts';
import type { NodeBook } from './node-book.ts';
import type { Values } from './values.ts';

/** What loops need of the execution that they are in. */
export type LoopHost = {
  id: string;
  state: RunState;
  book: NodeBook;
  values: Values;
  objectKey(row: NodeRow): string;
  work(step: Step, row: NodeRow, work: (controller: AbortController) => Promise<() => void>): Promise<void>;
  /** Resolves when a loop may end: in a replay, when it did. */
  turnOf(row: NodeRow, signal: AbortSignal): Promise<void>;
  complete(step: Step, row: NodeRow, port: string, text: string | null | undefined): void;
};

/** The loops of an execution that are under way, with their items. */
export class RunLoops {
  readonly #host: LoopHost;
  readonly #items = new Map<string, readonly unknown[]>();

  constructor(host: LoopHost) {
    this.#host = host;
  }

  itemsOf(key: string): readonly unknown[] {
    return this.#items.get(key) ?? [];
  }

  /** A loop's own node has found out what is to be done. */
  open(step: Step, row: NodeRow, output: unknown, text: string | null): void {
    const { items, parallelism } = openedLoop(output);
    row.loop = { count: items.length, parallelism };
    this.#items.set(keyOf(step), items);
    this.#host.book.write(row, text);
    this.#host.state.openLoop(step, items.length, parallelism);
  }

  /** A loop that an earlier runner had opened. */
  reopen(step: Step, row: NodeRow): Promise<void> {
    const { id, state, values } = this.#host;
    return this.#host.work(step, row, async () => {
      const items = (await values.read(id, row)) as unknown[] | null;
      return () => {
        this.#items.set(keyOf(step), items ?? []);
        state.openLoop(step, row.loop!.count, row.loop!.parallelism);
      };
    });
  }

  /** All of its items are done, or it has come to nothing. */
  end(step: Step, fault: Fault | null): Promise<void> {
    const { id, state, book, values, objectKey } = this.#host;
    const key = keyOf(step);
    const row = book.rows.get(key)!;
    return this.#host.work(step, row, async ({ signal }) => {
      await this.#host.turnOf(row, signal);
      const items = this.#items.get(key)!;
      this.#items.delete(key);
      if (fault)
        throw new NodeError(fault.code, fault.message, { details: { ...fault.details, node_id: fault.nodeKey } });
      const faults = state.faultsOf(step);
      const output = await joinLoop({ runId: id, values, rows: book.rows, step, faults, items });
      const value = await values.keep(objectKey(row), output);
      book.count(value.bytes);
      return () => {
        row.bytes = value.bytes;
        row.objectKey = value.objectKey;
        this.#host.complete(step, row, 'done', value.text);
      };
    });
  }
}
