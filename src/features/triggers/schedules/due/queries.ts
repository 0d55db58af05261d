import { and, asc, eq, lte, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../../db/client.ts';
import { digestId } from '../../../../db/digest-id.ts';
import { listOf } from '../../../../db/lists.ts';
import { schedules, workspaces } from '../../../../db/schema/index.ts';
import { isOpen } from '../../../executions/index.ts';
import { queueLetters } from '../../../mail/index.ts';
import { selectRunnable } from '../../../workflows/index.ts';
import type { Plan } from './plan.ts';

const DUE = {
  id: schedules.id,
  workspaceId: schedules.workspaceId,
  actsFor: schedules.actsFor,
  accessTokenId: schedules.accessTokenId,
  cron: schedules.cron,
  timeZone: schedules.timeZone,
  nonexistentTime: schedules.nonexistentTime,
  repeatedTime: schedules.repeatedTime,
  startsAt: schedules.startsAt,
  endsAt: schedules.endsAt,
  catchUp: schedules.catchUp,
  catchUpSeconds: schedules.catchUpSeconds,
  catchUpLimit: schedules.catchUpLimit,
  revision: schedules.revision,
  nextDueAt: sql<Date>`${schedules.nextDueAt}`.mapWith(schedules.nextDueAt),
};

/**
 * Schedules that are due, the longest due first, after that one. Those of a deleted workspace wait for it to be restored,
 * or to be gone.
 */
export function findDue(db: Database, now: Date, after: { id: string; nextDueAt: Date } | null, limit: number) {
  const { id, nextDueAt } = schedules;
  return db
    .select(DUE)
    .from(schedules)
    .innerJoin(workspaces, and(eq(workspaces.id, schedules.workspaceId), eq(workspaces.status, 'active')))
    .where(
      and(
        lte(nextDueAt, now),
        after
          ? sql`(${nextDueAt}, ${id}) > (${after.nextDueAt.toISOString()}::timestamptz, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(nextDueAt), asc(id))
    .limit(limit);
}

export type DueSchedule = Awaited<ReturnType<typeof findDue>>[number];

/** Lets starts that count against the same plans come one after another, so that the counts in {@link carryOut} hold. */
export const lockPlans = (db: Database, workspaceIds: string[]) =>
  db.execute(sql`
    select from user_subscriptions s
    join plans p on p.id = s.plan_id and p.max_executions_per_month is not null
    where s.status = 'active' and s.user_id in (
      select w.owner_id from workspaces w
      where w.id in ${listOf(workspaceIds, 'uuid')}
    )
    order by s.id for no key update of s`);

/** An execution that was started, and those that are to be cancelled for it. */
export type Started = {
  schedule_id: string;
  due_at_ms: number;
  workspace_id: string;
  /** Null where it was deleted since. */
  execution_id: string | null;
  cancels: string[] | null;
};

export type Limits = { open: number; month: Date; checkAfter: number };

const textOfPlans = (plans: Plan[]) =>
  JSON.stringify(
    plans.map(({ scheduleId, revision, dueAt, nextDueAt, stops }) => ({
      schedule_id: scheduleId,
      revision,
      due_at: dueAt,
      next_due_at: nextDueAt,
      stops,
    })),
  );

const textOfSlots = (plans: Plan[]) =>
  JSON.stringify(
    plans.flatMap(({ slots }) =>
      slots.map(({ id, scheduleId, dueAt, missedUntil }) => ({
        id,
        schedule_id: scheduleId,
        due_at: dueAt,
        missed_until: missedUntil,
      })),
    ),
  );

/** A condition that the planner takes for true of half of all rows: what is found by its key it would take for nothing. */
const perhaps = (condition: SQL) => sql`case when ${condition} then true else false end`;

/**
 * Carries out what schedules have to do, each as a whole or, where it is not as its plan says or somebody else has it in
 * hand, not at all. What cannot be started is noted with the reason, one after another by the limits that all share.
 *
 * What belongs to a schedule is taken along from one part to the next, for they have no indexes to be joined by.
 */
export function carryOut(db: Database, plans: Plan[], requestId: string, limits: Limits) {
  const place = { workflowId: sql`c.workflow_id`, workspaceId: sql`c.workspace_id` };
  return db.execute<Started>(sql`
    with plan as (
      select * from json_to_recordset(${textOfPlans(plans)}::json)
        as plan (schedule_id uuid, revision int, due_at timestamptz, next_due_at timestamptz, stops text)
    ), slot as materialized (
      select * from json_to_recordset(${textOfSlots(plans)}::json)
        as slot (id uuid, schedule_id uuid, due_at timestamptz, missed_until timestamptz)
    ), claimed as materialized (
      select s.*, plan.next_due_at as following, plan.stops
      from plan join schedules s on s.id = plan.schedule_id join workflows w on w.id = s.workflow_id
      where ${perhaps(sql`s.revision = plan.revision and s.next_due_at = plan.due_at`)}
      -- Whoever deletes a workflow has its row first and its schedules then.
      for no key update of s skip locked for key share of w skip locked
    ), known as materialized (
      select c.*, w.owner_id, flow.id as flow_id, flow.status as flow_status, flow.version as flow_version,
        jsonb_array_length(flow.definition -> 'nodes') as total_nodes
      from claimed c join workspaces w on w.id = c.workspace_id left join lateral (
        select id, status, version, definition from ${selectRunnable(db, place)} present where c.workflow_version is null
        union all
        select id, status, version, definition
        from ${selectRunnable(db, { ...place, version: sql`c.workflow_version` })} chosen
        where c.workflow_version is not null
      ) flow on true
    ), estimate as materialized (
      select w.flow_id, w.workspace_id, ${ESTIMATED_SECONDS} as seconds
      from (select distinct flow_id, workspace_id from known where flow_id is not null) w
    ), open as materialized (
      select x.id, x.workspace_id, x.trigger_id, x.waiting_since
      from (select distinct workspace_id from known) place
      join workflow_executions x on x.workspace_id = place.workspace_id and ${isOpen(sql`x.status`)}
    ), load as (
      select workspace_id, count(*) filter (where waiting_since is null) as n from open group by workspace_id
    ), busy as (
      select trigger_id, array_agg(id) as ids from open
      where ${perhaps(sql`trigger_id in (select id from claimed)`)} group by trigger_id
    ), asked as (
      select k.*, slot.id as occurrence_id, slot.due_at, busy.ids as busy_ids, estimate.seconds, case
        when k.stops is not null then k.stops
        when k.flow_id is null then 'not_found'
        when k.flow_status in ('archived', 'paused') then 'workflow_not_runnable'
        when k.overlap = 'cancel_previous' and slot.due_at < max(slot.due_at) over of_schedule then 'superseded'
        when k.overlap = 'skip' and (busy.ids is not null or slot.due_at > min(slot.due_at) over of_schedule)
          then 'previous_run'
      end as reason
      from slot join known k on k.id = slot.schedule_id left join busy on busy.trigger_id = k.id
      left join estimate on estimate.flow_id = k.flow_id and estimate.workspace_id = k.workspace_id
      where slot.missed_until is null
      window of_schedule as (partition by slot.schedule_id)
    ), fitting as (
      select asked.*, case
        when reason is not null then reason
        when row_number() over (partition by asked.workspace_id, reason is null order by due_at, asked.id)
          + coalesce(load.n, 0) > ${limits.open}::int then 'queue_full'
      end as reason_by_queue
      from asked left join load on load.workspace_id = asked.workspace_id
    ), allowance as materialized (
      select o.owner_id, p.max_executions_per_month as most,
        executions_of_month(o.owner_id, ${limits.month.toISOString()}::timestamptz, p.max_executions_per_month) as used
      from (select distinct owner_id from known) o
      join user_subscriptions s on s.user_id = o.owner_id and s.status = 'active'
      join plans p on p.id = s.plan_id and p.max_executions_per_month is not null
    ), decided as materialized (
      select fitting.*, case
        when reason_by_queue is not null then reason_by_queue
        when row_number() over (partition by fitting.owner_id, reason_by_queue is null order by due_at, fitting.id)
          + allowance.used > allowance.most then 'limit_reached'
      end as verdict
      from fitting left join allowance on allowance.owner_id = fitting.owner_id
    ), made as (
      insert into workflow_executions (
        id, workspace_id, workflow_id, workflow_version, created_by, access_token_id, request_id, priority, input_data,
        variables, granted_variables, timeout_seconds, auto_retry, notify_on_failure, next_check_at, total_nodes,
        estimated_duration, trigger_type, trigger_id, concurrency_key
      )
      select d.occurrence_id, d.workspace_id, d.flow_id, d.flow_version, d.acts_for, d.access_token_id, ${requestId},
        d.priority, d.input_data, d.variables, d.granted_variables, d.timeout_seconds, true, true,
        now() + make_interval(secs => ${limits.checkAfter}::int), d.total_nodes, d.seconds, 'schedule', d.id,
        case when d.overlap in ('queue', 'cancel_previous') then d.id::text end
      from decided d where d.verdict is null order by d.due_at
      on conflict (id) do nothing
      returning id
    ), outcome as materialized (
      select d.occurrence_id as id, d.id as schedule_id, d.due_at, d.workspace_id, null::timestamptz as missed_until,
        d.verdict as reason, case when d.verdict is null then d.occurrence_id end as execution_id,
        case when d.verdict is null then 'started' when d.verdict in ('previous_run', 'superseded') then 'skipped_overlap'
          else 'refused' end as outcome,
        case when d.verdict is null and d.overlap = 'cancel_previous' then d.busy_ids end as cancels
      from decided d
      union all
      select slot.id, c.id, slot.due_at, c.workspace_id, slot.missed_until, null, null, 'missed', null
      from slot join claimed c on c.id = slot.schedule_id where slot.missed_until is not null
    ), noted as (
      insert into schedule_occurrences
        (id, schedule_id, due_at, workspace_id, outcome, reason, missed_until, execution_id, cancels)
      select id, schedule_id, due_at, workspace_id, outcome, reason, missed_until, execution_id, cancels from outcome
      on conflict do nothing
    ), latest as (
      select distinct on (schedule_id) schedule_id, coalesce(missed_until, due_at) as due_at, outcome
      from outcome order by schedule_id, outcome.due_at desc
    ), moved as (
      update schedules s set
        next_due_at = case when c.stops is null then c.following end,
        is_active = c.stops is null,
        inactive_reason = c.stops,
        revision = s.revision + (c.stops is not null)::int,
        last_due_at = coalesce(latest.due_at, s.last_due_at),
        last_outcome = coalesce(latest.outcome, s.last_outcome)
      from claimed c left join latest on latest.schedule_id = c.id where s.id = c.id
    ), told as (${queueLetters(
      'schedule_stopped',
      sql`select ${digestId(sql`'schedule_stopped'`, sql`c.id`, sql`c.revision`)} as id, c.acts_for as user_id,
        jsonb_build_object('schedule', c.id, 'code', c.stops) as parameters
        from claimed c where c.stops is not null`,
    )})
    select outcome.schedule_id, (extract(epoch from outcome.due_at) * 1000)::float8 as due_at_ms, outcome.workspace_id,
      outcome.execution_id, outcome.cancels
    from outcome where ${perhaps(sql`execution_id in (select id from made)`)}`);
}

/** The mean of the latest executions of the workflow that were completed in the same workspace. */
const ESTIMATED_SECONDS = sql`(
  select ceil(avg(extract(epoch from recent.completed_at - recent.started_at)))::int
  from (
    select x.status, x.started_at, x.completed_at, x.workspace_id from workflow_executions x
    where x.workflow_id = w.flow_id and x.restart is null order by x.created_at desc, x.id desc limit 20
  ) recent
  where recent.status = 'completed' and recent.workspace_id = w.workspace_id
)`;

/** Orders to cancel that nobody has confirmed for half a minute, the oldest first. */
export async function findOrders(db: Database, now: Date, limit: number): Promise<Started[]> {
  const { rows } = await db.execute<Started>(sql`
    select schedule_id, (extract(epoch from due_at) * 1000)::float8 as due_at_ms, workspace_id,
      execution_id, cancels
    from schedule_occurrences
    where cancels is not null and decided_at < ${now.toISOString()}::timestamptz - interval '30 seconds'
    order by decided_at limit ${limit}`);
  return rows;
}

export const noteOrdersGiven = (db: Database, given: Pick<Started, 'schedule_id' | 'due_at_ms'>[]) =>
  db.execute(sql`
    update schedule_occurrences o set cancels = null
    from json_to_recordset(${JSON.stringify(given)}::json) as given (schedule_id uuid, due_at_ms float8)
    where o.schedule_id = given.schedule_id and o.due_at = to_timestamp(given.due_at_ms / 1000)`);
