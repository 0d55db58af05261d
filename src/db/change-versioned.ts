import { AppError } from '../core/errors.ts';
import { toRefusal } from './refusals.ts';

/** However often others come in between: each of them got through. */
const ATTEMPTS = 5;

/**
 * Reads, decides and writes, if nobody has changed it in between; else again, unless the caller means a version.
 * @param versions that the caller means; null for any
 * @param decide gives null where nothing is to be changed
 * @param write refuses with `precondition_failed` where the row has another version by then
 * @throws {AppError} `precondition_failed`, and whatever the three throw
 */
export async function changeVersioned<Row extends { version: number }, Changes>(
  versions: number[] | null,
  read: () => Promise<Row>,
  decide: (row: Row) => Promise<Changes | null> | Changes | null,
  write: (row: Row, changes: Changes) => Promise<Row>,
): Promise<Row> {
  for (let attempt = 1; ; attempt++) {
    const row = await read();
    if (versions !== null && !versions.includes(row.version)) throw new AppError('precondition_failed');
    const changes = await decide(row);
    if (changes === null) return row;
    try {
      return await write(row, changes);
    } catch (error) {
      const isOutrun = toRefusal(error)?.code === 'precondition_failed';
      if (!isOutrun || versions !== null || attempt === ATTEMPTS) throw error;
    }
  }
}
