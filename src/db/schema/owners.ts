import { uuid } from 'drizzle-orm/pg-core';
import { users } from './identity.ts';
import { workspaces } from './workspaces.ts';

/** The workspace that has the row, which goes with it. */
export const workspaceId = () =>
  uuid('workspace_id')
    .notNull()
    .references(() => workspaces.id, { onDelete: 'cascade' });

/** The account that has the row, which goes with it. */
export const userId = () =>
  uuid('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' });

/** Whoever made it; null once that account is deleted. */
export const createdBy = () => uuid('created_by').references(() => users.id, { onDelete: 'set null' });
