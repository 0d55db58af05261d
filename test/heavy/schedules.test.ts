/** Ten thousand schedules that are due in the same minute, all of them started by one strike of the clock, and none twice. */
import { beforeAll, expect, test } from 'vitest';
import { sweepExecutions } from '../../src/features/executions/index.ts';
import { createUser, givePlan, type User } from '../helpers/actors.ts';
import { createTestSystemCtx } from '../helpers/context.ts';
import { sql } from '../helpers/database.ts';
import { eventually } from '../helpers/eventually.ts';
import { createWorkflow, definition, transform, trigger } from '../helpers/executions.ts';
import { minutesAgo, strike } from '../helpers/schedules.ts';
import { runAsOwner } from './owner.ts';

const SCHEDULES = 10_000;
const WORKSPACES = 100;

let people: User[];
beforeAll(async () => {
  people = [];
  while (people.length < WORKSPACES)
    people.push(...(await Promise.all(Array.from({ length: 10 }, () => createUser()))));
  const at = minutesAgo(0).toISOString();
  for (const user of people) {
    // Some of a plan with a limit, whose starts come one after another.
    await givePlan(user, people.indexOf(user) % 2 === 0 ? 'enterprise' : 'pro');
    const flow = await createWorkflow(user, definition({ start: trigger, say: transform('1') }));
    await sql`
      insert into schedules (workspace_id, workflow_id, created_by, acts_for, name, cron, time_zone, next_due_at)
      select ${user.workspaceId}, ${flow}, ${user.id}, ${user.id}, 'One of many ' || n, '* * * * *',
        (array['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'])[1 + n % 5], ${at}
      from generate_series(1, ${SCHEDULES / WORKSPACES}::int) n`;
  }
  await runAsOwner({ query: 'analyze' });
});

test('all of them start within the minute, once each, in few statements, though the clock strikes twice', async () => {
  const ids = people.map(({ workspaceId }) => workspaceId);
  const now = new Date();
  const startedAt = Date.now();
  const [one, other] = await Promise.all([strike(now), strike(now)]);
  const took = Date.now() - startedAt;
  const [counts] = await sql`
    select count(*)::int as n, count(distinct trigger_id)::int as schedules from workflow_executions
    where workspace_id = any(${ids}::uuid[])`;
  expect(counts).toEqual({ n: SCHEDULES, schedules: SCHEDULES });
  const [occurrences] = await sql`
    select count(*)::int as n, extract(epoch from max(decided_at) - min(decided_at))::float8 as seconds
    from schedule_occurrences where workspace_id = any(${ids}::uuid[]) and outcome = 'started'`;
  expect(occurrences!.n).toBe(SCHEDULES);
  expect(occurrences!.seconds).toBeLessThan(60);
  const [late] = await sql`
    select count(*)::int as n from schedules where workspace_id = any(${ids}::uuid[]) and next_due_at <= ${now.toISOString()}`;
  expect(late!.n).toBe(0);
  // Of each page of 250: itself, its people, and what it does.
  for (const { roundTrips } of [one, other]) expect(roundTrips).toBeLessThanOrEqual(3 * (SCHEDULES / 250) + 3);
  const trips = `${one.roundTrips} and ${other.roundTrips} round trips`;
  console.log(`${SCHEDULES} schedules in ${occurrences!.seconds} s and ${trips}; their runners told after ${took} ms`);
  // Whose runner could not be told, since here all of them share one machine, is found by the sweep, as each minute.
  const ended = await eventually(async () => {
    await sweepExecutions(createTestSystemCtx(), new Date());
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const [open] = await sql`
      select count(*)::int as n from workflow_executions
      where workspace_id = any(${ids}::uuid[]) and status in ('pending', 'running')`;
    return open!.n === 0 && Date.now() - startedAt;
  }, 900_000);
  console.log(`all of them have ended after ${ended} ms`);
  const [failed] = await sql`
    select count(*)::int as n from workflow_executions
    where workspace_id = any(${ids}::uuid[]) and status <> 'completed'`;
  expect(failed!.n).toBe(0);
}, 1_200_000);
