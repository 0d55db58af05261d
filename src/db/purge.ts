/** Rows that one statement may delete, so that it ends well within its time. */
const ROWS_PER_STATEMENT = 5_000;

/** Beyond it the rest waits for the next run. */
const STATEMENTS_PER_RUN = 100;

/** Deletes in portions until none is left; `deletePortion` deletes at most `limit` rows and returns how many. */
export async function purge(deletePortion: (limit: number) => Promise<number>): Promise<void> {
  for (let i = 0; i < STATEMENTS_PER_RUN; i++) {
    if ((await deletePortion(ROWS_PER_STATEMENT)) < ROWS_PER_STATEMENT) return;
  }
}
