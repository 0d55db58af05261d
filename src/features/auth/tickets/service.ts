import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { createTicket, TICKET_SECONDS } from '../tokens/ticket.ts';
import { insertTicket } from './queries.ts';
import type { SocketTicket } from './schemas.ts';

/** Makes a ticket that opens one connection, with the rights of what the caller came with and no longer than it. */
export async function issueTicket(ctx: Ctx): Promise<SocketTicket> {
  if (ctx.actor.kind !== 'user') throw new AppError('unauthenticated');
  const { user, credential } = ctx.actor;
  const { ticket, ticketHash } = createTicket();
  const kept = await insertTicket(ctx.db, { ticketHash, userId: user.id, credential, seconds: TICKET_SECONDS });
  if (!kept) throw new AppError('unauthenticated');
  return { ticket, expires_at: kept.expiresAt.toISOString(), expires_in: TICKET_SECONDS };
}
