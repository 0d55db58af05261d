import { NodeError } from '../../nodes/index.ts';
import { stepKey, type Fault, type Step } from '../engine/run-state.ts';
import type { NodeRow } from './facts.ts';
import type { Rows } from './run-scope.ts';
import type { Values } from './values.ts';

/** Items of one loop. */
const ITEMS_LIMIT = 10_000;

/** What results of a loop may be together, like every other output. */
const RESULTS_BYTES = 10 * 1024 * 1024;

const PARALLELISM_LIMIT = 20;

/** What a loop's own node has found to be done. @throws {NodeError} `not_a_list`, `too_many_items` */
export function openedLoop(output: unknown): { items: unknown[]; parallelism: number } {
  const { items, parallelism } = (output ?? {}) as { items?: unknown; parallelism?: unknown };
  if (!Array.isArray(items)) throw new NodeError('not_a_list', 'A loop needs a list of items.');
  if (items.length > ITEMS_LIMIT) {
    throw new NodeError('too_many_items', `A loop takes at most ${ITEMS_LIMIT} items; these are ${items.length}.`, {
      details: { items: items.length, limit: ITEMS_LIMIT },
    });
  }
  return { items, parallelism: Math.min(Math.max(Math.floor(Number(parallelism ?? 1)) || 1, 1), PARALLELISM_LIMIT) };
}

type Joined = {
  runId: string;
  values: Values;
  rows: Rows;
  step: Step;
  faults: ReadonlyMap<number, Fault>;
  items: readonly unknown[];
};

/** What came of each item, in their order. @throws {NodeError} `output_too_large` */
export async function joinLoop({ runId, values, rows, step, faults, items }: Joined) {
  const { ends, nodes } = step.planned.body!;
  const results: unknown[] = nodes.length === 0 ? [...items] : [];
  let bytes = 0;
  for (let index = results.length; index < items.length; index++) {
    const fault = faults.get(index);
    if (fault) {
      results.push({ error: { code: fault.code, message: fault.message, node_id: fault.nodeKey } });
      continue;
    }
    const iteration = [...step.frame.iteration, index];
    const ended = ends.flatMap((planned) => rows.get(stepKey(planned.node.id, iteration)) ?? []).filter(hasOutput);
    bytes += ended.reduce((sum, row) => sum + row.bytes, 0);
    if (bytes > RESULTS_BYTES) {
      throw new NodeError('output_too_large', `The results of a loop have more than ${RESULTS_BYTES} bytes.`, {
        details: { limit: RESULTS_BYTES },
      });
    }
    results.push(await joinEnds(runId, values, ended));
  }
  return { items, results, count: items.length };
}

/** Whether a node came to an end from which something goes on. */
export const hasOutput = ({ rank, port }: NodeRow) => rank !== null && port !== null;

/** What comes out at the ends of a scope: of one the output itself, of several by their ids. */
export async function joinEnds(runId: string, values: Values, ends: NodeRow[]): Promise<unknown> {
  if (ends.length === 0) return null;
  if (ends.length === 1) return values.read(runId, ends[0]!);
  const outputs: [string, unknown][] = [];
  for (const row of ends) outputs.push([row.nodeKey, await values.read(runId, row)]);
  return Object.fromEntries(outputs);
}
