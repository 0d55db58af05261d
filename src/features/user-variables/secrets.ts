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

/** What may be shown of the value. One that cannot be opened is masked whole, so that its owner can still replace it. */
export async function maskValue(ctx: Ctx, row: SealedRow): Promise<string> {
  try {
    return maskSecret(await openValue(ctx, row));
  } catch (error) {
    noteUnreadable(row, error);
    return MASK;
  }
}

/** Logs a value that cannot be opened, for the operators. @throws any other error */
export function noteUnreadable(row: SealedRow, error: unknown): void {
  if (!(error instanceof SecretUnreadable)) throw error;
  logEvent('error', 'secret_unreadable', { table: 'user_variables', row_id: row.id, reason: error.message });
}
