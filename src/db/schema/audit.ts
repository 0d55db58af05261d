import { sql } from 'drizzle-orm';
import {
  bigint,
  customType,
  foreignKey,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { id, moment } from '../columns.ts';
import { userId, workspaceId } from './owners.ts';
import { workspaces } from './workspaces.ts';

const bytea = customType<{ data: string; driverData: string }>({ dataType: () => 'bytea' });

/**
 * What was changed in a workspace, by whom: an append-only chain, in which each entry's hash covers the one before. Only
 * the function `append_audit` writes it, and the Worker's role may only read it. It holds ids and salted digests; the
 * personal texts that those stand for are in {@link auditPersonal}, from where they can be erased.
 */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: id(),
    workspaceId: workspaceId(),
    /** From 1, without gaps, in each workspace. */
    seq: bigint('seq', { mode: 'number' }).notNull(),
    /** Null where the platform itself acted. Not a reference: it stays when the account goes. */
    actorId: uuid('actor_id'),
    /** The other person that it is about. */
    subjectId: uuid('subject_id'),
    action: text('action').notNull(),
    resourceType: text('resource_type').notNull(),
    resourceId: text('resource_id'),
    /** What changed, without personal texts. */
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
    requestId: text('request_id').notNull(),
    /** SHA-256 of salt and personal text, in hexadecimal; null where there is none. */
    actorDigest: text('actor_digest'),
    subjectDigest: text('subject_digest'),
    createdAt: moment('created_at').notNull(),
    previousHash: bytea('previous_hash').notNull(),
    hash: bytea('hash').notNull(),
  },
  (t) => [
    uniqueIndex('audit_entries_seq_key').on(t.workspaceId, t.seq),
    index('audit_entries_actor_idx').on(t.workspaceId, t.actorId, t.seq),
    index('audit_entries_action_idx').on(t.workspaceId, t.action, t.seq),
    index('audit_entries_subject_idx')
      .on(t.workspaceId, t.subjectId, t.seq)
      .where(sql`${t.subjectId} is not null`),
    index('audit_entries_resource_idx').on(t.workspaceId, t.resourceId, t.seq),
    index('audit_entries_created_at_idx').on(t.workspaceId, t.createdAt, t.seq),
  ],
);

/** Who somebody was when an entry was made. Deleted with their account; the entry's digest then stands for nothing. */
export const auditPersonal = pgTable(
  'audit_personal',
  {
    entryId: uuid('entry_id').notNull(),
    part: text('part', { enum: ['actor', 'subject'] }).notNull(),
    userId: userId(),
    salt: text('salt').notNull(),
    content: text('content').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.entryId, t.part] }),
    foreignKey({ name: 'audit_personal_entry_fk', columns: [t.entryId], foreignColumns: [auditEntries.id] }).onDelete(
      'cascade',
    ),
    index('audit_personal_user_id_idx').on(t.userId),
  ],
);

/** The last entry of each workspace's chain; 0 and the hash of the workspace's id before the first. */
export const auditHeads = pgTable('audit_heads', {
  workspaceId: uuid('workspace_id')
    .primaryKey()
    .references(() => workspaces.id, { onDelete: 'cascade' }),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  hash: bytea('hash').notNull(),
});
