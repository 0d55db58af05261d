import { findUnstorable } from '../../../core/storable.ts';
import { NodeError } from './node-type.ts';

/**
 * A value as the database can keep it: characters that it refuses, which servers and models may send, become U+FFFD.
 * @throws {NodeError} `output_too_deep`
 */
export function toStorable(value: unknown): unknown {
  // Most have nothing to mend, and are not copied.
  const fault = findUnstorable(value);
  if (!fault) return value;
  const mended = mend(value);
  const left = findUnstorable(mended);
  if (left) throw new NodeError('output_too_deep', `The output ${left.reason}.`);
  return mended;
}

/** Nothing below this is kept, so that nothing below it is walked. */
const DEPTH_LIMIT = 100;

function mend(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd');
  if (typeof value !== 'object' || value === null || depth > DEPTH_LIMIT) return value;
  if (Array.isArray(value)) return value.map((item) => mend(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [mend(name), mend(field, depth + 1)]));
}
