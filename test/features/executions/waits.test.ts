/** Executions that wait for people: for days, at no cost, and with one answer. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseEnv } from '../../../src/env.ts';
import { linkOf } from '../../../src/features/executions/waits/link.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  approval,
  createWorkflow,
  decided,
  definition,
  killRunner,
  liveOf,
  openWait,
  parked,
  queueOf,
  recorded,
  runnerOf,
  start,
  statusesOf,
  sweepFor,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { openSocket } from '../../helpers/streams.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const answer = (who: User, id: string, body: object) => who.post(`/api/v1/waits/${id}/answer`, body);

describe('an approval', () => {
  test('is waited for, shown to those who may decide, and goes on by what they say', async () => {
    const id = await start(user, await createWorkflow(user, decided({ message: 'Look at it.' })));
    const wait = await openWait(id);
    const { body: list } = await user.get('/api/v1/approvals');
    expect(list.find((one: any) => one.id === wait.id)).toMatchObject({
      execution_id: id,
      node_id: 'ask',
      kind: 'approval',
      status: 'open',
      title: 'Go on?',
      message: 'Look at it.',
      may_answer: true,
    });
    await parked(user.workspaceId, id);
    expect((await user.get(`/api/v1/executions/${id}`)).body).toMatchObject({
      status: 'running',
      current_node: 'ask',
      waits: { reason: 'approval', until: new Date(wait.expires_at).toISOString() },
    });
    const { status, body } = await answer(user, wait.id, { decision: 'approve', comment: 'Fine.', data: { n: 1 } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'approved',
      answered_by: user.id,
      answered_via: 'account',
      may_answer: false,
    });
    expect(await recorded(id)).toMatchObject({
      status: 'completed',
      output_data: { went: 'on', data: { n: 1 }, comment: 'Fine.' },
    });
    expect(await statusesOf(id)).toMatchObject({ ask: 'completed', yes: 'completed', no: 'skipped', late: 'skipped' });
    expect((await user.get('/api/v1/approvals', { query: { execution_id: id } })).body).toEqual([]);
    const audited =
      await sql`select details from audit_entries where action = 'approval.answered' and resource_id = ${wait.id}`;
    expect(audited).toMatchObject([{ details: { decision: 'approved', via: 'account', execution_id: id } }]);
  });

  test('that is rejected goes the other way', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    await answer(user, (await openWait(id)).id, { decision: 'reject' });
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: { went: 'back' } });
  });

  test('that nobody gives goes on by its own way, or fails where that leads nowhere', async () => {
    const [late, failed] = await Promise.all([
      start(user, await createWorkflow(user, decided({ timeout_seconds: 1 }))),
      start(user, await createWorkflow(user, definition({ start: trigger, ask: approval({ timeout_seconds: 1 }) }))),
    ]);
    expect(await recorded(late)).toMatchObject({ status: 'completed', output_data: { went: 'late' } });
    expect(await recorded(failed)).toMatchObject({ status: 'failed', error_details: { code: 'not_answered' } });
    const wait = await openWait(late);
    expect(wait.status).toBe('timed_out');
    expect((await answer(user, wait.id, { decision: 'approve' })).status).toBe(409);
  });

  test('is checked against its form, unless it is refused', async () => {
    const form = [
      { name: 'reason', type: 'textarea', required: true },
      { name: 'amount', type: 'number' },
    ];
    const id = await start(user, await createWorkflow(user, decided({ form })));
    const wait = await openWait(id);
    const wrong = await answer(user, wait.id, { decision: 'approve', data: { amount: 'much' } });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors.map((fault: any) => fault.pointer).toSorted()).toEqual(['/data', '/data/amount']);
    expect((await answer(user, wait.id, { decision: 'answer' })).status).toBe(422);
    expect((await answer(user, wait.id, { decision: 'approve', data: { reason: 'Yes', amount: 2 } })).status).toBe(200);
    expect(await recorded(id)).toMatchObject({ output_data: { went: 'on', data: { reason: 'Yes', amount: 2 } } });
  });

  test('is for those who are named, or whose role is enough', async () => {
    const [owner, named, other, viewer] = await Promise.all([createUser(), createUser(), createUser(), createUser()]);
    const workspaceId = await createWorkspace(owner);
    await Promise.all([
      addMember(workspaceId, named, 'member'),
      addMember(workspaceId, other, 'member'),
      addMember(workspaceId, viewer, 'viewer'),
    ]);
    const here = { 'X-Workspace-Id': workspaceId };
    const begin = async (config: object) => {
      const { body } = await owner.with(here).post('/api/v1/workflows/', { name: 'Flow', definition: decided(config) });
      return start(owner.with(here), body.id);
    };
    const forNamed = await openWait(await begin({ approvers: named.username }));
    const forAdmins = await openWait(await begin({ role: 'admin' }));
    const tryTo = async (who: User, { id }: { id: string }) =>
      (await who.with(here).post(`/api/v1/waits/${id}/answer`, { decision: 'approve' })).status;
    expect(await tryTo(viewer, forNamed)).toBe(403);
    expect(await tryTo(other, forNamed)).toBe(403);
    expect(await tryTo(user, forNamed)).toBe(404);
    expect(await tryTo(other, forAdmins)).toBe(403);
    const idsFor = async (who: User, query = {}) =>
      (await who.with(here).get('/api/v1/approvals', { query })).body.map((one: any) => one.id);
    expect(await idsFor(named)).toEqual([forNamed.id]);
    expect(await idsFor(other)).toEqual([]);
    expect(await idsFor(other, { mine: false })).toHaveLength(2);
    expect(await tryTo(named, forNamed)).toBe(200);
    expect(await tryTo(owner, forAdmins)).toBe(200);
    const unknown = await recorded(await begin({ approvers: ['nobody-of-that-name'] }));
    expect(unknown).toMatchObject({ status: 'failed', error_details: { code: 'approver_unknown' } });
  });

  test('tells those who may decide: once, by mail and in their list', async () => {
    const [owner, named] = await Promise.all([createUser(), createUser()]);
    const workspaceId = await createWorkspace(owner);
    await addMember(workspaceId, named, 'member');
    const here = { 'X-Workspace-Id': workspaceId };
    const flow = decided({ approvers: [named.email], allow_link: true, title: 'Refund?' });
    const { body } = await owner.with(here).post('/api/v1/workflows/', { name: 'Flow', definition: flow });
    const wait = await openWait(await start(owner.with(here), body.id));
    const letters =
      await sql`select * from mail_outbox where template = 'approval_by_link' and user_id in (${named.id}, ${owner.id})`;
    expect(letters.map((letter) => letter.user_id)).toEqual([named.id]);
    expect(JSON.stringify(letters)).not.toContain('/api/v1/callbacks/');
    await eventually(async () => {
      const rows =
        await sql`select n.kind, a.resource_id from notifications n join workspace_activities a on a.id = n.activity_id
        where n.user_id = ${named.id} and n.workspace_id = ${workspaceId}`;
      return rows.length === 1 && rows[0]!.kind === 'approval' && rows[0]!.resource_id === wait.id;
    });
  });

  test('has one answer, of two at the same time', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    const wait = await openWait(id);
    const results = await Promise.all([
      answer(user, wait.id, { decision: 'approve' }),
      answer(user, wait.id, { decision: 'reject' }),
    ]);
    expect(results.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const refused = results.find(({ status }) => status === 409)!;
    expect(refused.body).toMatchObject({ code: 'wait_closed', detail: expect.stringContaining(user.username) });
    const won = results[0]!.status === 200 ? 'on' : 'back';
    expect(await recorded(id)).toMatchObject({ output_data: { went: won } });
  });

  test('is not waited for any more once its execution is cancelled', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    const wait = await openWait(id);
    await parked(user.workspaceId, id);
    expect((await user.post(`/api/v1/executions/${id}/control`, { action: 'cancel' })).status).toBe(200);
    expect(await recorded(id)).toMatchObject({ status: 'cancelled' });
    expect(await statusesOf(id)).toMatchObject({ ask: 'skipped', yes: 'skipped' });
    expect((await user.get(`/api/v1/waits/${wait.id}`)).body.status).toBe('cancelled');
    expect((await answer(user, wait.id, { decision: 'approve' })).status).toBe(409);
  });
});

test('what a deleted workflow waits for is not waited for any more, and nobody can answer it', async () => {
  const workflowId = await createWorkflow(user, decided({ allow_link: true }));
  const id = await start(user, workflowId);
  const wait = await openWait(id);
  await parked(user.workspaceId, id);
  const path = linkOf(parseEnv(env), wait.id).replace(/^https?:\/\/[^/]+/, '');
  expect((await api.get(path)).status).toBe(200);
  expect((await user.delete(`/api/v1/workflows/${workflowId}`)).status).toBe(200);
  expect((await user.get(`/api/v1/waits/${wait.id}`)).status).toBe(404);
  expect((await answer(user, wait.id, { decision: 'approve' })).status).toBe(404);
  expect((await api.get(path)).status).toBe(404);
  await eventually(async () => (await liveOf(user.workspaceId, id)) === null);
  expect((await queueOf(user.workspaceId)).parked).toBe(0);
});

describe('waiting', () => {
  test('holds no place: fifty wait, and one runs beside them where one may run at once', async () => {
    const someone = await createUser();
    await sql`insert into execution_settings (workspace_id, max_concurrent_executions) values (${someone.workspaceId}, 1)`;
    const waiting = await createWorkflow(someone, decided());
    const sleeping = await createWorkflow(
      someone,
      definition({ start: trigger, nap: { type: 'delay', config: { days: 3 } } }),
    );
    const ids = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        start(someone, at % 2 ? waiting : sleeping, { timeout_seconds: 2_592_000 }),
      ),
    );
    await eventually(async () => (await queueOf(someone.workspaceId)).parked === 50);
    const quick = await start(
      someone,
      await createWorkflow(someone, definition({ start: trigger, end: transform('7') })),
    );
    expect(await recorded(quick)).toMatchObject({ status: 'completed', output_data: 7 });
    const { body } = await someone.get('/api/v1/executions/queue/status');
    expect(body.user_queue).toEqual({ pending: 0, running: 0, paused: 0, parked: 50, total_active: 50 });
    // The database knows, and counts none of them among those that are open.
    await eventually(async () => {
      const [row] = await sql`select count(*)::int as n, min(next_check_at) as soonest from workflow_executions
        where id = any(${ids}) and status = 'running' and waiting_since is not null`;
      return row!.n === 50 && new Date(row!.soonest) > new Date(Date.now() + 86_400_000);
    }, 50_000);
    const listed = await someone.get('/api/v1/executions', { query: { status: 'running', limit: 100 } });
    expect(listed.body).toHaveLength(50);
    expect(new Set(listed.body.map((one: any) => one.waits.reason))).toEqual(new Set(['approval', 'schedule']));
    await killRunner(someone.workspaceId);
    expect((await queueOf(someone.workspaceId)).parked).toBe(50);
    const inMemory = await runInDurableObject(runnerOf(someone.workspaceId), async (_, state) =>
      state.storage.getAlarm(),
    );
    expect(inMemory).toBeGreaterThan(Date.now() + 86_400_000);
  });

  test('does not count as time of the execution', async () => {
    const flow = definition({ start: trigger, ask: approval(), end: transform('1') }, [
      'start>ask',
      'ask.approved>end',
    ]);
    const id = await start(user, await createWorkflow(user, flow), { timeout_seconds: 2 });
    const wait = await openWait(id);
    await parked(user.workspaceId, id);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await answer(user, wait.id, { decision: 'approve' });
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: 1 });
  });

  test('goes on after its runner was killed, with an answer that came meanwhile', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    const wait = await openWait(id);
    await killRunner(user.workspaceId);
    expect(await liveOf(user.workspaceId, id)).toMatchObject({ status: 'running' });
    await killRunner(user.workspaceId);
    expect((await answer(user, wait.id, { decision: 'approve' })).status).toBe(200);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: { went: 'on' } });
    expect(await sql`select from execution_waits where execution_id = ${id}`).toHaveLength(1);
  });

  test('hears of an answer whose message was lost, by the sweep', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    const wait = await openWait(id);
    await parked(user.workspaceId, id);
    await eventually(
      async () => (await sql`select from workflow_executions where id = ${id} and waiting_since is not null`)[0],
    );
    // As the answer's request does, of which the runner then hears nothing.
    await sql`update execution_waits set status = 'approved', answer = '{"data": null, "comment": null}', answered_at = now()
      where id = ${wait.id}`;
    await sweepFor([id]);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: { went: 'on' } });
  });

  test('is paused, and goes on with what came meanwhile once it is resumed', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    const wait = await openWait(id);
    await parked(user.workspaceId, id);
    const control = (action: string) => user.post(`/api/v1/executions/${id}/control`, { action });
    expect((await control('pause')).body.status).toBe('paused');
    await answer(user, wait.id, { decision: 'approve' });
    expect(await liveOf(user.workspaceId, id)).toMatchObject({ status: 'paused', waits: { reason: 'pause' } });
    await control('resume');
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: { went: 'on' } });
  });

  test('is watched like anything that runs', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    const wait = await openWait(id);
    await parked(user.workspaceId, id);
    const socket = await openSocket(`/api/v1/ws/execution/${id}`, { Authorization: `Bearer ${user.accessToken}` });
    const until = async (type: string, node: string | null = null): Promise<any> => {
      for (;;) {
        const frame: any = await socket.next();
        if (frame.type === type && (node === null || frame.data.current_node === node)) return frame;
      }
    };
    // What has happened is told first: it began.
    expect(await until('execution_progress', 'ask')).toMatchObject({ data: { status: 'running' } });
    await answer(user, wait.id, { decision: 'approve' });
    expect(await until('execution_completed')).toMatchObject({ data: { result: { went: 'on' } } });
    socket.close();
  });

  test('in a loop asks for each item, and hears each answer', async () => {
    const flow = definition(
      {
        start: trigger,
        each: { type: 'loop', config: { items: '[1, 2, 3]', parallelism: 3 } },
        ask: approval(),
        end: transform('input.results.decision'),
      },
      ['start>each', 'each.item>ask', 'each.done>end'],
    );
    const id = await start(user, await createWorkflow(user, flow));
    const waits = await eventually(async () => {
      const rows = await sql`select id, iteration from execution_waits where execution_id = ${id} order by iteration`;
      return rows.length === 3 && rows;
    });
    for (const [at, { id: waitId }] of waits.entries()) {
      await answer(user, waitId, { decision: at === 1 ? 'reject' : 'approve' });
    }
    expect(await recorded(id)).toMatchObject({ output_data: ['approved', 'rejected', 'approved'] });
  });
});
