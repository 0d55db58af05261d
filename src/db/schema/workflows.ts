import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { createdAt, id, moment, tsvector, updatedAt } from '../columns.ts';
import { users } from './identity.ts';
import { createdBy, workspaceId } from './owners.ts';
import { rating, ratingRules } from './ratings.ts';

/** What a workflow does: steps, and what leads from one to another. */
export type WorkflowDefinition = { nodes: unknown[]; connections: unknown[]; [key: string]: unknown };

/** What a workflow is to its readers. It runs in each of these states but `archived` and `paused`. */
export const WORKFLOW_STATUSES = [
  'draft',
  'published',
  'active',
  'paused',
  'completed',
  'failed',
  'archived',
  'deprecated',
] as const;

export const workflows = pgTable(
  'workflows',
  {
    id: id(),
    workspaceId: workspaceId(),
    createdBy: createdBy(),
    name: text('name').notNull(),
    description: text('description'),
    category: text('category'),
    tags: text('tags')
      .array()
      .notNull()
      .default(sql`'{}'`),
    isPublic: boolean('is_public').notNull().default(false),
    status: text('status', { enum: WORKFLOW_STATUSES }).notNull().default('draft'),
    thumbnailUrl: text('thumbnail_url'),
    definition: jsonb('definition').$type<WorkflowDefinition>().notNull(),
    /** What it takes of the workspace's storage. */
    sizeBytes: bigint('size_bytes', { mode: 'number' })
      .notNull()
      .generatedAlwaysAs(sql`octet_length(definition::text)`),
    /** Raised by every change of the definition; a trigger keeps each one in workflow_versions. */
    version: integer('version').notNull().default(1),
    /** What runs where no version is named; null where nothing is published, so that the present version does. */
    publishedVersion: integer('published_version'),
    /** Whether a version is published only once a replay of it has passed. */
    publishRequiresReplay: boolean('publish_requires_replay').notNull().default(false),
    /** Who made the definition what it is. */
    updatedBy: uuid('updated_by').references(() => users.id, { onDelete: 'set null' }),
    /** Executions of it that may run at once; null for as many as the workspace may have. */
    maxConcurrentExecutions: smallint('max_concurrent_executions'),
    downloadsCount: integer('downloads_count').notNull().default(0),
    /** Kept by a trigger on workflow_ratings. */
    ratingCount: integer('rating_count').notNull().default(0),
    ratingTotal: integer('rating_total').notNull().default(0),
    /** Added to when executions are recorded as ended. */
    executionCount: integer('execution_count').notNull().default(0),
    lastExecutedAt: moment('last_executed_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    /** In lower case by the database's own rules: the dictionary knows those of English alone. */
    searchable: tsvector('searchable')
      .notNull()
      .generatedAlwaysAs(
        sql`to_tsvector('simple', lower(name || ' ' || coalesce(description, '') || ' ' || coalesce(category, '')))`,
      ),
  },
  (t) => [
    index('workflows_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('workflows_public_idx')
      .on(t.createdAt, t.id)
      .where(sql`${t.isPublic}`),
    index('workflows_created_by_idx').on(t.createdBy),
    index('workflows_updated_by_idx').on(t.updatedBy),
    index('workflows_searchable_idx').using('gin', t.searchable),
    index('workflows_tags_idx').using('gin', t.tags),
    // What refers to a workflow refers to its workspace too, so that both are always the same, also after a move.
    unique('workflows_workspace_key').on(t.id, t.workspaceId),
    check(
      'workflows_definition',
      sql`coalesce(jsonb_typeof(${t.definition} -> 'nodes') = 'array' and jsonb_typeof(${t.definition} -> 'connections') = 'array', false)`,
    ),
  ],
);

/** Every definition that a workflow has had; written by a trigger, never changed but for its note. */
export const workflowVersions = pgTable(
  'workflow_versions',
  {
    workflowId: uuid('workflow_id').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    version: integer('version').notNull(),
    definition: jsonb('definition').$type<WorkflowDefinition>().notNull(),
    /** What changed, in the words of whoever changed it. */
    note: text('note'),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.workflowId, t.version] }),
    foreignKey({
      name: 'workflow_versions_workflow_fk',
      columns: [t.workflowId, t.workspaceId],
      foreignColumns: [workflows.id, workflows.workspaceId],
    })
      .onUpdate('cascade')
      .onDelete('cascade'),
    index('workflow_versions_workspace_id_idx').on(t.workspaceId),
    index('workflow_versions_created_by_idx').on(t.createdBy),
  ],
);

/** What people think of public workflows, each once. */
export const workflowRatings = pgTable(
  'workflow_ratings',
  {
    workflowId: uuid('workflow_id')
      .notNull()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    ...rating(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.userId] }), ...ratingRules('workflow_ratings', t)],
);
