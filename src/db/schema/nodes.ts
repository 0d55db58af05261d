import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, tsvector, updatedAt } from '../columns.ts';
import type { JsonObject } from './executions.ts';
import { createdBy, workspaceId } from './owners.ts';
import { rating, ratingRules } from './ratings.ts';

export const NODE_KINDS = [
  'llm',
  'transform',
  'api',
  'condition',
  'trigger',
  'operation',
  'flow',
  'input',
  'output',
  'file_processor',
] as const;

export const REUSABLE_NODE_STATUSES = ['draft', 'published', 'deprecated', 'private'] as const;

/** Nodes that somebody has defined to be used in many workflows. */
export const nodes = pgTable(
  'nodes',
  {
    id: id(),
    workspaceId: workspaceId(),
    createdBy: createdBy(),
    name: text('name').notNull(),
    description: text('description'),
    type: text('type', { enum: NODE_KINDS }).notNull(),
    category: text('category'),
    isPublic: boolean('is_public').notNull().default(false),
    status: text('status', { enum: REUSABLE_NODE_STATUSES }).notNull().default('draft'),
    icon: text('icon').notNull().default('🔧'),
    color: text('color').notNull().default('#6366f1'),
    /** Raised by every change; shown as `1.0.n`. */
    version: integer('version').notNull().default(1),
    codeTemplate: text('code_template').notNull(),
    inputSchema: jsonb('input_schema').$type<JsonObject>().notNull().default({}),
    outputSchema: jsonb('output_schema').$type<JsonObject>().notNull().default({}),
    parametersSchema: jsonb('parameters_schema').$type<JsonObject>(),
    documentation: text('documentation'),
    examples: jsonb('examples').$type<JsonObject[]>().notNull().default([]),
    downloadsCount: integer('downloads_count').notNull().default(0),
    /** Added to when executions that used it are recorded. */
    usageCount: integer('usage_count').notNull().default(0),
    /** Kept by a trigger on node_ratings. */
    ratingCount: integer('rating_count').notNull().default(0),
    ratingTotal: integer('rating_total').notNull().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    searchable: tsvector('searchable')
      .notNull()
      .generatedAlwaysAs(
        sql`to_tsvector('simple', lower(name || ' ' || coalesce(description, '') || ' ' || coalesce(category, '')))`,
      ),
  },
  (t) => [
    index('nodes_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('nodes_public_idx')
      .on(t.createdAt, t.id)
      .where(sql`${t.isPublic}`),
    index('nodes_created_by_idx').on(t.createdBy),
    index('nodes_category_idx')
      .on(t.category)
      .where(sql`${t.isPublic}`),
    index('nodes_searchable_idx').using('gin', t.searchable),
  ],
);

/** What people think of public nodes, each once. */
export const nodeRatings = pgTable(
  'node_ratings',
  {
    nodeId: uuid('node_id')
      .notNull()
      .references(() => nodes.id, { onDelete: 'cascade' }),
    ...rating(),
  },
  (t) => [primaryKey({ columns: [t.nodeId, t.userId] }), ...ratingRules('node_ratings', t)],
);
