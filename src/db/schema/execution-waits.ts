import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { workflowExecutions, type JsonObject } from './executions.ts';
import { users } from './identity.ts';
import { createdBy, workspaceId } from './owners.ts';

export const WAIT_KINDS = ['approval', 'callback'] as const;

export type WaitKind = (typeof WAIT_KINDS)[number];

export const WAIT_STATUSES = ['open', 'approved', 'rejected', 'answered', 'timed_out', 'cancelled'] as const;

export type WaitStatus = (typeof WAIT_STATUSES)[number];

/** What somebody has said: the fields of the form or the body of the callback, and a word about it. */
export type WaitAnswer = { data: unknown; comment: string | null };

/**
 * A node of an execution that waits for somebody's decision, or for a call from outside. What stands here decides: whoever
 * answers writes it here first, once, and the runner reads it when it wakes.
 */
export const executionWaits = pgTable(
  'execution_waits',
  {
    id: id(),
    workspaceId: workspaceId(),
    executionId: uuid('execution_id')
      .notNull()
      .references(() => workflowExecutions.id, { onDelete: 'cascade' }),
    nodeKey: text('node_key').notNull(),
    iteration: integer('iteration')
      .array()
      .notNull()
      .default(sql`'{}'`),
    kind: text('kind', { enum: WAIT_KINDS }).notNull(),
    title: text('title').notNull(),
    message: text('message'),
    /** What the data of an answer must be, as JSON Schema; null for anything. */
    form: jsonb('form').$type<JsonObject>(),
    /** Members who may answer; null for all whose role may. */
    approverIds: uuid('approver_ids').array(),
    /** The least role that may answer, where nobody is named. */
    approverRole: text('approver_role', { enum: ['member', 'admin', 'owner'] })
      .notNull()
      .default('member'),
    /** Of the link's token; null where there is none. */
    tokenDigest: text('token_digest'),
    status: text('status', { enum: WAIT_STATUSES }).notNull().default('open'),
    answer: jsonb('answer').$type<WaitAnswer>(),
    /** Null where it was answered by the link. */
    answeredBy: uuid('answered_by').references(() => users.id, { onDelete: 'set null' }),
    answeredVia: text('answered_via', { enum: ['account', 'link'] }),
    answeredAt: moment('answered_at'),
    expiresAt: moment('expires_at').notNull(),
    /** Whoever started the execution. */
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    index('execution_waits_workspace_id_idx').on(t.workspaceId, t.status, t.createdAt, t.id),
    index('execution_waits_execution_id_idx').on(t.executionId),
    uniqueIndex('execution_waits_token_key')
      .on(t.tokenDigest)
      .where(sql`${t.tokenDigest} is not null`),
    index('execution_waits_answered_by_idx')
      .on(t.answeredBy)
      .where(sql`${t.answeredBy} is not null`),
    index('execution_waits_created_by_idx').on(t.createdBy),
  ],
);
