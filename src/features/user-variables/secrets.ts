import { SecretUnreadable, type SecretPlace } from '../../core/keyring.ts';
import { logEvent } from '../../core/log.ts';
import type { Ctx } from '../../context.ts';
import { MASK, maskSecret } from './masking.ts';
import type { SealedRow } from './queries.ts';

const placeOf = (id: string, workspaceId: string): SecretPlace => ({
  table: 'user_variables',
  row: id,
  workspace: workspaceId,
});

export function sealValue(ctx: Ctx, row: { id: string; workspaceId: string }, value: string): Promise<string> {
  return ctx.keyring.seal(value, placeOf(row.id, row.workspaceId));
}

/** The value in clear: for use in a request, never for an answer. @throws {SecretUnreadable} */
export function openValue(ctx: Ctx, row: SealedRow): Promise<string> {
  return ctx.keyring.open(row.sealedValue, placeOf(row.id, row.workspaceId));
}

/**
 * What may be shown of values, in their order. One that cannot be opened is masked whole, so that its owner can still
 * replace it; operators find it in the log.
 */
export async function maskValues(ctx: Ctx, rows: readonly SealedRow[]): Promise<string[]> {
  const unreadable: SealedRow[] = [];
  const masked = await Promise.all(
    rows.map(async (row) => {
      try {
        return maskSecret(await openValue(ctx, row));
      } catch (error) {
        assertUnreadable(error);
        unreadable.push(row);
        return MASK;
      }
    }),
  );
  noteUnreadable(unreadable);
  return masked;
}

/** @throws any error but that a secret cannot be opened */
export function assertUnreadable(error: unknown): asserts error is SecretUnreadable {
  if (!(error instanceof SecretUnreadable)) throw error;
}

/** Tells the operators of values that cannot be opened, in one line. */
export function noteUnreadable(rows: readonly SealedRow[]): void {
  if (rows.length === 0) return;
  const rowIds = rows.slice(0, 20).map(({ id }) => id);
  logEvent('error', 'secrets_unreadable', { table: 'user_variables', count: rows.length, row_ids: rowIds });
}
