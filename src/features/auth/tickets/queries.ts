import { sql } from 'drizzle-orm';
import type { Credential } from '../../../core/actor.ts';
import type { Database } from '../../../db/client.ts';
import { deleteBefore } from '../../../db/purge.ts';
import { socketTickets } from '../../../db/schema/index.ts';

/** Keeps a ticket that stands for the credential; no row where the account is just being deleted. */
export async function insertTicket(
  db: Database,
  ticket: { ticketHash: string; userId: string; credential: Credential; seconds: number },
): Promise<{ expiresAt: Date } | undefined> {
  const { credential } = ticket;
  const sessionId = credential.kind === 'session' ? credential.id : null;
  const tokenId = credential.kind === 'token' ? credential.id : null;
  const digest = credential.kind === 'password' ? credential.digest : null;
  const { rows } = await db.execute<{ expires_at: string }>(sql`
    insert into ${socketTickets}
      (ticket_hash, user_id, session_id, token_id, password_digest, credential_expires_at, expires_at)
    select ${ticket.ticketHash}, id, ${sessionId}::uuid, ${tokenId}::uuid, ${digest}::text,
      ${credential.expiresAt?.toISOString() ?? null}::timestamptz, now() + make_interval(secs => ${ticket.seconds})
    from users where id = ${ticket.userId}
    for key share
    returning expires_at
  `);
  return rows[0] && { expiresAt: new Date(rows[0].expires_at) };
}

/** Deletes up to `limit` tickets that nobody used in time; returns how many. */
export const deleteExpiredTickets = (db: Database, before: Date, limit: number): Promise<number> =>
  deleteBefore(db, { key: socketTickets.ticketHash, time: socketTickets.expiresAt }, before, limit);
