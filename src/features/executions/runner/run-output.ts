import { findNodeType, NodeError } from '../../nodes/index.ts';
import type { Plan } from '../engine/plan.ts';
import { NOTHING, type NodeRow, type Value } from './facts.ts';
import { hasOutput, joinEnds } from './loop-values.ts';
import type { Rows } from './run-scope.ts';
import type { Values } from './values.ts';

const OUTPUT_BYTES = 10 * 1024 * 1024;

/** What an execution gives: the output of its only end that was reached, or of several by their ids. */
export async function joinOutput(
  values: Values,
  runId: string,
  { root }: Plan,
  rows: Rows,
  objectKey: string,
): Promise<Value> {
  const reached = root.ends.flatMap((planned) => {
    const row = rows.get(planned.node.id);
    return row && hasOutput(row) ? [{ row, isOutput: findNodeType(planned.node.type)?.type === 'output' }] : [];
  });
  // Nodes that are there to say what comes out are heard before others that happen to be ends.
  const chosen = reached.some(({ isOutput }) => isOutput) ? reached.filter(({ isOutput }) => isOutput) : reached;
  const ends = chosen.map(({ row }) => row);
  const [only] = ends;
  if (!only) return NOTHING;
  if (ends.length === 1) return valueOf(values, runId, only);
  const bytes = ends.reduce((sum, row) => sum + row.bytes, 0);
  if (bytes > OUTPUT_BYTES) {
    throw new NodeError(
      'output_too_large',
      `The outputs have ${bytes} bytes together; at most ${OUTPUT_BYTES} are kept.`,
      {
        details: { bytes, limit: OUTPUT_BYTES },
      },
    );
  }
  return values.keep(objectKey, await joinEnds(runId, values, ends));
}

const valueOf = (values: Values, runId: string, { order, objectKey, bytes }: NodeRow): Value => ({
  text: objectKey === null && bytes > 0 ? values.textOf(runId, order) : null,
  objectKey,
  bytes,
});
