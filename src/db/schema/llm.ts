import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { createdBy, workspaceId } from './owners.ts';

/** Prices per token in US dollars; ten decimals hold a hundredth of a cent per million tokens. */
const pricePerToken = (name: string) => numeric(name, { precision: 18, scale: 12 });
const amountUsd = (name: string) => numeric(name, { precision: 20, scale: 12 });

/** The model catalogue: the single source of models, capabilities and prices. */
export const llms = pgTable(
  'llms',
  {
    id: id(),
    name: text('name').notNull(),
    provider: text('provider').notNull(),
    displayName: text('display_name').notNull(),
    /** What it answers with: a text, or vectors. */
    kind: text('kind', { enum: ['chat', 'embedding'] })
      .notNull()
      .default('chat'),
    modelVersion: text('model_version'),
    costPerTokenInput: pricePerToken('cost_per_token_input'),
    costPerTokenOutput: pricePerToken('cost_per_token_output'),
    contextWindow: integer('context_window'),
    maxTokensSupported: integer('max_tokens_supported'),
    supportsFunctionCalling: boolean('supports_function_calling').notNull().default(false),
    supportsVision: boolean('supports_vision').notNull().default(false),
    supportsReasoning: boolean('supports_reasoning').notNull().default(false),
    supportsStreaming: boolean('supports_streaming').notNull().default(true),
    /** Whether it goes on with an answer that the request has begun. */
    supportsAssistantPrefill: boolean('supports_assistant_prefill').notNull().default(false),
    isActive: boolean('is_active').notNull().default(true),
    status: text('status', { enum: ['active', 'inactive', 'maintenance', 'deprecated'] })
      .notNull()
      .default('active'),
    /** Where the prices were read, and when. */
    priceSource: text('price_source'),
    pricedOn: date('priced_on'),
    /** From when on the provider advises against it, and from when on it is gone. */
    deprecatedOn: date('deprecated_on'),
    retiredOn: date('retired_on'),
    metadata: jsonb('llm_metadata').$type<Record<string, unknown>>(),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [uniqueIndex('llms_provider_name_key').on(t.provider, t.name)],
);

/** What changed in the catalogue, written by a trigger whoever changed it. */
export const llmCatalogChanges = pgTable(
  'llm_catalog_changes',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    llmId: uuid('llm_id').notNull(),
    provider: text('provider').notNull(),
    name: text('name').notNull(),
    change: text('change', { enum: ['added', 'changed', 'removed'] }).notNull(),
    /** The columns that changed, each with its former and its present value. */
    fields: jsonb('fields').$type<Record<string, { from: unknown; to: unknown }>>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('llm_catalog_changes_llm_id_idx').on(t.llmId, t.id)],
);

/** How each model has done in the last 24 hours, by the calls of everybody; recomputed by cron. */
export const llmHealth = pgTable('llm_health', {
  llmId: uuid('llm_id').primaryKey(),
  calls: integer('calls').notNull(),
  /** Calls that failed through no fault of the caller. */
  failedCalls: integer('failed_calls').notNull(),
  averageLatencyMs: integer('average_latency_ms').notNull(),
  /** Of calls that got as far. */
  averageFirstTokenMs: integer('average_first_token_ms'),
  updatedAt: moment('updated_at').notNull(),
});

/** One row, its version raised by a trigger whenever `llms` changes, so that caches can tell old from new. */
export const llmCatalogVersion = pgTable(
  'llm_catalog_version',
  {
    singleton: boolean('singleton').primaryKey().default(true),
    version: bigint('version', { mode: 'number' }).notNull().default(1),
    changedAt: moment('changed_at').notNull().defaultNow(),
  },
  (t) => [check('llm_catalog_version_singleton', sql`${t.singleton}`)],
);

/**
 * A call to a provider, written before the call is made. Its stream object owns the outcome until it is settled here,
 * together with the usage log and the billing event. Prices are those in force when the call began.
 * The ledger keeps ids without foreign keys: it outlives accounts, workspaces and catalogue rows.
 */
export const llmCalls = pgTable(
  'llm_calls',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    createdBy: uuid('created_by').notNull(),
    llmId: uuid('llm_id'),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** `external`: made elsewhere, and noted here afterwards. `shadow`: made beside another call, to compare. */
    operation: text('operation', { enum: ['chat', 'generate', 'embedding', 'shadow', 'external'] }).notNull(),
    /** The workspace's own endpoint that was called, where it was one. */
    endpointId: uuid('endpoint_id'),
    /** What the caller says that it belongs to. */
    conversationId: uuid('conversation_id'),
    messageId: uuid('message_id'),
    /** Of a further attempt: the call that it goes on with, and which attempt it is. Null and 0 for the first. */
    rootCallId: uuid('root_call_id'),
    attempt: smallint('attempt').notNull().default(0),
    /** The route that chose the model. */
    routeId: uuid('route_id'),
    streamed: boolean('streamed').notNull(),
    requestId: text('request_id').notNull(),
    /** The personal access token that it was made with. */
    accessTokenId: uuid('access_token_id'),
    /** Whether budgets counted it when it was made, which may have set something aside for it. */
    hasBudget: boolean('has_budget').notNull().default(false),
    ownKey: boolean('own_key').notNull().default(false),
    priceInput: pricePerToken('price_input').notNull(),
    priceOutput: pricePerToken('price_output').notNull(),
    settings: jsonb('settings').$type<Record<string, unknown>>().notNull().default({}),
    status: text('status', { enum: ['started', 'settled', 'abandoned'] })
      .notNull()
      .default('started'),
    startedAt: moment('started_at').notNull().defaultNow(),
    settledAt: moment('settled_at'),
  },
  (t) => [
    index('llm_calls_unsettled_idx')
      .on(t.startedAt)
      .where(sql`${t.status} = 'started'`),
    index('llm_calls_workspace_id_idx').on(t.workspaceId, t.startedAt),
    // For those who compare all workspaces: rows come in the order of time, of which it takes almost no room to know.
    index('llm_calls_started_at_idx').using('brin', t.startedAt),
    index('llm_calls_access_token_id_idx')
      .on(t.accessTokenId, t.startedAt)
      .where(sql`${t.accessTokenId} is not null`),
    index('llm_calls_root_call_id_idx')
      .on(t.rootCallId)
      .where(sql`${t.rootCallId} is not null`),
  ],
);

/** What calls with keys of the platform may cost in a workspace: together, by one member, or by one access token. */
export const llmBudgets = pgTable(
  'llm_budgets',
  {
    id: id(),
    workspaceId: workspaceId(),
    createdBy: createdBy(),
    scope: text('scope', { enum: ['workspace', 'user', 'access_token'] }).notNull(),
    /** The member or the token; of a workspace's own budget, the workspace. */
    subjectId: uuid('subject_id').notNull(),
    /** In UTC; `total` never begins anew. */
    period: text('period', { enum: ['day', 'month', 'total'] }).notNull(),
    amountUsd: amountUsd('amount_usd').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIndex('llm_budgets_subject_key').on(t.workspaceId, t.scope, t.subjectId, t.period),
    index('llm_budgets_created_by_idx').on(t.createdBy),
    check('llm_budgets_amount', sql`${t.amountUsd} >= 0`),
  ],
);

/** Exactly one line for each call that was started, whichever way it ended. */
export const usageLogs = pgTable(
  'llms_usage_logs',
  {
    id: id(),
    callId: uuid('call_id')
      .notNull()
      .references(() => llmCalls.id),
    workspaceId: uuid('workspace_id').notNull(),
    userId: uuid('user_id').notNull(),
    llmId: uuid('llm_id'),
    messageId: uuid('message_id'),
    conversationId: uuid('conversation_id'),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    inputTokens: integer('input_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    /** `provider`: as the provider reported; `counted`: by the model's tokenizer; `estimated`: by another one. */
    tokenSource: text('token_source', { enum: ['provider', 'counted', 'estimated'] }).notNull(),
    priceInput: pricePerToken('price_input').notNull(),
    priceOutput: pricePerToken('price_output').notNull(),
    costUsd: amountUsd('cost_usd').notNull(),
    latencyMs: integer('latency_ms'),
    firstTokenMs: integer('first_token_ms'),
    apiStatusCode: integer('api_status_code'),
    userApiKeyUsed: boolean('user_api_key_used').notNull(),
    modelSettings: jsonb('model_settings').$type<Record<string, unknown>>().notNull().default({}),
    finishReason: text('finish_reason'),
    errorMessage: text('error_message'),
    status: text('status', { enum: ['success', 'error', 'cancelled', 'interrupted'] }).notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('llms_usage_logs_call_id_key').on(t.callId),
    index('llms_usage_logs_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('llms_usage_logs_user_id_idx').on(t.userId, t.createdAt, t.id),
    index('llms_usage_logs_llm_id_idx').on(t.workspaceId, t.llmId, t.createdAt, t.id),
    index('llms_usage_logs_created_at_idx').on(t.createdAt),
    index('llms_usage_logs_conversation_id_idx')
      .on(t.workspaceId, t.conversationId, t.createdAt)
      .where(sql`${t.conversationId} is not null`),
  ],
);

/**
 * What each model did in each conversation; made of the usage log, so that the two cannot differ. Every upstream call
 * costs, but a call is one message however many of them it took: that of the model that was asked last.
 */
export const conversationTurns = pgView('llms_conversations_turns', {
  workspaceId: uuid('workspace_id').notNull(),
  userId: uuid('user_id').notNull(),
  conversationId: uuid('conversation_id').notNull(),
  llmId: uuid('llm_id'),
  provider: text('provider').notNull(),
  model: text('model').notNull(),
  firstUsedAt: moment('first_used_at').notNull(),
  lastUsedAt: moment('last_used_at').notNull(),
  messageCount: integer('message_count').notNull(),
  totalInputTokens: bigint('total_input_tokens', { mode: 'number' }).notNull(),
  totalOutputTokens: bigint('total_output_tokens', { mode: 'number' }).notNull(),
  totalCostUsd: numeric('total_cost_usd').notNull(),
}).as(sql`
  select u.workspace_id, u.user_id, u.conversation_id, u.llm_id, u.provider, u.model,
    min(u.created_at) as first_used_at, max(u.created_at) as last_used_at,
    (count(*) filter (where not exists (
      select from llm_calls later
      where later.root_call_id = coalesce(c.root_call_id, c.id) and later.attempt > c.attempt
    )))::int as message_count,
    sum(u.input_tokens)::bigint as total_input_tokens, sum(u.output_tokens)::bigint as total_output_tokens,
    sum(u.cost_usd) as total_cost_usd
  from llms_usage_logs u join llm_calls c on c.id = u.call_id
  where u.conversation_id is not null
  group by u.workspace_id, u.user_id, u.conversation_id, u.llm_id, u.provider, u.model`);

export const billingEvents = pgTable(
  'billing_events',
  {
    id: id(),
    workspaceId: uuid('workspace_id').notNull(),
    userId: uuid('user_id').notNull(),
    eventType: text('event_type', { enum: ['usage', 'subscription', 'credit', 'refund'] }).notNull(),
    amountUsd: amountUsd('amount_usd').notNull(),
    description: text('description'),
    usageLogId: uuid('related_usage_log_id').references(() => usageLogs.id),
    metadata: jsonb('billing_metadata').$type<Record<string, unknown>>().notNull().default({}),
    status: text('status', { enum: ['pending', 'completed', 'failed', 'refunded'] }).notNull(),
    processedAt: moment('processed_at'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('billing_events_usage_log_key')
      .on(t.usageLogId)
      .where(sql`${t.eventType} = 'usage'`),
    index('billing_events_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('billing_events_created_at_idx').on(t.createdAt, t.id),
    index('billing_events_user_id_idx').on(t.userId, t.createdAt, t.id),
  ],
);

/** Usage added up by hour, recomputed from the log by cron; a second run of the same hour changes nothing. */
export const usageHourly = pgTable(
  'usage_hourly',
  {
    hour: moment('hour').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    calls: integer('calls').notNull(),
    failedCalls: integer('failed_calls').notNull(),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull(),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull(),
    costUsd: amountUsd('cost_usd').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.hour, t.provider, t.model] }),
    index('usage_hourly_hour_idx').on(t.hour),
  ],
);
