import { z } from '@hono/zod-openapi';
import { CronError, CronExpression } from '../../../core/cron.ts';
import { TimeZone } from '../../../core/time-zone.ts';
import {
  CATCH_UPS,
  NONEXISTENT_TIMES,
  OCCURRENCE_OUTCOMES,
  OVERLAPS,
  REPEATED_TIMES,
} from '../../../db/schema/index.ts';
import { DateTime, line, listQuery, Uuid } from '../../../http/schemas.ts';
import { DEFAULT_TIMEOUT_S, Granted, JsonMap, Priority, Timeout, Version } from '../../executions/index.ts';

export const ListSchedulesQuery = listQuery(50, 100);

export type ListSchedulesQuery = z.infer<typeof ListSchedulesQuery>;

export const ScheduleParams = z.object({
  schedule_id: Uuid.openapi({ param: { name: 'schedule_id', in: 'path' }, description: 'The schedule.' }),
});

const Name = line(1, 100).openapi({ example: 'Nightly report' });

const CronText = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .superRefine((text, { addIssue }) => {
    try {
      CronExpression.of(text);
    } catch (error) {
      if (!(error instanceof CronError)) throw error;
      addIssue({ code: 'custom', message: error.message });
    }
  })
  .openapi({
    description:
      'Minute, hour, day of the month, month and day of the week, in the order of cron, with names (`MON`, `JAN`), lists, ' +
      'ranges and steps; `L` for the last day, `FRI#2` and `FRI#L` for the second and the last Friday, `15W` for the nearest ' +
      'working day; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Where both days are given either will do, and ' +
      'both are needed with a `+` before the weekday. Seconds are not known, and what never comes is refused.',
    example: '30 2 * * MON-FRI',
  });

const ZoneName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .refine(isTimeZone, 'is not the name of a time zone')
  .openapi({ description: 'By its name in the IANA time zone database.', example: 'Europe/Berlin' });

function isTimeZone(name: string): boolean {
  // Offsets are no places, and have no rules.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    TimeZone.of(name);
    return true;
  } catch {
    return false;
  }
}

const Nonexistent = z.enum(NONEXISTENT_TIMES).openapi({
  description:
    'What becomes of a local time that clocks leave out when they are set forward: `run_after` runs at the first moment ' +
    'after it, once for all such times; `skip` leaves it out. A cron with `*` in its minutes or hours goes by intervals, and ' +
    'this is not for it: it runs whenever the clock shows a time that matches, so that it neither makes up for any nor rests.',
  example: 'run_after',
});

const Repeated = z.enum(REPEATED_TIMES).openapi({
  description:
    'When it runs for a local time that comes twice as clocks are set back. A cron with `*` in its minutes or hours runs at both.',
  example: 'first',
});

const Overlap = z.enum(OVERLAPS).openapi({
  description:
    'What becomes of an occurrence while an earlier execution of the schedule has not ended. `skip`: nothing, and it is ' +
    'noted. `queue`: it waits for its turn. `cancel_previous`: those are cancelled, then it begins. `allow`: it runs beside them.',
  example: 'skip',
});

const CatchUp = z.enum(CATCH_UPS).openapi({
  description:
    'What is made up for that was missed, by more than two minutes, because nothing ran then: `none` of it, the `latest` ' +
    'one, or `all` within `catch_up_seconds`, the latest `catch_up_limit` of them. A paused schedule misses nothing.',
  example: 'latest',
});

const CatchUpSeconds = z
  .number()
  .int()
  .min(60)
  .max(2_592_000)
  .openapi({ description: 'How far back.', example: 86_400 });
const CatchUpLimit = z.number().int().min(1).max(100).openapi({ description: 'At most so many.', example: 10 });

const timing = {
  cron: CronText,
  time_zone: ZoneName,
  nonexistent_time: Nonexistent,
  repeated_time: Repeated,
  starts_at: DateTime.nullable().openapi({ description: 'It is not due before.', example: null }),
  ends_at: DateTime.nullable().openapi({ description: 'It is not due after.', example: null }),
};

/** Of a new one. */
const newTiming = {
  cron: CronText,
  time_zone: ZoneName.default('UTC'),
  nonexistent_time: Nonexistent.default('run_after'),
  repeated_time: Repeated.default('first'),
  starts_at: timing.starts_at.default(null),
  ends_at: timing.ends_at.default(null),
};

const settings = {
  name: Name,
  ...timing,
  overlap: Overlap,
  catch_up: CatchUp,
  catch_up_seconds: CatchUpSeconds,
  catch_up_limit: CatchUpLimit,
  input_data: JsonMap.nullable().openapi({ description: 'What its trigger gives out.', example: { customer: 'Ada' } }),
  variables: JsonMap.nullable().openapi({
    description: 'Values by name, for references such as `${NAME}`; they stand before variables of whom it acts for.',
    example: null,
  }),
  grant_variables: Granted,
  version: Version,
  priority: Priority,
  timeout_seconds: Timeout,
};

export const ScheduleCreate = z
  .object({
    ...settings,
    ...newTiming,
    overlap: Overlap.default('skip'),
    catch_up: CatchUp.default('latest'),
    catch_up_seconds: CatchUpSeconds.default(86_400),
    catch_up_limit: CatchUpLimit.default(10),
    input_data: settings.input_data.default(null),
    variables: settings.variables.default(null),
    grant_variables: Granted.default([]),
    priority: Priority.default(5),
    timeout_seconds: Timeout.default(DEFAULT_TIMEOUT_S),
    is_active: z.boolean().default(true).openapi({ description: 'Whether it begins at once, or waits to be resumed.' }),
  })
  .openapi('ScheduleCreate');

export type ScheduleCreate = z.infer<typeof ScheduleCreate>;

export const ScheduleUpdate = z.object(settings).partial().openapi('ScheduleUpdate');

export type ScheduleUpdate = z.infer<typeof ScheduleUpdate>;

const Outcome = z.enum(OCCURRENCE_OUTCOMES);

export const Schedule = z
  .object({
    id: Uuid,
    workspace_id: Uuid,
    workflow_id: Uuid,
    created_by: Uuid.nullable().openapi({ description: 'Null once that account is deleted.' }),
    acts_for: Uuid.nullable().openapi({
      description: 'With whose rights and variables it runs: whoever made, changed or resumed it last.',
    }),
    ...settings,
    version: z
      .number()
      .int()
      .nullable()
      .openapi({ description: 'Null for the one that runs where none is named.', example: null }),
    is_active: z.boolean(),
    inactive_reason: z
      .string()
      .nullable()
      .openapi({
        description:
          'Why it was stopped: whom it acts for has no account or valid token any more (`credentials_gone`, ' +
          '`account_disabled`), is no member (`not_a_member`) or may not run workflows (`forbidden`); or its cron or time zone ' +
          'is not known any more (`invalid_timetable`). Null where somebody has paused it.',
        example: null,
      }),
    next_due_at: DateTime.nullable().openapi({ description: 'Null while it is paused, and after the last time.' }),
    last_due_at: DateTime.nullable(),
    last_outcome: Outcome.nullable().openapi({ description: 'What became of it then.' }),
    revision: z.number().int().openapi({ description: 'Raised by each change; what If-Match goes by.', example: 1 }),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('Schedule');

export type Schedule = z.infer<typeof Schedule>;

export const SchedulePreviewRequest = z.object(newTiming).openapi('SchedulePreviewRequest');

export type SchedulePreviewRequest = z.infer<typeof SchedulePreviewRequest>;

/** What a clock shows, without saying how far it is from UTC. */
const LocalTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  .openapi({ example: '2026-03-29T03:00:00' });

const PreviewedRun = z
  .object({
    due_at: DateTime,
    local_time: LocalTime,
    utc_offset: z.string().openapi({ example: '+02:00' }),
    clock_change: z.enum(['moved', 'first_of_two', 'second_of_two']).nullable().openapi({
      description:
        '`moved`: its local time does not exist on that day. `first_of_two`, `second_of_two`: it comes twice on that day.',
      example: null,
    }),
    meant_local_time: LocalTime.nullable().openapi({ description: 'Of one that was moved.', example: null }),
  })
  .openapi('SchedulePreviewedRun');

const LeftOut = z
  .object({
    local_time: LocalTime.openapi({ description: 'The first one that does not exist.' }),
    clock_changes_at: DateTime.openapi({ description: 'When clocks are set forward over it.' }),
  })
  .openapi('ScheduleLeftOut');

export const SchedulePreview = z
  .object({
    goes_by_intervals: z.boolean().openapi({
      description:
        'Whether the cron has `*` in its minutes or hours, so that the rules for single times are not for it.',
    }),
    runs: z.array(PreviewedRun).openapi({ description: 'The next 20, if there are so many.' }),
    left_out: z.array(LeftOut).openapi({ description: 'What is skipped in between, since the clock leaves it out.' }),
  })
  .openapi('SchedulePreview');

export type SchedulePreview = z.infer<typeof SchedulePreview>;

export const ScheduleOccurrence = z
  .object({
    id: Uuid.openapi({ description: 'Made of schedule and time; its execution has the same.' }),
    schedule_id: Uuid,
    due_at: DateTime,
    outcome: Outcome.openapi({
      description:
        '`started`; `skipped_overlap`: an earlier execution had not ended; `missed`: nothing ran then, and it is not made ' +
        'up for; `refused`: it could not be started.',
      example: 'started',
    }),
    reason: z
      .string()
      .nullable()
      .openapi({
        description:
          'Why it was refused or skipped: a code of an error, one of `inactive_reason`, `previous_run`, or `superseded` by a ' +
          'later one that was due as well.',
        example: null,
      }),
    missed_until: DateTime.nullable().openapi({
      description: 'Of all that were missed one after another, which are one entry, the last one.',
    }),
    execution_id: Uuid.nullable().openapi({ description: 'Null where none was started, or it was deleted.' }),
    decided_at: DateTime,
  })
  .openapi('ScheduleOccurrence');

export type ScheduleOccurrence = z.infer<typeof ScheduleOccurrence>;
