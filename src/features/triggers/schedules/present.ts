import { CronExpression } from '../../../core/cron.ts';
import { MINUTE } from '../../../core/time.ts';
import type { OccurrenceRow, ScheduleRow } from './queries.ts';
import type { Schedule, ScheduleOccurrence, SchedulePreview } from './schemas.ts';
import { upcoming, type Timing } from './timetable.ts';

const isoOrNull = (time: Date | null) => time?.toISOString() ?? null;

export const presentSchedule = (row: ScheduleRow): Schedule => ({
  id: row.id,
  workspace_id: row.workspaceId,
  workflow_id: row.workflowId,
  created_by: row.createdBy,
  acts_for: row.actsFor,
  name: row.name,
  cron: row.cron,
  time_zone: row.timeZone,
  nonexistent_time: row.nonexistentTime,
  repeated_time: row.repeatedTime,
  starts_at: isoOrNull(row.startsAt),
  ends_at: isoOrNull(row.endsAt),
  overlap: row.overlap,
  catch_up: row.catchUp,
  catch_up_seconds: row.catchUpSeconds,
  catch_up_limit: row.catchUpLimit,
  input_data: row.inputData,
  variables: row.variables,
  grant_variables: row.grantedVariables,
  version: row.workflowVersion,
  priority: row.priority,
  timeout_seconds: row.timeoutSeconds,
  is_active: row.isActive,
  inactive_reason: row.inactiveReason,
  next_due_at: isoOrNull(row.nextDueAt),
  last_due_at: isoOrNull(row.lastDueAt),
  last_outcome: row.lastOutcome,
  revision: row.revision,
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
});

export const presentOccurrence = (row: OccurrenceRow): ScheduleOccurrence => ({
  id: row.id,
  schedule_id: row.scheduleId,
  due_at: row.dueAt.toISOString(),
  outcome: row.outcome,
  reason: row.reason,
  missed_until: isoOrNull(row.missedUntil),
  execution_id: row.executionId,
  decided_at: row.decidedAt.toISOString(),
});

const PREVIEWED = 20;

/** When it will be due. */
export function preview(timing: Timing, after: number): SchedulePreview {
  const runs: SchedulePreview['runs'] = [];
  const leftOut: SchedulePreview['left_out'] = [];
  for (const found of upcoming(timing, after)) {
    if ('local' in found) {
      runs.push({
        due_at: new Date(found.at).toISOString(),
        local_time: localTime(found.local),
        utc_offset: utcOffset(found.local - found.at),
        clock_change: found.note,
        meant_local_time: found.meant === null ? null : localTime(found.meant),
      });
    } else {
      leftOut.push({ local_time: localTime(found.leftOut), clock_changes_at: new Date(found.at).toISOString() });
    }
    if (runs.length === PREVIEWED) break;
  }
  return { goes_by_intervals: CronExpression.of(timing.cron).isInterval, runs, left_out: leftOut };
}

const localTime = (local: number) => new Date(local).toISOString().slice(0, 19);

function utcOffset(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE);
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${offset < 0 ? '-' : '+'}${hour}:${minute}`;
}
