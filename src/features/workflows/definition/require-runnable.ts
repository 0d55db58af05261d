import { AppError } from '../../../core/errors.ts';
import { quote } from './fault.ts';
import type { WrittenDefinition } from './read-definition.ts';
import { validateDefinition } from './validate-definition.ts';

/** Faults that a refusal names. */
const NAMED = 50;

/**
 * Lets a definition pass that can be run, given the names of variables that have a value where those are known.
 * @throws {AppError} `validation_failed`, naming node and field of each fault
 */
export function requireRunnable(definition: WrittenDefinition, variables?: ReadonlySet<string>): void {
  const { errors } = validateDefinition(definition, { variables });
  if (errors.length === 0) return;
  throw new AppError('validation_failed', {
    fields: errors.slice(0, NAMED).map(({ path, nodeId, message, code }) => ({
      loc: ['definition', ...path],
      // The path counts nodes; people know them by their ids.
      msg: nodeId === null ? message : `node ${quote(nodeId)}: ${message}`,
      type: code,
    })),
  });
}
