import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { users } from './identity.ts';
import { workspaceId } from './owners.ts';
import { projects } from './projects.ts';
import { memberRole } from './workspaces.ts';

/** An offer of membership to one address. Its token is sent by mail; only a hash is kept. */
export const workspaceInvitations = pgTable(
  'workspace_invitations',
  {
    id: id(),
    workspaceId: workspaceId(),
    inviterId: uuid('inviter_id').references(() => users.id, { onDelete: 'set null' }),
    /** In lower case. */
    email: text('email').notNull(),
    role: memberRole('role').notNull(),
    message: text('message'),
    tokenHash: text('token_hash').notNull(),
    status: text('status', { enum: ['pending', 'accepted', 'declined', 'expired', 'cancelled'] })
      .notNull()
      .default('pending'),
    /** The mail of the outbox that brought the present token. */
    mailId: uuid('mail_id').notNull(),
    acceptedBy: uuid('accepted_by').references(() => users.id, { onDelete: 'set null' }),
    expiresAt: moment('expires_at').notNull(),
    respondedAt: moment('responded_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIndex('workspace_invitations_token_hash_key').on(t.tokenHash),
    uniqueIndex('workspace_invitations_one_pending')
      .on(t.workspaceId, t.email)
      .where(sql`${t.status} = 'pending'`),
    index('workspace_invitations_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('workspace_invitations_email_idx').on(t.email, t.createdAt, t.id),
    index('workspace_invitations_expires_at_idx')
      .on(t.expiresAt)
      .where(sql`${t.status} = 'pending'`),
    index('workspace_invitations_closed_idx')
      .on(t.updatedAt)
      .where(sql`${t.status} <> 'pending'`),
    index('workspace_invitations_inviter_id_idx').on(t.inviterId),
    index('workspace_invitations_accepted_by_idx').on(t.acceptedBy),
    check('workspace_invitations_email_lower', sql`${t.email} = lower(${t.email})`),
  ],
);

/** Rights in a project that come with the membership. */
export const invitationProjects = pgTable(
  'workspace_invitation_projects',
  {
    invitationId: uuid('invitation_id')
      .notNull()
      .references(() => workspaceInvitations.id, { onDelete: 'cascade' }),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    canEdit: boolean('can_edit').notNull().default(false),
    canComment: boolean('can_comment').notNull().default(true),
    canShare: boolean('can_share').notNull().default(false),
    canDelete: boolean('can_delete').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.invitationId, t.projectId] }),
    index('workspace_invitation_projects_project_id_idx').on(t.projectId),
  ],
);
