import { boolean, index, integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { createdAt } from '../columns.ts';
import { workflowExecutions } from './executions.ts';
import { users } from './identity.ts';
import { workflows } from './workflows.ts';
import { workspaces } from './workspaces.ts';

/** Executions that repeated another one with a version of its workflow, and whether the same came of it. */
export const workflowReplays = pgTable(
  'workflow_replays',
  {
    executionId: uuid('execution_id')
      .primaryKey()
      .references(() => workflowExecutions.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    workflowId: uuid('workflow_id')
      .notNull()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    sourceExecutionId: uuid('source_execution_id').notNull(),
    /** Null until it has ended. */
    isEqual: boolean('is_equal'),
    differences: integer('differences').notNull().default(0),
    createdBy: uuid('created_by').references(() => users.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
  },
  (t) => [
    index('workflow_replays_version_idx').on(t.workflowId, t.version),
    index('workflow_replays_workspace_id_idx').on(t.workspaceId),
    index('workflow_replays_created_by_idx').on(t.createdBy),
  ],
);
