/**
 * What is due starts once, whatever else happens; and what does not start says why. All in one file, for the clock is
 * everybody's, and never later than it is: what others have scheduled is not due.
 */
import { neonConfig } from '@neondatabase/serverless';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createUser, createWorkspace, givePlan, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  createWorkflow,
  definition,
  killRunner,
  recorded,
  runnerOf,
  sweepFor,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { describeRefusals } from '../../helpers/schedule-refusals-suite.ts';
import {
  beginMinute,
  createSchedule,
  dueSince,
  executionsOf,
  minutesAgo,
  occurrencesOf,
  outcomesFor,
  restAll,
  schedulePath,
  strike,
  strikeNow,
  thisMinute,
} from '../../helpers/schedules.ts';

const quick = definition({ start: trigger, say: transform('{ "hello": name }') });
const slow = definition({ start: trigger, nap: { type: 'delay', config: { seconds: 600 } } });

let user: User;
let quickFlow: string;
let slowFlow: string;
beforeAll(async () => {
  user = await createUser();
  quickFlow = await createWorkflow(user, quick);
  slowFlow = await createWorkflow(user, slow);
});

beforeEach(beginMinute);
afterEach(restAll);

/** A schedule of each minute that has been due since so many minutes. */
async function due(workflowId: string, more: object = {}, since = 0): Promise<any> {
  const schedule = await createSchedule(user, workflowId, more);
  await dueSince(schedule.id, minutesAgo(since, thisMinute().getTime()));
  return schedule;
}

const outcomesOf = (id: string) => outcomesFor(user, id);

describe('an occurrence', () => {
  test('starts one execution, with all that the schedule says, and moves the schedule on', async () => {
    const more = { input_data: { name: 'Ada' }, priority: 7, timeout_seconds: 60, variables: { PLACE: 'here' } };
    const schedule = await due(quickFlow, more);
    await strikeNow();
    const [occurrence, ...others] = await occurrencesOf(user, schedule.id);
    expect(others).toEqual([]);
    expect(occurrence).toMatchObject({ outcome: 'started', due_at: thisMinute().toISOString() });
    expect(await recorded(occurrence.execution_id)).toMatchObject({
      status: 'completed',
      output_data: { hello: 'Ada' },
      trigger_type: 'schedule',
      trigger_id: schedule.id,
      created_by: user.id,
      priority: 7,
      timeout_seconds: 60,
      variables: { PLACE: 'here' },
      total_nodes: 2,
    });
    const { body } = await user.get(schedulePath(schedule.id));
    expect(body).toMatchObject({ last_due_at: occurrence.due_at, last_outcome: 'started', is_active: true });
    expect(Date.parse(body.next_due_at)).toBe(thisMinute().getTime() + 60_000);
  });

  test('starts once, though the clock strikes many times, also at once', async () => {
    const schedules = await Promise.all(Array.from({ length: 8 }, () => due(quickFlow)));
    await Promise.all([strikeNow(), strikeNow(), strikeNow()]);
    await strikeNow();
    for (const { id } of schedules) {
      expect(await outcomesOf(id)).toEqual(['started']);
      expect(await executionsOf(id)).toHaveLength(1);
    }
  });

  test('starts once, though the schedule is put back to it', async () => {
    const schedule = await due(quickFlow);
    await strikeNow();
    await dueSince(schedule.id, thisMinute());
    await strikeNow();
    expect(await executionsOf(schedule.id)).toHaveLength(1);
    expect(await outcomesOf(schedule.id)).toEqual(['started']);
  });

  test('begins by the sweep, once, where its runner was away', async () => {
    const schedule = await due(quickFlow);
    const away = { getByName: () => new Proxy({}, { get: () => () => Promise.reject(new Error('away')) }) };
    await strikeNow({ EXECUTION_RUNNER: away as never });
    const [execution] = await executionsOf(schedule.id);
    expect(execution).toMatchObject({ status: 'pending', started_at: null });
    await strikeNow();
    await sweepFor([execution!.id]);
    expect(await recorded(execution!.id)).toMatchObject({ status: 'completed' });
    expect(await executionsOf(schedule.id)).toHaveLength(1);
  });

  test('starts once, though nobody hears that it did', async () => {
    const schedule = await due(quickFlow);
    const send = neonConfig.fetchFunction;
    neonConfig.fetchFunction = async (url: string, init: { body: string }) => {
      const answer = await send(url, init);
      if (init.body.includes('insert into schedule_occurrences')) throw new Error('the line is dead');
      return answer;
    };
    await expect(strikeNow().finally(() => (neonConfig.fetchFunction = send))).rejects.toThrow();
    await strikeNow();
    expect(await executionsOf(schedule.id)).toHaveLength(1);
    expect(await outcomesOf(schedule.id)).toEqual(['started']);
  });

  test('is there whole or not at all', async () => {
    const [sound, broken] = [await due(quickFlow), await due(quickFlow)];
    const send = neonConfig.fetchFunction;
    // The last part of the statement fails, after the executions were inserted.
    neonConfig.fetchFunction = (url: string, init: { body: string }) =>
      send(url, {
        ...init,
        body: init.body.replace(
          'outcome.cancels\\n    from outcome',
          '(1 / (random() * 0)::int)::text\\n    from outcome',
        ),
      });
    await expect(strikeNow().finally(() => (neonConfig.fetchFunction = send))).rejects.toThrow();
    for (const { id } of [sound, broken]) expect(await executionsOf(id)).toEqual([]);
    await strikeNow();
    for (const { id } of [sound, broken]) expect(await executionsOf(id)).toHaveLength(1);
  });

  test('of a paused schedule does not come, and nothing is made up for when it goes on', async () => {
    const schedule = await due(quickFlow, {}, 30);
    const paused = await user.post(schedulePath(schedule.id, '/pause'));
    expect(paused.body).toMatchObject({ is_active: false, inactive_reason: null, next_due_at: null });
    await strikeNow();
    const { body } = await user.post(schedulePath(schedule.id, '/resume'));
    expect(Date.parse(body.next_due_at)).toBeGreaterThan(thisMinute().getTime() + 10_000);
    await strikeNow();
    expect(await occurrencesOf(user, schedule.id)).toEqual([]);
  });

  test('that was due already stays due where the name changes, and not where the cron does', async () => {
    const [named, moved] = [await due(quickFlow), await due(quickFlow)];
    await user.patch(schedulePath(named.id), { name: 'Another' });
    await user.patch(schedulePath(moved.id), { cron: '0 0 1 1 *' });
    await strikeNow();
    expect(await outcomesOf(named.id)).toEqual(['started']);
    expect(await outcomesOf(moved.id)).toEqual([]);
  });

  test('after the end of the schedule does not come, and the last one before it does', async () => {
    const schedule = await due(quickFlow, { catch_up: 'all' }, 5);
    await sql`update schedules set ends_at = ${minutesAgo(3, thisMinute().getTime()).toISOString()} where id = ${schedule.id}`;
    await strikeNow();
    expect(await outcomesOf(schedule.id)).toEqual(
      Array(3).fill('started').with(1, 'skipped_overlap: previous_run').with(2, 'skipped_overlap: previous_run'),
    );
    expect((await user.get(schedulePath(schedule.id))).body).toMatchObject({ next_due_at: null, is_active: true });
  });
});

describe('what was missed', () => {
  const at = (minutes: number, now: number) => minutesAgo(minutes, now).toISOString();
  const shown = async (id: string) =>
    (await occurrencesOf(user, id)).map(({ due_at, missed_until, outcome }) =>
      missed_until ? `${outcome} ${due_at} to ${missed_until}` : `${outcome} ${due_at}`,
    );

  test('is noted as missed, in one line, where nothing is made up for', async () => {
    const schedule = await due(quickFlow, { cron: '*/10 * * * *', catch_up: 'none', overlap: 'allow' });
    const now = Date.UTC(2025, 0, 1, 12, 5);
    await dueSince(schedule.id, minutesAgo(60 * 24 * 3 + 5, now));
    await strike(new Date(now));
    expect(await shown(schedule.id)).toEqual([`missed ${at(60 * 24 * 3 + 5, now)} to ${at(5, now)}`]);
    expect(await executionsOf(schedule.id)).toEqual([]);
  });

  test('is made up for by the latest, once', async () => {
    const schedule = await due(quickFlow, { cron: '*/10 * * * *', catch_up: 'latest', overlap: 'allow' });
    const now = Date.UTC(2025, 0, 1, 12, 5);
    await dueSince(schedule.id, minutesAgo(65, now));
    await Promise.all([strike(new Date(now)), strike(new Date(now))]);
    await strike(new Date(now));
    expect(await shown(schedule.id)).toEqual([`missed ${at(65, now)} to ${at(15, now)}`, `started ${at(5, now)}`]);
    expect(await executionsOf(schedule.id)).toHaveLength(1);
  });

  test('is made up for by all, within how far back and how many, and what is due now comes besides', async () => {
    const more = { catch_up: 'all', catch_up_seconds: 600, catch_up_limit: 4, overlap: 'allow' };
    const schedule = await due(quickFlow, more);
    const now = Date.UTC(2025, 0, 1, 12, 5, 30);
    await dueSince(schedule.id, minutesAgo(60, now));
    await strike(new Date(now));
    // Within two minutes nothing is late.
    expect(await shown(schedule.id)).toEqual([
      `missed ${at(60, now)} to ${at(6, now)}`,
      ...[5, 4, 3, 2, 1, 0].map((ago) => `started ${at(ago, now)}`),
    ]);
    const wide = await due(quickFlow, { ...more, catch_up_limit: 100 });
    await dueSince(wide.id, minutesAgo(60, now));
    await strike(new Date(now));
    expect((await shown(wide.id)).slice(0, 2)).toEqual([
      `missed ${at(60, now)} to ${at(10, now)}`,
      `started ${at(9, now)}`,
    ]);
  });
});

describe('an occurrence while an earlier execution has not ended', () => {
  /** The first one runs; another one is due. */
  async function twice(overlap: string) {
    const schedule = await due(slowFlow, { overlap, cron: '*/2 * * * *' });
    await dueSince(schedule.id, new Date('2025-01-01T12:00:00Z'));
    await strike(new Date('2025-01-01T12:00:30Z'));
    const [first] = await executionsOf(schedule.id);
    await eventually(async () => (await user.get(`/api/v1/executions/${first!.id}`)).body.status === 'running');
    await strike(new Date('2025-01-01T12:02:30Z'));
    const executions = await executionsOf(schedule.id);
    const second = executions.find(({ id }) => id !== first!.id);
    return { schedule, first: first!, second };
  }
  const statusOf = async (id: string) => (await user.get(`/api/v1/executions/${id}`)).body;

  test('is skipped, and said to be', async () => {
    const { schedule, second } = await twice('skip');
    expect(await outcomesOf(schedule.id)).toEqual(['started', 'skipped_overlap: previous_run']);
    expect(second).toBeUndefined();
  });

  test('waits for it', async () => {
    const { schedule, first, second } = await twice('queue');
    expect(await outcomesOf(schedule.id)).toEqual(['started', 'started']);
    expect(await statusOf(second!.id)).toMatchObject({ status: 'pending', waits: { reason: 'previous_run' } });
    await user.post(`/api/v1/executions/${first.id}/control`, { action: 'cancel' });
    await eventually(async () => (await statusOf(second!.id)).status === 'running');
  });

  test('waits for it also while it is paused, and however often its runner is killed', async () => {
    const { first, second } = await twice('queue');
    const control = (action: string) => user.post(`/api/v1/executions/${first.id}/control`, { action });
    const waits = async () => {
      // Whatever may begin has begun by then.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await statusOf(second!.id)).toMatchObject({ status: 'pending', waits: { reason: 'previous_run' } });
    };
    await killRunner(user.workspaceId);
    await waits();
    expect((await control('pause')).status).toBe(200);
    await waits();
    await killRunner(user.workspaceId);
    await waits();
    expect((await control('resume')).status).toBe(200);
    await eventually(async () => (await statusOf(first.id)).status === 'running');
    await waits();
    expect((await control('cancel')).status).toBe(200);
    await eventually(async () => (await statusOf(second!.id)).status === 'running');
  });

  test('has it cancelled, and begins', async () => {
    const { schedule, first, second } = await twice('cancel_previous');
    expect(await outcomesOf(schedule.id)).toEqual(['started', 'started']);
    expect(await recorded(first.id)).toMatchObject({
      status: 'cancelled',
      error_message: expect.stringMatching(/later occurrence/),
    });
    await eventually(async () => (await statusOf(second!.id)).status === 'running');
    const [left] =
      await sql`select count(*)::int as n from schedule_occurrences where schedule_id = ${schedule.id} and cancels is not null`;
    expect(left!.n).toBe(0);
  });

  test('has it cancelled by the next minute, where that order was lost', async () => {
    const { schedule, second } = await twice('cancel_previous');
    // Another one, of which the runner hears nothing.
    await sql`update schedule_occurrences set cancels = array[${second!.id}::uuid], decided_at = now() - interval '10 minutes'
      where schedule_id = ${schedule.id} and due_at = '2025-01-01T12:00:00Z'`;
    await strikeNow();
    expect(await recorded(second!.id)).toMatchObject({ status: 'cancelled' });
  });

  test('runs beside it', async () => {
    const { first, second } = await twice('allow');
    await eventually(async () => (await statusOf(second!.id)).status === 'running');
    expect(await statusOf(first.id)).toMatchObject({ status: 'running' });
  });
});

describeRefusals();

describe('many that are due in the same minute', () => {
  test('start in one go, once each, in few statements', async () => {
    const crowd = await createUser();
    await givePlan(crowd, 'enterprise');
    const flow = await createWorkflow(crowd, quick);
    await sql`
      insert into schedules (workspace_id, workflow_id, created_by, acts_for, name, cron, time_zone, next_due_at)
      select ${crowd.workspaceId}, ${flow}, ${crowd.id}, ${crowd.id}, 'Crowd ' || n, '* * * * *', 'UTC', ${thisMinute().toISOString()}
      from generate_series(1, 300) n`;
    const told: string[][] = [];
    const listening = {
      getByName: (name: string) => ({
        wake: (ids: string[]) => {
          if (name === crowd.workspaceId) told.push(ids);
          return (runnerOf(name) as unknown as { wake(these: string[]): Promise<void> }).wake(ids);
        },
      }),
    };
    const { roundTrips } = await strikeNow({ EXECUTION_RUNNER: listening as never });
    await sql`update schedules set is_active = false, next_due_at = null where workspace_id = ${crowd.workspaceId}`;
    // Orders; then of each page of 250 itself, its people, and what it does.
    expect(roundTrips).toBeLessThanOrEqual(1 + 2 * 3);
    // By a hundred at most, since a runner loads the definition of each.
    expect(told.map((ids) => ids.length)).toEqual([100, 100, 50, 50]);
    const [counts] = await sql`
      select count(*)::int as n, count(distinct trigger_id)::int as schedules from workflow_executions
      where workspace_id = ${crowd.workspaceId}`;
    expect(counts).toEqual({ n: 300, schedules: 300 });
    await eventually(async () => {
      const [done] = await sql`
        select count(*)::int as n from workflow_executions where workspace_id = ${crowd.workspaceId} and status = 'completed'`;
      return done!.n === 300;
    });
  });
});

test('a workflow that is deleted takes its schedules along', async () => {
  const flow = await createWorkflow(user, quick);
  const schedule = await due(flow);
  await strikeNow();
  const [execution] = await executionsOf(schedule.id);
  await recorded(execution!.id);
  expect((await user.delete(`/api/v1/workflows/${flow}`)).status).toBe(200);
  expect((await user.get(schedulePath(schedule.id))).status).toBe(404);
  const [left] = await sql`select count(*)::int as n from schedule_occurrences where schedule_id = ${schedule.id}`;
  expect(left!.n).toBe(0);
});

test('a workspace that is deleted has its schedules wait', async () => {
  const owner = await createUser();
  const workspaceId = await createWorkspace(owner);
  const made = await owner.post(
    '/api/v1/workflows',
    { name: 'Flow', definition: quick },
    { headers: { 'X-Workspace-Id': workspaceId } },
  );
  const schedule = await createSchedule(owner, made.body.id);
  await dueSince(schedule.id, thisMinute());
  await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${workspaceId}`;
  await strikeNow();
  const [row] = await sql`select is_active, last_outcome from schedules where id = ${schedule.id}`;
  expect(row).toEqual({ is_active: true, last_outcome: null });
});
