import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { users } from './identity.ts';
import { createdBy, workspaceId } from './owners.ts';
import { workflows, type WorkflowDefinition } from './workflows.ts';
import { workspaces } from './workspaces.ts';

export const EXECUTION_STATUSES = [
  'pending',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'timeout',
] as const;

export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export const NODE_STATUSES = ['pending', 'running', 'completed', 'failed', 'skipped', 'retry'] as const;

export type NodeStatus = (typeof NODE_STATUSES)[number];

export type JsonObject = Record<string, unknown>;

/** What has an execution begin: somebody's request, a trigger of the workflow, or another execution. */
export const TRIGGER_TYPES = [
  'manual',
  'schedule',
  'webhook',
  'event',
  'workflow',
  'fork',
  'resume',
  'replay',
] as const;

export type TriggerType = (typeof TRIGGER_TYPES)[number];

/** Why a node of an execution runs although the one that it goes on from had it run, or might have had. */
export const RERUN_REASONS = [
  'from',
  'input',
  'config',
  'changed',
  'missing_record',
  'not_completed',
  'follows',
] as const;

export type Rerun = { node: string; reason: (typeof RERUN_REASONS)[number] };

/** How an execution goes on from another one, its parent, or repeats it: all by the ids of nodes. */
export type Restart = {
  /** Where it begins. */
  from: string[];
  /** What runs, of each loop the loop alone; everything else is taken over from the parent. */
  reruns?: Rerun[];
  /** What is taken over, in the same way. */
  reused?: string[];
  /** How many runs of nodes that are. */
  taken?: number;
  /** Inputs in place of those that the nodes would be given. */
  inputs?: Record<string, unknown>;
  /** Fields in place of those of the version's configurations; null for one that is left out. */
  configs?: Record<string, JsonObject>;
  /** What nodes give in a replay without being run, in place of what the parent has of them or where that is nothing. */
  outputs?: Record<string, unknown>;
  /** Whether somebody else edited it, who gets none of the starter's variables. */
  isForeign?: boolean;
  /** What runs in place of a version. */
  definition?: WorkflowDefinition;
};

/**
 * A run of a workflow, in the workspace that runs it, which need not be the workflow's own. Written before it starts and
 * when it has ended; in between its runner knows more.
 */
export const workflowExecutions = pgTable(
  'workflow_executions',
  {
    id: id(),
    workspaceId: workspaceId(),
    workflowId: uuid('workflow_id').references(() => workflows.id, { onDelete: 'cascade' }),
    /** Of the workflow's versions the one that runs; null for executions of before versions were kept. */
    workflowVersion: integer('workflow_version'),
    createdBy: createdBy(),
    /** The token that started it, to which its rights are limited; null where somebody had signed in. */
    accessTokenId: uuid('access_token_id'),
    requestId: text('request_id'),
    status: text('status', { enum: EXECUTION_STATUSES }).notNull().default('pending'),
    /** 1 to 10; the higher the sooner. */
    priority: smallint('priority').notNull().default(5),
    inputData: jsonb('input_data').$type<JsonObject>(),
    contextData: jsonb('context_data').$type<JsonObject>(),
    /** Values that the request gave by name, which stand before the user's variables. */
    variables: jsonb('variables').$type<JsonObject>(),
    /** Names of the user's variables that somebody else's workflow may read. */
    grantedVariables: text('granted_variables')
      .array()
      .notNull()
      .default(sql`'{}'`),
    outputData: jsonb('output_data').$type<unknown>(),
    /** Where the output lies in object storage, if it is too large for a row. */
    outputObjectKey: text('output_object_key'),
    timeoutSeconds: integer('timeout_seconds'),
    timeoutAt: moment('timeout_at'),
    autoRetry: boolean('auto_retry').notNull().default(true),
    maxRetries: smallint('max_retries').notNull().default(3),
    /** How often it was taken up again after it had ended. */
    retryCount: smallint('retry_count').notNull().default(0),
    notifyOnCompletion: boolean('notify_on_completion').notNull().default(false),
    notifyOnFailure: boolean('notify_on_failure').notNull().default(false),
    tags: text('tags')
      .array()
      .notNull()
      .default(sql`'{}'`),
    metadata: jsonb('metadata').$type<JsonObject>(),
    totalNodes: integer('total_nodes').notNull().default(0),
    completedNodes: integer('completed_nodes').notNull().default(0),
    failedNodes: integer('failed_nodes').notNull().default(0),
    /** Seconds, from earlier runs of the same workflow; null where there are none. */
    estimatedDuration: integer('estimated_duration'),
    triggerType: text('trigger_type', { enum: TRIGGER_TYPES }).notNull().default('manual'),
    /** The schedule, webhook or event trigger that had it begin. */
    triggerId: uuid('trigger_id'),
    /** The execution of which this is a part, or from which it goes on. */
    parentExecutionId: uuid('parent_execution_id').references((): AnyPgColumn => workflowExecutions.id, {
      onDelete: 'set null',
    }),
    /** The node of the parent that runs it. */
    parentNodeKey: text('parent_node_key'),
    /** The first of its line; null for one without a parent. */
    rootExecutionId: uuid('root_execution_id'),
    /** How many workflows run one inside another down to this one. */
    depth: smallint('depth').notNull().default(0),
    restart: jsonb('restart').$type<Restart>(),
    /** Of those of a workspace with the same one, one runs at a time. */
    concurrencyKey: text('concurrency_key'),
    /** Whether somebody else's workflow runs it, so that it reads no variables but those that are granted. */
    isConfined: boolean('is_confined').notNull().default(false),
    /** Since when all of it waits for somebody, for another execution or for a time, and holds no place. */
    waitingSince: moment('waiting_since'),
    errorMessage: text('error_message'),
    errorDetails: jsonb('error_details').$type<JsonObject>(),
    /** US dollars that its calls to models cost. */
    costUsd: numeric('cost_usd', { precision: 24, scale: 12 }).notNull().default('0'),
    startedAt: moment('started_at'),
    completedAt: moment('completed_at'),
    /** When somebody looks after it who has heard nothing of it until then; null once it has ended. */
    nextCheckAt: moment('next_check_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    // One for each order of a list.
    index('workflow_executions_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('workflow_executions_updated_idx').on(t.workspaceId, t.updatedAt, t.id),
    index('workflow_executions_started_idx').on(t.workspaceId, t.startedAt, t.id),
    index('workflow_executions_completed_idx').on(t.workspaceId, t.completedAt, t.id),
    index('workflow_executions_priority_idx').on(t.workspaceId, t.priority, t.id),
    index('workflow_executions_workflow_id_idx').on(t.workflowId, t.createdAt, t.id),
    index('workflow_executions_created_by_idx').on(t.createdBy, t.createdAt, t.id),
    index('workflow_executions_open_idx')
      .on(t.workspaceId, t.status, t.waitingSince)
      .where(sql`${t.status} in ('pending', 'running', 'paused')`),
    index('workflow_executions_trigger_idx')
      .on(t.triggerId, t.createdAt, t.id)
      .where(sql`${t.triggerId} is not null`),
    index('workflow_executions_parent_idx')
      .on(t.parentExecutionId, t.createdAt, t.id)
      .where(sql`${t.parentExecutionId} is not null`),
    index('workflow_executions_next_check_at_idx')
      .on(t.nextCheckAt)
      .where(sql`${t.nextCheckAt} is not null`),
    check('workflow_executions_priority', sql`${t.priority} between 1 and 10`),
  ],
);

/** What became of each node of an execution; written when the execution has ended. */
export const nodeExecutions = pgTable(
  'node_executions',
  {
    id: id(),
    executionId: uuid('execution_id')
      .notNull()
      .references(() => workflowExecutions.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id').notNull(),
    /** The order in which nodes began, from 1. */
    executionOrder: integer('execution_order').notNull(),
    /** The node's id in the definition. */
    nodeKey: text('node_key').notNull(),
    nodeType: text('node_type').notNull(),
    nodeName: text('node_name'),
    /** In a loop the place of the item, from 0; of loops in loops all of them, outermost first. */
    iteration: integer('iteration')
      .array()
      .notNull()
      .default(sql`'{}'`),
    status: text('status', { enum: NODE_STATUSES }).notNull(),
    /** Attempts after the first. */
    retryCount: smallint('retry_count').notNull().default(0),
    maxRetries: smallint('max_retries').notNull().default(0),
    retryDelayMs: integer('retry_delay_ms').notNull().default(0),
    timeoutSeconds: integer('timeout_seconds'),
    /** The port that it went on by; null for `output`. */
    port: text('port'),
    inputData: jsonb('input_data').$type<unknown>(),
    outputData: jsonb('output_data').$type<unknown>(),
    /** As in the definition: with references in place of secrets. */
    configData: jsonb('config_data').$type<JsonObject>(),
    /** Where what is too large for a row lies in object storage. */
    inputObjectKey: text('input_object_key'),
    outputObjectKey: text('output_object_key'),
    inputBytes: bigint('input_bytes', { mode: 'number' }).notNull().default(0),
    outputBytes: bigint('output_bytes', { mode: 'number' }).notNull().default(0),
    costUsd: numeric('cost_usd', { precision: 24, scale: 12 }).notNull().default('0'),
    errorMessage: text('error_message'),
    errorDetails: jsonb('error_details').$type<JsonObject>(),
    startedAt: moment('started_at'),
    completedAt: moment('completed_at'),
    durationMs: integer('duration_ms'),
    /** The how many-th it was to end; null where it was passed over. */
    endOrder: integer('end_order'),
    dependencies: text('dependencies')
      .array()
      .notNull()
      .default(sql`'{}'`),
    dependents: text('dependents')
      .array()
      .notNull()
      .default(sql`'{}'`),
    metadata: jsonb('metadata').$type<JsonObject>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIndex('node_executions_order_key').on(t.executionId, t.executionOrder),
    index('node_executions_workspace_id_idx').on(t.workspaceId),
  ],
);

/** What an execution said while it ran; secrets are not in it. */
export const executionLogs = pgTable(
  'workflow_execution_logs',
  {
    executionId: uuid('execution_id')
      .notNull()
      .references(() => workflowExecutions.id, { onDelete: 'cascade' }),
    /** From 1. */
    seq: integer('seq').notNull(),
    level: text('level', { enum: ['debug', 'info', 'warning', 'error', 'critical'] }).notNull(),
    nodeKey: text('node_key'),
    iteration: integer('iteration')
      .array()
      .notNull()
      .default(sql`'{}'`),
    message: text('message').notNull(),
    context: jsonb('context').$type<JsonObject>(),
    loggedAt: moment('logged_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.executionId, t.seq] })],
);

/**
 * Executions that were deleted, by themselves or with their workflow; a trigger notes them. They go on counting in the
 * month in which they were made, and what their runner and object storage have of them goes a little later.
 */
export const removedExecutions = pgTable(
  'removed_executions',
  {
    executionId: uuid('execution_id').primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    /** When the execution was made. */
    createdAt: moment('created_at').notNull(),
    /** When what is left of it is to go; null once it has. */
    clearAt: moment('clear_at').default(sql`now() + interval '2 minutes'`),
  },
  (t) => [
    index('removed_executions_workspace_id_idx').on(t.workspaceId, t.createdAt),
    index('removed_executions_created_at_idx').on(t.createdAt),
    index('removed_executions_clear_at_idx')
      .on(t.clearAt)
      .where(sql`${t.clearAt} is not null`),
  ],
);

/** How a workspace wants its executions to be treated; one without a row has the defaults. */
export const executionSettings = pgTable('execution_settings', {
  workspaceId: uuid('workspace_id')
    .primaryKey()
    .references(() => workspaces.id, { onDelete: 'cascade' }),
  /** Executions that may run at once; null for the deployment's default. */
  maxConcurrentExecutions: smallint('max_concurrent_executions'),
  /** Whether executions that have not begun wait. */
  isPaused: boolean('is_paused').notNull().default(false),
  /** For so many days executions are kept that have ended; null for as long as nobody deletes them. */
  retentionDays: smallint('retention_days'),
  updatedBy: uuid('updated_by').references(() => users.id, { onDelete: 'set null' }),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Whether executions begin at all: one row, which administrators change. */
export const executionEngine = pgTable(
  'execution_engine',
  {
    id: smallint('id').primaryKey().default(1),
    isRunning: boolean('is_running').notNull().default(true),
    changedBy: uuid('changed_by').references(() => users.id, { onDelete: 'set null' }),
    changedAt: moment('changed_at').notNull().defaultNow(),
  },
  (t) => [check('execution_engine_one_row', sql`${t.id} = 1`)],
);
