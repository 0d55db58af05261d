import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment } from '../columns.ts';
import { users } from './identity.ts';

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
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('dead_letters_message_id_key').on(t.messageId),
    index('dead_letters_created_at_idx').on(t.createdAt, t.id),
  ],
);
