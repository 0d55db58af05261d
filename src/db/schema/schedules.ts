import { sql } from 'drizzle-orm';
import {
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
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { workflowExecutions, type JsonObject } from './executions.ts';
import { users } from './identity.ts';
import { createdBy, workspaceId } from './owners.ts';
import { workflows } from './workflows.ts';

/** What becomes of an occurrence while an execution of an earlier one has not ended. */
export const OVERLAPS = ['skip', 'queue', 'cancel_previous', 'allow'] as const;

/** Which of the occurrences that nobody was there for are made up for. */
export const CATCH_UPS = ['none', 'latest', 'all'] as const;

/** What becomes of a local time that the clock leaves out. */
export const NONEXISTENT_TIMES = ['skip', 'run_after'] as const;

/** At which of its two readings a local time counts that the clock shows twice. */
export const REPEATED_TIMES = ['first', 'second', 'both'] as const;

export const OCCURRENCE_OUTCOMES = ['started', 'skipped_overlap', 'missed', 'refused'] as const;

export type OccurrenceOutcome = (typeof OCCURRENCE_OUTCOMES)[number];

/** When a workflow runs by itself, by the clock of some place. */
export const schedules = pgTable(
  'schedules',
  {
    id: id(),
    workspaceId: workspaceId(),
    workflowId: uuid('workflow_id').notNull(),
    createdBy: createdBy(),
    /** Whoever set it going last, with whose rights it runs. */
    actsFor: uuid('acts_for').references(() => users.id, { onDelete: 'set null' }),
    /** The token by which they did, to which its rights are limited; null where they had signed in. */
    accessTokenId: uuid('access_token_id'),
    name: text('name').notNull(),
    cron: text('cron').notNull(),
    timeZone: text('time_zone').notNull(),
    nonexistentTime: text('nonexistent_time', { enum: NONEXISTENT_TIMES }).notNull().default('run_after'),
    repeatedTime: text('repeated_time', { enum: REPEATED_TIMES }).notNull().default('first'),
    overlap: text('overlap', { enum: OVERLAPS }).notNull().default('skip'),
    catchUp: text('catch_up', { enum: CATCH_UPS }).notNull().default('latest'),
    /** How far back what was missed is made up for. */
    catchUpSeconds: integer('catch_up_seconds').notNull().default(86_400),
    /** At most how many, of `all`. */
    catchUpLimit: smallint('catch_up_limit').notNull().default(10),
    inputData: jsonb('input_data').$type<JsonObject>(),
    variables: jsonb('variables').$type<JsonObject>(),
    /** Names of variables, of whom it acts for, that somebody else's version of the workflow may read. */
    grantedVariables: text('granted_variables')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** The version to run; null for the one that any request would run. */
    workflowVersion: integer('workflow_version'),
    priority: smallint('priority').notNull().default(5),
    timeoutSeconds: integer('timeout_seconds'),
    startsAt: moment('starts_at'),
    endsAt: moment('ends_at'),
    isActive: boolean('is_active').notNull().default(true),
    /** Why it stands still by itself: a code of an error; null where somebody has paused it. */
    inactiveReason: text('inactive_reason'),
    /** The occurrence that comes next; null while it stands still, and after its last one. */
    nextDueAt: moment('next_due_at'),
    lastDueAt: moment('last_due_at'),
    lastOutcome: text('last_outcome', { enum: OCCURRENCE_OUTCOMES }),
    /** Counts the changes that people make. */
    revision: integer('revision').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    foreignKey({
      name: 'schedules_workflow_fk',
      columns: [t.workflowId, t.workspaceId],
      foreignColumns: [workflows.id, workflows.workspaceId],
    })
      .onUpdate('cascade')
      .onDelete('cascade'),
    index('schedules_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('schedules_workflow_id_idx').on(t.workflowId, t.createdAt, t.id),
    index('schedules_created_by_idx').on(t.createdBy),
    index('schedules_acts_for_idx').on(t.actsFor),
    index('schedules_due_idx')
      .on(t.nextDueAt, t.id)
      .where(sql`${t.nextDueAt} is not null`),
    // What refers to a schedule refers to its workspace too, so that both are always the same, also after a move.
    unique('schedules_workspace_key').on(t.id, t.workspaceId),
    check('schedules_priority', sql`${t.priority} between 1 and 10`),
    check('schedules_due_while_active', sql`${t.isActive} or ${t.nextDueAt} is null`),
  ],
);

/** What became of each moment at which a schedule was due: one row for each, which is what has it happen once only. */
export const scheduleOccurrences = pgTable(
  'schedule_occurrences',
  {
    scheduleId: uuid('schedule_id').notNull(),
    dueAt: moment('due_at').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    /** Made of the two; its execution has the same. */
    id: uuid('id').notNull(),
    outcome: text('outcome', { enum: OCCURRENCE_OUTCOMES }).notNull(),
    /** Why it was refused or skipped: a code. */
    reason: text('reason'),
    /** Of several that were missed one after another, which are one row, the last one. */
    missedUntil: moment('missed_until'),
    executionId: uuid('execution_id').references(() => workflowExecutions.id, { onDelete: 'set null' }),
    /** Executions that are to be cancelled for it; null once they were told. */
    cancels: uuid('cancels').array(),
    decidedAt: moment('decided_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.scheduleId, t.dueAt] }),
    foreignKey({
      name: 'schedule_occurrences_schedule_fk',
      columns: [t.scheduleId, t.workspaceId],
      foreignColumns: [schedules.id, schedules.workspaceId],
    })
      .onUpdate('cascade')
      .onDelete('cascade'),
    index('schedule_occurrences_workspace_id_idx').on(t.workspaceId),
    index('schedule_occurrences_decided_at_idx').on(t.decidedAt),
    index('schedule_occurrences_execution_id_idx')
      .on(t.executionId)
      .where(sql`${t.executionId} is not null`),
    index('schedule_occurrences_cancels_idx')
      .on(t.decidedAt)
      .where(sql`${t.cancels} is not null`),
  ],
);
