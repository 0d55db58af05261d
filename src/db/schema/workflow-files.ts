import { bigint, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment } from '../columns.ts';
import { users } from './identity.ts';
import { createdBy, workspaceId } from './owners.ts';

/** A file that the workflows of a workspace share; what is in it lies in object storage, under a key for each content. */
export const workflowFiles = pgTable(
  'workflow_files',
  {
    id: id(),
    workspaceId: workspaceId(),
    path: text('path').notNull(),
    /** Counts against the workspace's storage. */
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    contentType: text('content_type').notNull(),
    /** SHA-256 of the content, in hex. */
    checksum: text('checksum').notNull(),
    objectKey: text('object_key').notNull(),
    version: integer('version').notNull().default(1),
    createdBy: createdBy(),
    updatedBy: uuid('updated_by').references(() => users.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('workflow_files_path_key').on(t.workspaceId, t.path),
    index('workflow_files_created_by_idx').on(t.createdBy),
    index('workflow_files_updated_by_idx').on(t.updatedBy),
  ],
);
