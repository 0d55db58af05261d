/** Schedules that cannot start, and why: a part of the tests of their runs. */
import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, givePlan, type User } from './actors.ts';
import { sql } from './database.ts';
import { createWorkflow, definition, recorded, transform, trigger } from './executions.ts';
import { setRole } from './members.ts';
import {
  createSchedule,
  dueSince,
  executionsOf,
  occurrencesOf,
  outcomesFor,
  schedulePath,
  strike,
  strikeNow,
  thisMinute,
} from './schedules.ts';
import { createToken } from './tokens.ts';

const quick = definition({ start: trigger, say: transform('{ "hello": name }') });

export function describeRefusals(): void {
  describe('an occurrence that cannot start says why', () => {
    let user: User;
    beforeAll(async () => {
      user = await createUser();
    });

    test.each(['paused', 'archived'])('where the workflow is %s', async (status) => {
      const flow = await createWorkflow(user, quick);
      const schedule = await createSchedule(user, flow);
      await dueSince(schedule.id, thisMinute());
      await sql`update workflows set status = ${status} where id = ${flow}`;
      await strikeNow();
      expect(await outcomesFor(user, schedule.id)).toEqual(['refused: workflow_not_runnable']);
      expect((await user.get(schedulePath(schedule.id))).body).toMatchObject({
        is_active: true,
        last_outcome: 'refused',
      });
    });

    test('where there is no such version', async () => {
      const schedule = await createSchedule(user, await createWorkflow(user, quick), { version: 99 });
      await dueSince(schedule.id, thisMinute());
      await strikeNow();
      expect(await outcomesFor(user, schedule.id)).toEqual(['refused: not_found']);
    });

    test('where the plan has no more executions in this month, one after another', async () => {
      const poor = await createUser();
      const flow = await createWorkflow(poor, quick);
      await givePlan(poor, 'free');
      await sql`
      insert into workflow_executions (workspace_id, workflow_id, workflow_version, created_by, status)
      select ${poor.workspaceId}, ${flow}, 1, ${poor.id}, 'completed' from generate_series(1, 998)`;
      // Those that are deleted count all the same.
      await sql`delete from workflow_executions where id in (
        select id from workflow_executions where workspace_id = ${poor.workspaceId} limit 500)`;
      const schedules = await Promise.all(Array.from({ length: 4 }, () => createSchedule(poor, flow)));
      for (const { id } of schedules) await dueSince(id, thisMinute());
      await strikeNow();
      const outcomes = await Promise.all(schedules.map(async ({ id }) => (await occurrencesOf(poor, id))[0]));
      expect(outcomes.map(({ outcome, reason }) => reason ?? outcome).toSorted()).toEqual([
        'limit_reached',
        'limit_reached',
        'started',
        'started',
      ]);
    });

    test('where as many are open as a workspace may have', async () => {
      const busy = await createUser();
      const flow = await createWorkflow(busy, quick);
      await givePlan(busy, 'enterprise');
      await sql`
      insert into workflow_executions (workspace_id, workflow_id, workflow_version, created_by, status)
      select ${busy.workspaceId}, ${flow}, 1, ${busy.id}, 'paused' from generate_series(1, 999)`;
      const schedules = await Promise.all(Array.from({ length: 2 }, () => createSchedule(busy, flow)));
      for (const { id } of schedules) await dueSince(id, thisMinute());
      await strikeNow();
      const outcomes = await Promise.all(schedules.map(async ({ id }) => (await occurrencesOf(busy, id))[0]));
      expect(outcomes.map(({ outcome, reason }) => reason ?? outcome).toSorted()).toEqual(['queue_full', 'started']);
    });
  });

  describe('a schedule acts for whoever set it going', () => {
    let owner: User;
    let member: User;
    let workspaceId: string;
    let flow: string;
    beforeAll(async () => {
      [owner, member] = [await createUser(), await createUser()];
      workspaceId = await createWorkspace(owner);
      await addMember(workspaceId, member, 'member');
      const made = await owner.post(
        '/api/v1/workflows',
        { name: 'Flow', definition: quick },
        { headers: { 'X-Workspace-Id': workspaceId } },
      );
      flow = made.body.id;
    });

    test.each([
      [
        'is a member no more',
        'not_a_member',
        () => sql`delete from workspace_members where workspace_id = ${workspaceId} and user_id = ${member.id}`,
      ],
      ['may only read', 'forbidden', () => setRole(workspaceId, member, 'viewer')],
      ['is switched off', 'account_disabled', () => sql`update users set is_active = false where id = ${member.id}`],
    ])('and stops where that one %s, of which they are told', async (_, reason, lose) => {
      await addMember(workspaceId, member, 'member');
      const schedule = await createSchedule(member, flow);
      await dueSince(schedule.id, thisMinute());
      await lose();
      await strikeNow();
      await sql`update users set is_active = true where id = ${member.id}`;
      const [occurrence] = await occurrencesOf(owner, schedule.id);
      expect(occurrence).toMatchObject({ outcome: 'refused', reason });
      const { body } = await owner.get(schedulePath(schedule.id));
      expect(body).toMatchObject({ is_active: false, inactive_reason: reason, next_due_at: null, acts_for: member.id });
      const [letter] = await sql`
      select template, parameters from mail_outbox where user_id = ${member.id} and parameters ->> 'schedule' = ${schedule.id}`;
      expect(letter).toMatchObject({ template: 'schedule_stopped', parameters: { code: reason } });
      // Somebody else can have it go on, as theirs.
      const resumed = await owner.post(schedulePath(schedule.id, '/resume'));
      expect(resumed.body).toMatchObject({ is_active: true, inactive_reason: null, acts_for: owner.id });
      await dueSince(schedule.id, thisMinute());
      await sql`delete from schedule_occurrences where schedule_id = ${schedule.id}`;
      await strikeNow();
      const [again] = await occurrencesOf(owner, schedule.id);
      expect(again).toMatchObject({ outcome: 'started' });
      expect(await recorded(again.execution_id)).toMatchObject({ created_by: owner.id });
    });

    test('by a token as long as that is valid', async () => {
      const token = await createToken(owner, ['workflows:execute', 'workflows:read'], { workspaceId });
      const schedule = await createSchedule(token, flow);
      await dueSince(schedule.id, thisMinute());
      await strikeNow();
      const [first] = await executionsOf(schedule.id);
      expect(first).toMatchObject({ access_token_id: token.id });
      await owner.delete(`/api/v1/auth/tokens/${token.id}`);
      const next = new Date(thisMinute().getTime() + 60_000);
      await dueSince(schedule.id, next);
      await strike(next);
      expect((await occurrencesOf(owner, schedule.id)).at(-1)).toMatchObject({
        outcome: 'refused',
        reason: 'credentials_gone',
      });
    });

    test('so that whoever changes it gives it their own rights', async () => {
      await addMember(workspaceId, member, 'member');
      const schedule = await createSchedule(owner, flow);
      const { body } = await member.patch(schedulePath(schedule.id), { grant_variables: ['SECRET'] });
      expect(body).toMatchObject({ acts_for: member.id, created_by: owner.id, grant_variables: ['SECRET'] });
    });
  });
}
