import { sql } from 'drizzle-orm';
import { date, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment } from '../columns.ts';
import { users } from './identity.ts';
import { userId } from './owners.ts';

/**
 * Mail to be sent, written in the transaction of what it tells about. A row holds the template's name and parameters;
 * secrets among them are encrypted, and everything personal is erased once the provider has taken the mail.
 */
export const mailOutbox = pgTable(
  'mail_outbox',
  {
    id: id(),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'cascade' }),
    recipient: text('recipient').notNull(),
    template: text('template').notNull(),
    locale: text('locale').notNull(),
    parameters: jsonb('parameters').$type<Record<string, string>>().notNull(),
    status: text('status', { enum: ['queued', 'sent', 'failed'] })
      .notNull()
      .default('queued'),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    nextAttemptAt: moment('next_attempt_at').notNull().defaultNow(),
    sentAt: moment('sent_at'),
    createdAt: createdAt(),
  },
  (t) => [
    index('mail_outbox_due_idx')
      .on(t.nextAttemptAt)
      .where(sql`${t.status} = 'queued'`),
    index('mail_outbox_user_id_idx').on(t.userId),
  ],
);

/** A job that failed for good. The message itself is in object storage under `object_key`, stored before this row. */
export const deadLetters = pgTable(
  'dead_letters',
  {
    id: id(),
    messageId: text('message_id').notNull(),
    job: text('job').notNull(),
    objectKey: text('object_key').notNull(),
    error: text('error').notNull(),
    replayedAt: moment('replayed_at'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('dead_letters_message_id_key').on(t.messageId),
    index('dead_letters_created_at_idx').on(t.createdAt, t.id),
    index('dead_letters_job_idx').on(t.job, t.createdAt, t.id),
    index('dead_letters_replayed_idx')
      .on(t.createdAt, t.id)
      .where(sql`${t.replayedAt} is not null`),
  ],
);

/**
 * Requests that were carried out under an Idempotency-Key. A claim is written in the transaction of its effect, so
 * that either both are there or neither; it names what came of it, which a repetition shows again.
 */
export const idempotencyClaims = pgTable(
  'idempotency_claims',
  {
    /** Keyed by who asked, in which workspace, for what, and the client's key: a hash of all of it. */
    scope: text('scope').primaryKey(),
    requestHash: text('request_hash').notNull(),
    resourceId: uuid('resource_id').notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('idempotency_claims_created_at_idx').on(t.createdAt)],
);

/** When each cron task last ran, and how that ended. */
export const cronTasks = pgTable('cron_tasks', {
  name: text('name').primaryKey(),
  cron: text('cron').notNull(),
  lastStartedAt: moment('last_started_at').notNull(),
  lastFinishedAt: moment('last_finished_at').notNull(),
  lastSucceededAt: moment('last_succeeded_at'),
  lastError: text('last_error'),
});

/** Who still calls operations that are deprecated, by day. */
export const deprecatedCalls = pgTable(
  'deprecated_calls',
  {
    operationId: text('operation_id').notNull(),
    userId: userId(),
    day: date('day').notNull(),
    calls: integer('calls').notNull(),
    lastCalledAt: moment('last_called_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.operationId, t.userId, t.day] }),
    index('deprecated_calls_user_id_idx').on(t.userId),
    index('deprecated_calls_day_idx').on(t.day),
  ],
);
