import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Permission } from '../../core/permissions.ts';
import { createdAt, id, moment } from '../columns.ts';
import { userId, workspaceId } from './owners.ts';

/**
 * Tokens that people make for programs, each for one workspace and some of its permissions. Only a hash is kept, and the
 * last four characters, by which their owner tells them apart.
 */
export const personalTokens = pgTable(
  'personal_access_tokens',
  {
    id: id(),
    userId: userId(),
    workspaceId: workspaceId(),
    name: text('name').notNull(),
    tokenHash: text('token_hash').notNull(),
    hint: text('hint').notNull(),
    scopes: text('scopes').array().$type<Permission[]>().notNull(),
    expiresAt: moment('expires_at').notNull(),
    lastUsedAt: moment('last_used_at'),
    revokedAt: moment('revoked_at'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('personal_access_tokens_token_hash_key').on(t.tokenHash),
    index('personal_access_tokens_user_id_idx').on(t.userId, t.createdAt, t.id),
    index('personal_access_tokens_workspace_id_idx').on(t.workspaceId),
    index('personal_access_tokens_expires_at_idx').on(t.expiresAt),
  ],
);

/**
 * Tickets for one connection each, as a stand-in for the credential that asked for them: they hold for as long as it
 * does. Using one deletes its row; only a hash is kept.
 */
export const socketTickets = pgTable(
  'socket_tickets',
  {
    ticketHash: text('ticket_hash').primaryKey(),
    userId: userId(),
    /** Exactly one of these, as in a request; no foreign keys, because using the ticket looks them up anyway. */
    sessionId: uuid('session_id'),
    tokenId: uuid('token_id'),
    passwordDigest: text('password_digest'),
    /** When the credential ends by itself. */
    credentialExpiresAt: moment('credential_expires_at'),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [
    index('socket_tickets_user_id_idx').on(t.userId),
    index('socket_tickets_expires_at_idx').on(t.expiresAt),
    check('socket_tickets_one_credential', sql`num_nonnulls(${t.sessionId}, ${t.tokenId}, ${t.passwordDigest}) = 1`),
  ],
);
