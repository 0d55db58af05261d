import { sql } from 'drizzle-orm';
import { boolean, index, integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { createdAt } from '../columns.ts';
import { workflowExecutions } from './executions.ts';
import { createdBy, workspaceId } from './owners.ts';
import { workflows } from './workflows.ts';

/** What replays have shown of versions: whether they do what was done before. */
export const workflowReplays = pgTable(
  'workflow_replays',
  {
    /** The replay. */
    executionId: uuid('execution_id')
      .primaryKey()
      .references(() => workflowExecutions.id, { onDelete: 'cascade' }),
    workspaceId: workspaceId(),
    workflowId: uuid('workflow_id')
      .notNull()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    /** What it repeats, which may be deleted since. */
    sourceExecutionId: uuid('source_execution_id').notNull(),
    /** The version that was at work there; null where it was not that version as it is. */
    sourceVersion: integer('source_version'),
    /** Null until it has ended and is compared. */
    isEqual: boolean('is_equal'),
    differences: integer('differences'),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [
    index('workflow_replays_version_idx').on(t.workflowId, t.version, t.createdAt),
    index('workflow_replays_workspace_id_idx').on(t.workspaceId),
    index('workflow_replays_source_idx').on(t.sourceExecutionId),
    index('workflow_replays_created_by_idx').on(t.createdBy),
    index('workflow_replays_open_idx')
      .on(t.createdAt)
      .where(sql`${t.isEqual} is null`),
  ],
);
