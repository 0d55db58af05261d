import { AppError } from './errors.ts';
import { isUuid } from './ids.ts';

/** A place in a list that is sorted by one of its fields: the value there, and the id among equal values. */
export type SortedPosition = { value: string; id: string };

/** `order` names the sorting, so that a cursor of one is not taken for a place in another. */
export function encodeSortedCursor(order: string, { value, id }: SortedPosition): string {
  return Buffer.from(JSON.stringify([order, value, id])).toString('base64url');
}

/** @throws {AppError} `validation_failed` when the text is no cursor of ours for this order. */
export function decodeSortedCursor(order: string, cursor: string): SortedPosition {
  try {
    const [given, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (given === order && typeof value === 'string' && typeof id === 'string' && isUuid(id)) return { value, id };
  } catch {
    // Falls through: anything unreadable is one and the same fault.
  }
  throw new AppError('validation_failed', {
    fields: [{ loc: ['query', 'cursor'], msg: 'is not a cursor that this API gave for this order', type: 'cursor' }],
  });
}
