import { createCheckedSecret, isCheckedSecret } from '../../../core/checked-secret.ts';
import { sha256 } from '../../../core/crypto.ts';

const PREFIX = 'syn_tkt_';

/** Long enough to open a connection with, too short to be found in a log in time. */
export const TICKET_SECONDS = 30;

/** A new ticket and what is stored of it. */
export function createTicket(): { ticket: string; ticketHash: string } {
  const ticket = createCheckedSecret(PREFIX);
  return { ticket, ticketHash: sha256(ticket) };
}

/** The hash under which a ticket would be stored; null for what cannot be one, without asking the database. */
export const readTicket = (text: string): string | null => (isCheckedSecret(text, PREFIX) ? sha256(text) : null);
