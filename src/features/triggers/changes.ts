import { isDeepStrictEqual } from 'node:util';
import { accessTokenOf, requireUser, type Actor } from '../../core/actor.ts';
import type { TriggerChanges } from './schemas.ts';

/** What is given and differs from what is there. */
export function differing<T extends object>(row: T, given: Partial<T>): Partial<T> {
  const entries = Object.entries(given).filter(
    ([field, value]) => value !== undefined && !isDeepStrictEqual(value, row[field as keyof T]),
  );
  return Object.fromEntries(entries) as Partial<T>;
}

/** The columns that every trigger has, each with the name of its field at the API. */
export const TRIGGER_FIELDS = {
  name: 'name',
  isActive: 'is_active',
  workflowVersion: 'workflow_version',
  priority: 'priority',
  timeoutSeconds: 'timeout_seconds',
  grantedVariables: 'granted_variables',
} as const;

/** The fields of a row that changes alter, by their names at the API; columns without one are told to nobody. */
export const alteredFields = <T extends object>(
  row: T,
  changes: Partial<T>,
  names: Partial<Record<keyof T, string>>,
): string[] => Object.keys(differing(row, changes)).flatMap((column) => names[column as keyof T] ?? []);

/** The columns that every trigger has, of the fields that are given. */
export const columnsOf = (input: TriggerChanges) => ({
  name: input.name,
  isActive: input.is_active,
  workflowVersion: input.workflow_version,
  priority: input.priority,
  timeoutSeconds: input.timeout_seconds,
  grantedVariables: input.granted_variables && [...new Set(input.granted_variables)],
});

type Columns = ReturnType<typeof columnsOf>;

/** The same of a new one, which is for whoever makes it. */
export function newColumns(actor: Actor, input: Required<TriggerChanges>) {
  const createdBy = requireUser(actor).id;
  const columns = columnsOf(input) as { [C in keyof Columns]: Exclude<Columns[C], undefined> };
  return { ...columns, createdBy, actsFor: createdBy, accessTokenId: accessTokenOf(actor) };
}

type Answering = { actsFor: string | null; accessTokenId: string | null; grantedVariables: string[] };

/**
 * Whoever changes a trigger answers for it from then on. What somebody before has granted of theirs is no grant of this
 * one's.
 */
export function answeringFor(actor: Actor, row: Answering, given: string[] | undefined): Answering {
  const actsFor = requireUser(actor).id;
  const kept = actsFor === row.actsFor ? row.grantedVariables : [];
  return { actsFor, accessTokenId: accessTokenOf(actor), grantedVariables: given ?? kept };
}
