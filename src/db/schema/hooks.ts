import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { SignatureRule } from '../../core/webhook-schemes.ts';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { users } from './identity.ts';
import type { JsonObject } from './executions.ts';
import { createdBy, workspaceId } from './owners.ts';
import { workspaceActivities } from './workspaces.ts';
import { workflows } from './workflows.ts';

/** Why the platform switched a trigger off: whoever it acts for may not run the workflow any more. */
export const INACTIVE_REASONS = ['rights_lost'] as const;

/** Where a message says which one it is, so that it counts once: a header, or a place in its JSON (RFC 6901). */
export type DeliveryIdPlace = { header: string | null; pointer: string | null };

/** What every trigger of a workflow says about the executions that it starts, and for whom. */
const common = () => ({
  id: id(),
  workspaceId: workspaceId(),
  workflowId: uuid('workflow_id')
    .notNull()
    .references(() => workflows.id, { onDelete: 'cascade' }),
  createdBy: createdBy(),
  /** Whoever made it what it is: what it starts has their rights. */
  actsFor: uuid('acts_for').references(() => users.id, { onDelete: 'set null' }),
  /** The token that they did so with, to which those rights are limited. */
  accessTokenId: uuid('access_token_id'),
  name: text('name').notNull(),
  isActive: boolean('is_active').notNull().default(true),
  inactiveReason: text('inactive_reason', { enum: INACTIVE_REASONS }),
  /** Null for the one that is current when it fires. */
  workflowVersion: integer('workflow_version'),
  priority: smallint('priority').notNull().default(5),
  timeoutSeconds: integer('timeout_seconds'),
  grantedVariables: text('granted_variables')
    .array()
    .notNull()
    .default(sql`'{}'`),
  version: integer('version').notNull().default(1),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** An address of a workflow, at which others have it run. */
export const webhookTriggers = pgTable(
  'webhook_triggers',
  {
    ...common(),
    /** The part of its address that nobody can guess. */
    hookId: text('hook_id').notNull(),
    signature: jsonb('signature').$type<SignatureRule>().notNull(),
    /** What senders sign with, and what they did until lately, as sealed JSON; null where nobody signs. */
    sealedSecrets: text('sealed_secrets'),
    replayWindowSeconds: integer('replay_window_seconds').notNull(),
    /** Null for where the scheme has it. */
    deliveryIdFrom: jsonb('delivery_id_from').$type<DeliveryIdPlace>(),
    methods: text('methods').array().notNull(),
    response: text('response', { enum: ['accepted', 'result'] })
      .notNull()
      .default('accepted'),
    /** Until then calls of its test address are looked at. */
    testUntil: moment('test_until'),
    /** Whether they have the latest version run. */
    testRuns: boolean('test_runs').notNull().default(false),
  },
  (t) => [
    uniqueIndex('webhook_triggers_hook_id_key').on(t.hookId),
    index('webhook_triggers_workflow_id_idx').on(t.workflowId, t.createdAt, t.id),
    index('webhook_triggers_workspace_id_idx').on(t.workspaceId),
    index('webhook_triggers_created_by_idx').on(t.createdBy),
    index('webhook_triggers_acts_for_idx').on(t.actsFor),
    // Finds what a former key still has to open.
    index('webhook_triggers_sealed_with_idx').on(sql`split_part(${t.sealedSecrets}, '.', 1)`, t.id),
    check('webhook_triggers_priority', sql`${t.priority} between 1 and 10`),
  ],
);

export const CALL_OUTCOMES = ['accepted', 'repeated', 'refused', 'test'] as const;

/** What came to a webhook, and what became of it; kept for a month. */
export const webhookCalls = pgTable(
  'webhook_calls',
  {
    id: id(),
    workspaceId: workspaceId(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhookTriggers.id, { onDelete: 'cascade' }),
    outcome: text('outcome', { enum: CALL_OUTCOMES }).notNull(),
    /** Why it was refused, as a code. */
    reason: text('reason'),
    /** The execution may be gone. */
    executionId: uuid('execution_id'),
    deliveryId: text('delivery_id'),
    method: text('method').notNull(),
    /** Without those that are or may hold secrets. */
    headers: jsonb('headers').$type<Record<string, string>>().notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    /** Of a test: how its signature was found, and what it would give to the workflow. */
    detail: jsonb('detail').$type<JsonObject>(),
    createdAt: createdAt(),
  },
  (t) => [
    index('webhook_calls_webhook_id_idx').on(t.webhookId, t.createdAt, t.id),
    index('webhook_calls_outcome_idx').on(t.webhookId, t.outcome, t.createdAt, t.id),
    index('webhook_calls_workspace_id_idx').on(t.workspaceId),
    index('webhook_calls_created_at_idx').on(t.createdAt),
  ],
);

/** What has a workflow run whenever it happens in its workspace. */
export const eventTriggers = pgTable(
  'event_triggers',
  {
    ...common(),
    /** Names and patterns, as integrations subscribe to them. */
    events: text('events').array().notNull(),
    /** An expression that has to hold of the event. */
    filter: text('filter'),
  },
  (t) => [
    index('event_triggers_workflow_id_idx').on(t.workflowId, t.createdAt, t.id),
    index('event_triggers_active_idx')
      .on(t.workspaceId)
      .where(sql`${t.isActive}`),
    index('event_triggers_workspace_id_idx').on(t.workspaceId),
    index('event_triggers_created_by_idx').on(t.createdBy),
    index('event_triggers_acts_for_idx').on(t.actsFor),
    check('event_triggers_priority', sql`${t.priority} between 1 and 10`),
  ],
);

export const FIRING_OUTCOMES = ['pending', 'started', 'filtered', 'refused'] as const;

/** An event that a trigger is for, and what became of it: decided once; kept for a month. */
export const eventFirings = pgTable(
  'event_firings',
  {
    id: id(),
    workspaceId: workspaceId(),
    triggerId: uuid('trigger_id')
      .notNull()
      .references(() => eventTriggers.id, { onDelete: 'cascade' }),
    /** What has happened, by a name of its own: the same once only. */
    source: text('source').notNull(),
    eventType: text('event_type').notNull(),
    /** The activity that it is. */
    activityId: uuid('activity_id').references(() => workspaceActivities.id, { onDelete: 'cascade' }),
    /** Or the execution whose end it is, which may be gone. */
    endedExecutionId: uuid('ended_execution_id'),
    outcome: text('outcome', { enum: FIRING_OUTCOMES }).notNull().default('pending'),
    /** Why it was refused, or waits, as a code. */
    reason: text('reason'),
    executionId: uuid('execution_id'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('event_firings_source_key').on(t.triggerId, t.source),
    index('event_firings_trigger_id_idx').on(t.triggerId, t.createdAt, t.id),
    index('event_firings_outcome_idx').on(t.triggerId, t.outcome, t.createdAt, t.id),
    index('event_firings_pending_idx')
      .on(t.createdAt)
      .where(sql`${t.outcome} = 'pending'`),
    index('event_firings_activity_id_idx').on(t.activityId),
    index('event_firings_workspace_id_idx').on(t.workspaceId),
    index('event_firings_created_at_idx').on(t.createdAt),
  ],
);
