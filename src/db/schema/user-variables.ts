import { sql } from 'drizzle-orm';
import { boolean, foreignKey, index, pgTable, text, uniqueIndex, uuid, integer } from 'drizzle-orm/pg-core';
import { createdAt, id, updatedAt } from '../columns.ts';
import { workspaceMembers } from './workspaces.ts';

/**
 * Secrets and settings that a member keeps for what runs in a workspace. They belong to the member there: the key to
 * the membership erases them when it ends, so that nobody's key is used where its owner may no longer look.
 */
export const userVariables = pgTable(
  'user_variables',
  {
    id: id(),
    workspaceId: uuid('workspace_id').notNull(),
    createdBy: uuid('created_by').notNull(),
    key: text('key').notNull(),
    /** `keyId.ciphertext`, bound to this table, row and workspace: see core/keyring.ts. */
    sealedValue: text('sealed_value').notNull(),
    category: text('category'),
    description: text('description'),
    isActive: boolean('is_active').notNull().default(true),
    /** Rises with every change that its owner makes; the ETag. */
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    foreignKey({
      name: 'user_variables_member_fk',
      columns: [t.workspaceId, t.createdBy],
      foreignColumns: [workspaceMembers.workspaceId, workspaceMembers.userId],
    }).onDelete('cascade'),
    uniqueIndex('user_variables_owner_key').on(t.workspaceId, t.createdBy, t.key),
    // Finds what a former key still has to open.
    index('user_variables_sealed_with_idx').on(sql`split_part(${t.sealedValue}, '.', 1)`, t.id),
  ],
);
