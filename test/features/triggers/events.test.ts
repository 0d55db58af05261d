import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fireEvent, purgeFirings, sweepFirings } from '../../../src/features/triggers/index.ts';
import { happen } from '../../helpers/activities.ts';
import { addMember, createUser, createWorkspace, inWorkspace, type User } from '../../helpers/actors.ts';
import { auditOf } from '../../helpers/audit.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { createWorkflow, definition, recorded, start, transform, trigger } from '../../helpers/executions.ts';
import { ECHO, startedBy } from '../../helpers/hooks.ts';

let owner: User;
let colleague: User;
/** The owner in a workspace that no other test does anything in. */
let here: User;
beforeAll(async () => {
  [owner, colleague] = await Promise.all([createUser(), createUser()]);
});
beforeEach(async () => {
  here = inWorkspace(owner, await createWorkspace(owner));
});

const FAILING = definition({ start: trigger, out: transform('$error("no")') });

const triggerAt = (id: string, rest = '') => `/api/v1/event-triggers/${id}${rest}`;

type Trigger = { id: string; workflow_id: string; [field: string]: any };

async function createTrigger(by: User, input: object, flow: object = ECHO): Promise<Trigger> {
  const workflowId = await createWorkflow(by, flow);
  const { status, body } = await by.post(`/api/v1/workflows/${workflowId}/event-triggers`, { name: 'On', ...input });
  if (status !== 201) throw new Error(`no trigger: ${JSON.stringify(body)}`);
  return body;
}

const firingsOf = async ({ id }: Trigger) => (await owner.get(triggerAt(id, '/firings'))).body;

/** What a trigger has come to, once it has decided on so many events. */
const decided = (of: Trigger, count = 1): Promise<any[]> =>
  eventually(async () => {
    const all = await firingsOf(of);
    return all.length >= count && all.every(({ outcome }: any) => outcome !== 'pending') && all;
  });

const join = (more: object = {}) =>
  happen(here.workspaceId, { action: 'member_joined', by: owner, metadata: { role: 'admin' }, ...more });

describe('an event trigger', () => {
  test('is made, shown, changed and deleted', async () => {
    const made = await createTrigger(here, {
      events: ['member.*', 'member.*'],
      filter: 'data.metadata.role = "admin"',
    });
    expect(made).toMatchObject({ events: ['member.*'], is_active: true, acts_for: owner.id, version: 1 });
    const shown = await owner.get(triggerAt(made.id));
    expect(shown.body).toEqual(made);
    expect((await here.get(`/api/v1/workflows/${made.workflow_id}/event-triggers`)).body).toEqual([made]);
    const ifMatch = { headers: { 'If-Match': shown.headers.get('etag')! } };
    const changed = await owner.patch(triggerAt(made.id), { filter: null, is_active: false }, ifMatch);
    expect(changed.body).toMatchObject({ filter: null, is_active: false, version: 2 });
    expect((await owner.patch(triggerAt(made.id), { name: 'x' }, ifMatch)).status).toBe(412);
    expect((await colleague.get(triggerAt(made.id))).status).toBe(404);
    await owner.delete(triggerAt(made.id));
    expect((await owner.get(triggerAt(made.id))).status).toBe(404);
  });

  test.each([
    [{ events: ['member.exploded'] }, '/events/0'],
    [{ events: [] }, '/events'],
    [{ events: ['*'], filter: '(((' }, '/filter'],
    [{ events: ['*'], filter: '$eval("1")' }, '/filter'],
  ])('is refused for %j', async (input, pointer) => {
    const workflowId = await createWorkflow(here, ECHO);
    const { status, body } = await here.post(`/api/v1/workflows/${workflowId}/event-triggers`, { name: 'x', ...input });
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, pointer]);
  });
});

describe('something that happens', () => {
  test('starts the workflow with the event as integrations are sent it', async () => {
    const on = await createTrigger(here, { events: ['member.joined'], priority: 8 });
    const activityId = await join({ subject: colleague });
    const [firing] = await decided(on);
    expect(firing).toMatchObject({ outcome: 'started', event_type: 'member.joined', activity_id: activityId });
    const row = await recorded(firing.execution_id);
    expect(row).toMatchObject({
      trigger_type: 'event',
      trigger_id: on.id,
      created_by: owner.id,
      priority: 8,
      depth: 0,
    });
    expect(row.output_data).toEqual({
      type: 'member.joined',
      timestamp: expect.any(String),
      data: {
        activity_id: activityId,
        workspace_id: here.workspaceId,
        project_id: null,
        user_id: owner.id,
        subject_id: colleague.id,
        action: 'member_joined',
        resource_type: 'anything',
        resource_id: null,
        metadata: { role: 'admin' },
      },
    });
  });

  test('is what a request did, told by the queue', async () => {
    const on = await createTrigger(here, { events: ['workspace.updated'] });
    await owner.put(`/api/v1/workspaces/${here.workspaceId}`, { name: 'Renamed' });
    const [firing] = await decided(on);
    expect((await recorded(firing.execution_id)).input_data.data.metadata.fields).toEqual(['name']);
  });

  test('starts it once, however often it is told', async () => {
    const on = await createTrigger(here, { events: ['*'] });
    const activityId = await join();
    const [firing] = await decided(on);
    for (const pending of [false, true]) {
      // As if everything after the start had been lost.
      if (pending) await sql`update event_firings set outcome = 'pending' where id = ${firing.id}`;
      await sql`update workspace_activities set followed_up_at = null where id = ${activityId}`;
      const { followUpActivity } = await import('../../../src/jobs/follow-up.ts');
      const told = () => followUpActivity(createTestCtx(), { activityId });
      await Promise.all([told(), told(), fireEvent(createTestCtx(), { firingId: firing.id })]);
    }
    expect(await decided(on)).toMatchObject([{ outcome: 'started', execution_id: firing.execution_id }]);
    expect(await startedBy(on.id)).toBe(1);
  });

  test('is nothing to triggers for other events, of other workspaces, made later, or switched off', async () => {
    const others = [
      await createTrigger(here, { events: ['project.*', 'member.left'] }),
      await createTrigger(here, { events: ['*'], is_active: false }),
      await createTrigger(owner, { events: ['*'] }),
    ];
    await join();
    await sql`update workspace_activities set created_at = now() - interval '1 hour', followed_up_at = null
      where workspace_id = ${here.workspaceId} and action = 'member_joined'`;
    const later = await createTrigger(here, { events: ['member.joined'] });
    const { followUpActivity } = await import('../../../src/jobs/follow-up.ts');
    const [{ id }] = (await sql`select id from workspace_activities
      where workspace_id = ${here.workspaceId} and action = 'member_joined'`) as [{ id: string }];
    await followUpActivity(createTestCtx(), { activityId: id });
    for (const one of [...others, later]) {
      const rows = await sql`select from event_firings where trigger_id = ${one.id} and event_type = 'member.joined'`;
      expect(rows).toEqual([]);
    }
  });

  test('passes the filter where that gives true, and nothing else', async () => {
    const filters = {
      'data.metadata.role = "admin"': 'started',
      'data.metadata.role = "viewer"': 'filtered',
      '"yes"': 'filtered',
      'data.nothing': 'filtered',
      '$error("no")': 'expression_failed',
      '($f := function($n) { $f($n + 1) }; $f(1))': 'expression_limit',
    };
    const triggers = [];
    for (const filter of Object.keys(filters))
      triggers.push(await createTrigger(here, { events: ['member.joined'], filter }));
    await join();
    for (const [at, expected] of Object.values(filters).entries()) {
      const [firing] = await decided(triggers[at]!);
      expect(firing.reason ?? firing.outcome, Object.keys(filters)[at]!).toBe(expected);
    }
  });

  test('is let through sixty times a minute, and the rest is seen to be refused', async () => {
    const on = await createTrigger(here, { events: ['member.joined'] });
    await sql`insert into event_firings (workspace_id, trigger_id, source, event_type, outcome, execution_id, created_at)
      select workspace_id, id, n::text, 'member.joined', 'started', gen_random_uuid(),
        now() - case when n > 59 then interval '61 seconds' else interval '10 seconds' end
      from event_triggers, generate_series(1, 70) n where id = ${on.id}`;
    await join();
    await join();
    const outcomes = await eventually(async () => {
      const rows = await sql`select outcome, reason from event_firings where trigger_id = ${on.id}
        and activity_id is not null and outcome <> 'pending' order by outcome`;
      return rows.length === 2 && rows;
    });
    expect(outcomes).toMatchObject([
      { outcome: 'refused', reason: 'rate_limited' },
      { outcome: 'started', reason: null },
    ]);
    expect(await startedBy(on.id)).toBe(1);
  });

  test('starts what its maker may, and switches the trigger off once they may not', async () => {
    await addMember(here.workspaceId, colleague, 'member');
    const theirs = inWorkspace(colleague, here.workspaceId);
    const on = await createTrigger(theirs, { events: ['member.joined'] });
    await sql`delete from workspace_members where workspace_id = ${here.workspaceId} and user_id = ${colleague.id}`;
    await join();
    expect(await decided(on)).toMatchObject([{ outcome: 'refused', reason: 'rights_lost', execution_id: null }]);
    expect((await owner.get(triggerAt(on.id))).body).toMatchObject({
      is_active: false,
      inactive_reason: 'rights_lost',
    });
    expect((await auditOf(here.workspaceId)).at(-1)).toMatchObject({ action: 'event_trigger.disabled' });
    const { body } = await owner.patch(triggerAt(on.id), { is_active: true });
    expect(body).toMatchObject({ is_active: true, inactive_reason: null, acts_for: owner.id });
    await join();
    expect((await decided(on, 2))[0]).toMatchObject({ outcome: 'started' });
  });

  test('waits where too many executions are open, and is found by the sweep', async () => {
    const on = await createTrigger(here, { events: ['member.joined'] });
    await sql`insert into workflow_executions (workspace_id, workflow_id, created_by)
      select ${here.workspaceId}, ${on.workflow_id}, ${owner.id} from generate_series(1, 1000)`;
    await join();
    const [waiting] = await eventually(async () => {
      const all = await firingsOf(on);
      return all[0]?.reason && all;
    });
    expect(waiting).toMatchObject({ outcome: 'pending', reason: 'queue_full' });
    await sql`delete from workflow_executions where workspace_id = ${here.workspaceId}`;
    await sql`update event_firings set created_at = now() - interval '1 minute' where trigger_id = ${on.id}`;
    await sweepFirings(createTestCtx(), new Date());
    expect(await decided(on)).toMatchObject([{ outcome: 'started', reason: null }]);
  });

  test('is given up where nothing has come of it for a day', async () => {
    const on = await createTrigger(here, { events: ['member.joined'], is_active: false });
    await sql`insert into event_firings (workspace_id, trigger_id, source, event_type, created_at)
      values (${here.workspaceId}, ${on.id}, 'old', 'member.joined', now() - interval '25 hours')`;
    await sweepFirings(createTestCtx(), new Date());
    expect(await firingsOf(on)).toMatchObject([{ outcome: 'refused', reason: 'abandoned' }]);
  });

  test('is forgotten after a month', async () => {
    const on = await createTrigger(here, { events: ['member.joined'] });
    await join();
    await decided(on);
    await sql`update event_firings set created_at = now() - interval '31 days' where trigger_id = ${on.id}`;
    await purgeFirings(createTestCtx(), new Date());
    expect(await firingsOf(on)).toEqual([]);
  });
});

describe('the end of an execution', () => {
  test('is an event by its name, and its line is kept', async () => {
    const on = await createTrigger(here, { events: ['execution.failed'] });
    const all = await createTrigger(here, { events: ['*'] });
    const failed = await start(here, await createWorkflow(here, FAILING));
    await start(here, await createWorkflow(here, ECHO));
    const [firing] = await decided(on);
    expect(firing).toMatchObject({ outcome: 'started', event_type: 'execution.failed', ended_execution_id: failed });
    const row = await recorded(firing.execution_id);
    expect(row).toMatchObject({ parent_execution_id: failed, root_execution_id: failed, depth: 1, trigger_id: on.id });
    expect(row.input_data).toMatchObject({
      type: 'execution.failed',
      data: { execution_id: failed, status: 'failed' },
    });
    expect(await startedBy(on.id)).toBe(1);
    expect((await firingsOf(all)).filter(({ ended_execution_id: id }: any) => id !== null)).toEqual([]);
  });

  test('that comes again after a retry is another one', async () => {
    const on = await createTrigger(here, { events: ['execution.failed'] });
    const failed = await start(here, await createWorkflow(here, FAILING));
    await decided(on);
    await recorded(failed);
    await here.post(`/api/v1/executions/${failed}/control`, { action: 'retry' });
    expect((await decided(on, 2)).map(({ outcome }) => outcome)).toEqual(['started', 'started']);
  });

  test('goes round in circles eight times', async () => {
    const on = await createTrigger(here, { events: ['execution.completed'] });
    await start(here, on.workflow_id);
    const all = await decided(on, 9);
    expect(all.map(({ reason, outcome }) => reason ?? outcome).toSorted()).toEqual([
      ...Array.from({ length: 8 }, () => 'started'),
      'too_deep',
    ]);
    expect(await startedBy(on.id)).toBe(8);
  });

  test('in a line that is kept by what it asks as well ends at the same depth', async () => {
    const asking = definition({ start: trigger, ask: { type: 'approval', config: { title: 'Go on?' } } });
    const on = await createTrigger(here, { events: ['approval.requested'] }, asking);
    const seventh = await start(here, await createWorkflow(here, ECHO));
    await recorded(seventh);
    await sql`update workflow_executions set depth = 7 where id = ${seventh}`;
    const metadata = { node: 'ask', execution_id: seventh, told: [] };
    await happen(here.workspaceId, { action: 'approval_requested', by: null, metadata });
    const all = await decided(on, 2);
    expect(all.map(({ outcome, reason }) => reason ?? outcome).toSorted()).toEqual(['started', 'too_deep']);
    const rows = await sql`select parent_execution_id, root_execution_id, depth from workflow_executions
      where trigger_id = ${on.id}`;
    expect(rows).toEqual([{ parent_execution_id: seventh, root_execution_id: seventh, depth: 8 }]);
    await here.delete(`/api/v1/workflows/${on.workflow_id}`);
  });

  test('is acted on although its message was lost', async () => {
    const on = await createTrigger(here, { events: ['execution.*'], is_active: false });
    const ended = await start(here, on.workflow_id);
    await recorded(ended);
    await owner.patch(triggerAt(on.id), { is_active: true });
    await sql`insert into event_firings (workspace_id, trigger_id, source, event_type, ended_execution_id, created_at)
      values (${here.workspaceId}, ${on.id}, 'lost', 'execution.completed', ${ended}, now() - interval '1 minute')`;
    await sweepFirings(createTestCtx(), new Date());
    await eventually(async () => (await startedBy(on.id)) > 0);
  });
});
