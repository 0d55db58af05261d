import { AppError } from './errors.ts';
import { isUuid } from './ids.ts';
import { findUnstorable } from './storable.ts';

/** A place in a list that is sorted by one of its fields: the value there, and the id among equal values. */
export type SortedPosition = { value: string; id: string };

/** `order` names the sorting, so that a cursor of one is not taken for a place in another. */
export function encodeSortedCursor(order: string, { value, id }: SortedPosition): string {
  return Buffer.from(JSON.stringify([order, value, id])).toString('base64url');
}

/** What a value must look like by the kind of its field: the database fails on anything else. */
const KINDS = {
  text: (value: string) => findUnstorable(value) === null,
  moment: (value: string) => /^[1-9]\d{3}-/.test(value) && new Date(value).toISOString() === value,
  count: (value: string) => /^\d{1,9}$/.test(value),
};

export type SortedKind = keyof typeof KINDS;

/** @throws {AppError} `validation_failed` when the text is no cursor of ours for this order and kind of field. */
export function decodeSortedCursor(order: string, cursor: string, kind: SortedKind): SortedPosition {
  try {
    const [given, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isPosition = typeof value === 'string' && KINDS[kind](value) && typeof id === 'string' && isUuid(id);
    if (given === order && isPosition) return { value, id };
  } catch {
    // Falls through: anything unreadable is one and the same fault.
  }
  throw new AppError('validation_failed', {
    fields: [{ loc: ['query', 'cursor'], msg: 'is not a cursor that this API gave for this order', type: 'cursor' }],
  });
}
