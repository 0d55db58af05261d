import type { RunSpec } from './types.ts';

/** The input that a request gave for a node in place of what would come in; null where it gave none. */
export function givenInput({ origin }: RunSpec, nodeKey: string): { input: unknown } | null {
  const inputs = origin.restart?.inputs;
  return inputs && Object.hasOwn(inputs, nodeKey) ? { input: inputs[nodeKey] } : null;
}
