import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../../core/pagination.ts';
import type { Ctx } from '../../../context.ts';
import { changeVersioned } from '../../../db/change-versioned.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { auditChange, type AuditAction } from '../../audit/index.ts';
import { holdWorkflow } from '../../workflows/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { answeringFor } from '../changes.ts';
import { presentOccurrence, presentSchedule, preview } from './present.ts';
import * as queries from './queries.ts';
import type {
  ListSchedulesQuery,
  Schedule,
  ScheduleCreate,
  ScheduleOccurrence,
  SchedulePreview,
  SchedulePreviewRequest,
  ScheduleUpdate,
} from './schemas.ts';
import { nextDue, type Timing } from './timetable.ts';

const SCHEDULES_LIMIT = 1_000;

const RESOURCE = 'schedule';

/** Setting a schedule going is running its workflow, only later. */
const PERMISSION = 'workflows:execute';

/** The schedules of the workspace, or of one of its workflows. */
export async function listSchedules(
  ctx: Ctx,
  query: ListSchedulesQuery,
  workflowId: string | null = null,
): Promise<Page<Schedule>> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const rows = await queries.findSchedules(ctx.db, workspaceId, workflowId, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(presentSchedule), nextCursor };
}

/** The schedule, or null where there is none any more. */
export async function findSchedule(ctx: Ctx, id: string): Promise<Schedule | null> {
  const row = await queries.findSchedule(ctx.db, requireWorkspace(ctx.actor).id, id);
  return row ? presentSchedule(row) : null;
}

/** @throws {AppError} `not_found` */
export async function getSchedule(ctx: Ctx, id: string): Promise<Schedule> {
  return presentSchedule(await requireSchedule(ctx, id));
}

async function requireSchedule(ctx: Ctx, id: string): Promise<queries.ScheduleRow> {
  const row = await queries.findSchedule(ctx.db, requireWorkspace(ctx.actor).id, id);
  if (!row) throw notFound(RESOURCE);
  return row;
}

/** @throws {AppError} `not_found`, `validation_failed` or `limit_reached` */
export async function createSchedule(ctx: Ctx, workflowId: string, input: ScheduleCreate): Promise<Schedule> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const { id: userId } = requireUser(ctx.actor);
  const id = crypto.randomUUID();
  const timing = toTiming(input);
  requireOrder(timing);
  const row = {
    ...toColumns(input),
    ...timing,
    id,
    workspaceId,
    workflowId,
    createdBy: userId,
    // With whose rights it runs, as they are when it does.
    actsFor: userId,
    accessTokenId: accessTokenOf(ctx.actor),
    name: input.name,
    isActive: input.is_active,
    nextDueAt: input.is_active ? nextDue(timing, Date.now()) : null,
  };
  const results = await batchClaimed(ctx, id, [
    ...holdWorkflow(ctx, { workspaceId, workflowId }, PERMISSION),
    refuseUnless(ctx.db, queries.hasFewerThan(workspaceId, SCHEDULES_LIMIT), 'limit_reached', {
      resource: 'schedules',
      limit: SCHEDULES_LIMIT,
    }),
    queries.insertSchedule(ctx.db, row),
    auditChange(ctx, { workspaceId, action: 'schedule.created', resourceId: id, details: { name: input.name } }),
  ]);
  const [created] = results.at(-2) as queries.ScheduleRow[];
  return presentSchedule(created!);
}

/**
 * Changes what is given. It acts from then on for whoever changes it: they could otherwise have somebody else's variables
 * given to a workflow.
 * @throws {AppError} `not_found`, `validation_failed`, `precondition_failed`
 */
export async function updateSchedule(
  ctx: Ctx,
  id: string,
  input: ScheduleUpdate,
  revisions: number[] | null,
): Promise<Schedule> {
  return changeSchedule(ctx, id, revisions, 'schedule.updated', Object.keys(input), (row) => {
    const timing = { ...timingOf(row), ...withoutUndefined(toTiming(input)) };
    requireOrder(timing);
    const isSame = JSON.stringify(timing) === JSON.stringify(timingOf(row));
    return {
      ...toColumns(input),
      ...timing,
      ...answeringFor(ctx.actor, row, input.grant_variables),
      // What is due already is not lost by another name.
      ...(row.isActive && !isSame && { nextDueAt: nextDue(timing, Date.now()) }),
    };
  });
}

/** @throws {AppError} `not_found` */
export async function pauseSchedule(ctx: Ctx, id: string): Promise<Schedule> {
  return changeSchedule(ctx, id, null, 'schedule.paused', [], () => ({
    isActive: false,
    inactiveReason: null,
    nextDueAt: null,
  }));
}

/**
 * Lets it go on, from now, for whoever says so. One that goes on already does so as it did.
 * @throws {AppError} `not_found`
 */
export async function resumeSchedule(ctx: Ctx, id: string): Promise<Schedule> {
  return changeSchedule(ctx, id, null, 'schedule.resumed', [], (row) => ({
    ...answeringFor(ctx.actor, row, undefined),
    isActive: true,
    inactiveReason: null,
    ...(!row.isActive && { nextDueAt: nextDue(row, Date.now()) }),
  }));
}

/** Changes it by what it is: should somebody else have changed it in between, that is worked out anew. */
async function changeSchedule(
  ctx: Ctx,
  id: string,
  revisions: number[] | null,
  action: AuditAction,
  fields: string[],
  change: (row: queries.ScheduleRow) => Parameters<typeof queries.updateSchedule>[3],
): Promise<Schedule> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const row = await changeVersioned(
    revisions,
    async () => toVersioned(await requireSchedule(ctx, id)),
    change,
    async ({ revision }, changes) => {
      const [, , , , [changed]] = await db.batch([
        ...holdPermission(ctx, { workspaceId }, PERMISSION),
        refuseUnless(db, queries.isSchedule(workspaceId, id), 'not_found', { resource: RESOURCE }),
        refuseUnless(db, queries.hasRevision(workspaceId, id, revision), 'precondition_failed'),
        queries.updateSchedule(db, workspaceId, id, changes),
        auditChange(ctx, { workspaceId, action, resourceId: id, details: { fields } }),
      ]);
      return toVersioned(changed!);
    },
  );
  return presentSchedule(row);
}

/** Its version is its revision: what the API calls a version is the workflow's. */
const toVersioned = (row: queries.ScheduleRow) => ({ ...row, version: row.revision });

/** Deletes it, with what became of it; its executions stay. @throws {AppError} `not_found` */
export async function deleteSchedule(ctx: Ctx, id: string): Promise<void> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  await db.batch([
    ...holdPermission(ctx, { workspaceId }, PERMISSION),
    refuseUnless(db, queries.isSchedule(workspaceId, id), 'not_found', { resource: RESOURCE }),
    queries.deleteSchedule(db, workspaceId, id),
    auditChange(ctx, { workspaceId, action: 'schedule.deleted', resourceId: id }),
  ]);
}

/** When a schedule will be due, as if it were not paused. @throws {AppError} `not_found` */
export async function previewSchedule(ctx: Ctx, id: string): Promise<SchedulePreview> {
  return preview(await requireSchedule(ctx, id), Date.now());
}

/** When a schedule would be due. @throws {AppError} `validation_failed` */
export function previewTiming(input: SchedulePreviewRequest): SchedulePreview {
  const timing = toTiming(input);
  requireOrder(timing);
  return preview(timing, Date.now());
}

/** What became of a schedule, of the last 90 days. @throws {AppError} `not_found` */
export async function listOccurrences(
  ctx: Ctx,
  id: string,
  query: ListSchedulesQuery,
): Promise<Page<ScheduleOccurrence>> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const rows = await queries.findOccurrences(ctx.db, workspaceId, id, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(presentOccurrence), nextCursor };
}

function requireOrder({ startsAt, endsAt }: Timing): void {
  if (!startsAt || !endsAt || startsAt < endsAt) return;
  throw new AppError('validation_failed', {
    fields: [{ loc: ['body', 'ends_at'], msg: 'must be after starts_at', type: 'order' }],
  });
}

const toDate = (text: string | null | undefined) => (text ? new Date(text) : (text as null | undefined));

const toTiming = <I extends Partial<SchedulePreviewRequest>>(input: I) =>
  ({
    cron: input.cron,
    timeZone: input.time_zone,
    nonexistentTime: input.nonexistent_time,
    repeatedTime: input.repeated_time,
    startsAt: toDate(input.starts_at),
    endsAt: toDate(input.ends_at),
  }) as I extends SchedulePreviewRequest ? Timing : Partial<Timing>;

const timingOf = ({ cron, timeZone, nonexistentTime, repeatedTime, startsAt, endsAt }: Timing): Timing => ({
  cron,
  timeZone,
  nonexistentTime,
  repeatedTime,
  startsAt,
  endsAt,
});

const withoutUndefined = <T extends object>(given: T) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;

const toColumns = (input: ScheduleUpdate) => ({
  name: input.name,
  overlap: input.overlap,
  catchUp: input.catch_up,
  catchUpSeconds: input.catch_up_seconds,
  catchUpLimit: input.catch_up_limit,
  inputData: input.input_data,
  variables: input.variables,
  grantedVariables: input.grant_variables,
  workflowVersion: input.version,
  priority: input.priority,
  timeoutSeconds: input.timeout_seconds,
});
