import { boolean, index, integer, jsonb, pgTable, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { users } from './identity.ts';
import { createdBy, workspaceId } from './owners.ts';
import { workspaces } from './workspaces.ts';

/** OpenAI-compatible endpoints that workspaces have added for themselves; called with their key, and billed to nobody. */
export const llmEndpoints = pgTable(
  'llm_endpoints',
  {
    id: id(),
    workspaceId: workspaceId(),
    createdBy: createdBy(),
    /** What requests call it by, as their provider. */
    name: text('name').notNull(),
    baseUrl: text('base_url').notNull(),
    /** Null for one that takes none. */
    sealedKey: text('sealed_key'),
    models: jsonb('models').$type<EndpointModel[]>().notNull().default([]),
    isActive: boolean('is_active').notNull().default(true),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIndex('llm_endpoints_name_key').on(t.workspaceId, t.name),
    index('llm_endpoints_created_by_idx').on(t.createdBy),
    index('llm_endpoints_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
  ],
);

/** What a workspace says of a model of its own endpoint; prices in US dollars per token, as exact decimals. */
export type EndpointModel = {
  name: string;
  kind: 'chat' | 'embedding';
  contextWindow: number | null;
  maxOutputTokens: number | null;
  capabilities: ('tools' | 'vision' | 'reasoning')[];
  costPerTokenInput: string | null;
  costPerTokenOutput: string | null;
};

/** How a workspace wants its calls to models to be treated; one without a row has the defaults. */
export const llmSettings = pgTable('llm_settings', {
  workspaceId: uuid('workspace_id')
    .primaryKey()
    .references(() => workspaces.id, { onDelete: 'cascade' }),
  /** For how many days prompts and answers are kept with the usage log; 0 keeps none. */
  keepContentDays: smallint('keep_content_days').notNull().default(0),
  updatedBy: uuid('updated_by').references(() => users.id, { onDelete: 'set null' }),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** What was asked and answered in a call, where the workspace wants it kept; gone once it expires. */
export const llmCallContents = pgTable(
  'llm_call_contents',
  {
    callId: uuid('call_id').primaryKey(),
    workspaceId: workspaceId(),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    request: jsonb('request').notNull(),
    response: jsonb('response').notNull(),
    expiresAt: moment('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    index('llm_call_contents_expires_at_idx').on(t.expiresAt),
    index('llm_call_contents_workspace_id_idx').on(t.workspaceId),
    index('llm_call_contents_created_by_idx').on(t.createdBy),
  ],
);
