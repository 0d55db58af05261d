import { sql } from 'drizzle-orm';
import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { createdBy, userId, workspaceId } from './owners.ts';
import { workspaceActivities, workspaceMembers } from './workspaces.ts';

/** What a member wants to be told of a workspace, and how; a member without a row has the defaults. */
export const notificationSettings = pgTable(
  'notification_settings',
  {
    workspaceId: uuid('workspace_id').notNull(),
    userId: uuid('user_id').notNull(),
    emailNotifications: boolean('email_notifications').notNull().default(true),
    pushNotifications: boolean('push_notifications').notNull().default(true),
    desktopNotifications: boolean('desktop_notifications').notNull().default(true),
    digestFrequency: text('digest_frequency', { enum: ['immediate', 'hourly', 'daily', 'weekly', 'never'] })
      .notNull()
      .default('daily'),
    notifyOnMention: boolean('notify_on_mention').notNull().default(true),
    notifyOnComment: boolean('notify_on_comment').notNull().default(true),
    notifyOnProjectUpdate: boolean('notify_on_project_update').notNull().default(true),
    notifyOnMemberJoin: boolean('notify_on_member_join').notNull().default(true),
    notifyOnInvitation: boolean('notify_on_invitation').notNull().default(true),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.userId] }),
    foreignKey({
      name: 'notification_settings_member_fk',
      columns: [t.workspaceId, t.userId],
      foreignColumns: [workspaceMembers.workspaceId, workspaceMembers.userId],
    }).onDelete('cascade'),
  ],
);

/** Something that one person is told of. */
export const notifications = pgTable(
  'notifications',
  {
    id: id(),
    workspaceId: workspaceId(),
    /** The reader. */
    userId: userId(),
    activityId: uuid('activity_id')
      .notNull()
      .references(() => workspaceActivities.id, { onDelete: 'cascade' }),
    kind: text('kind', {
      enum: ['mention', 'comment', 'project_update', 'member_join', 'invitation', 'approval'],
    }).notNull(),
    readAt: moment('read_at'),
    /** When it is to be mailed, alone or with others; null where it is not, or has been. */
    mailDueAt: moment('mail_due_at'),
    mailedAt: moment('mailed_at'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('notifications_activity_user_key').on(t.activityId, t.userId),
    index('notifications_user_id_idx').on(t.userId, t.createdAt, t.id),
    index('notifications_unread_idx')
      .on(t.userId)
      .where(sql`${t.readAt} is null`),
    index('notifications_mail_due_idx')
      .on(t.mailDueAt)
      .where(sql`${t.mailDueAt} is not null`),
    index('notifications_workspace_id_idx').on(t.workspaceId, t.userId, t.createdAt, t.id),
    index('notifications_created_at_idx').on(t.createdAt),
  ],
);

/** Where a workspace's activities are sent. */
export const workspaceIntegrations = pgTable(
  'workspace_integrations',
  {
    id: id(),
    workspaceId: workspaceId(),
    createdBy: createdBy(),
    type: text('integration_type', { enum: ['webhook', 'slack', 'http'] }).notNull(),
    /** What of the configuration may be shown. */
    config: jsonb('config').$type<Record<string, unknown>>().notNull().default({}),
    /** The rest of it, as sealed JSON. */
    sealedSecrets: text('sealed_secrets').notNull(),
    isEnabled: boolean('is_enabled').notNull().default(true),
    /** Why the platform switched it off: its address is gone (410), or has failed for days. Null where a person did. */
    disabledReason: text('disabled_reason', { enum: ['gone', 'failing'] }),
    /** Since when no message has arrived; null while they do. */
    failingSince: moment('failing_since'),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    index('workspace_integrations_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('workspace_integrations_created_by_idx').on(t.createdBy),
    // Finds what a former key still has to open.
    index('workspace_integrations_sealed_with_idx').on(sql`split_part(${t.sealedSecrets}, '.', 1)`, t.id),
  ],
);

/** A message for an integration; its id is the message's id (Standard Webhooks, `webhook-id`). */
export const integrationDeliveries = pgTable(
  'integration_deliveries',
  {
    id: id(),
    workspaceId: workspaceId(),
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => workspaceIntegrations.id, { onDelete: 'cascade' }),
    /** Null for a test call, and once the activity is gone. */
    activityId: uuid('activity_id').references(() => workspaceActivities.id, { onDelete: 'set null' }),
    eventType: text('event_type').notNull(),
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    status: text('status', { enum: ['pending', 'delivered', 'failed', 'cancelled'] })
      .notNull()
      .default('pending'),
    /** Those that were begun; it only rises, so that it also tells one claim of the row from another. */
    attempts: integer('attempts').notNull().default(0),
    /** How many of them came before it was last replayed: the schedule of retries begins after these. */
    replayedAfter: integer('replayed_after').notNull().default(0),
    nextAttemptAt: moment('next_attempt_at').notNull().defaultNow(),
    deliveredAt: moment('delivered_at'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('integration_deliveries_activity_key').on(t.integrationId, t.activityId),
    index('integration_deliveries_integration_id_idx').on(t.integrationId, t.createdAt, t.id),
    index('integration_deliveries_status_idx').on(t.integrationId, t.status, t.createdAt, t.id),
    index('integration_deliveries_due_idx')
      .on(t.nextAttemptAt)
      .where(sql`${t.status} = 'pending'`),
    index('integration_deliveries_workspace_id_idx').on(t.workspaceId),
    index('integration_deliveries_activity_id_idx').on(t.activityId),
    index('integration_deliveries_created_at_idx').on(t.createdAt),
  ],
);

/** One try to deliver a message. */
export const integrationAttempts = pgTable(
  'integration_attempts',
  {
    id: id(),
    deliveryId: uuid('delivery_id')
      .notNull()
      .references(() => integrationDeliveries.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** Null where no answer came. */
    statusCode: integer('status_code'),
    /** Why none came, as a code of the error catalogue. */
    error: text('error'),
    durationMs: integer('duration_ms').notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('integration_attempts_number_key').on(t.deliveryId, t.number)],
);
