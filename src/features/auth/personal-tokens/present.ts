import type { TokenRow } from './queries.ts';
import type { PersonalToken } from './schemas.ts';

/** A token as its owner sees it. */
export function presentToken(row: TokenRow): PersonalToken {
  return {
    id: row.id,
    name: row.name,
    workspace_id: row.workspaceId,
    scopes: row.scopes,
    hint: row.hint,
    status: statusOf(row),
    expires_at: row.expiresAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

function statusOf({ revokedAt, expiresAt }: TokenRow): PersonalToken['status'] {
  if (revokedAt) return 'revoked';
  return expiresAt.getTime() <= Date.now() ? 'expired' : 'active';
}
