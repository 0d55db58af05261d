/** What is left of executions that are deleted: nothing but that they count in their month. */
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { purgeExecutions, sweepExecutions } from '../../../src/features/executions/index.ts';
import { createUser, givePlan, type User } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { createWorkflow, definition, liveOf, recorded, start, transform, trigger } from '../../helpers/executions.ts';
import { recordExecution } from '../../helpers/recorded-executions.ts';
import { executionIn, executionPath, SLEEP } from '../../helpers/run-workflows.ts';
import { workflowPath } from '../../helpers/workflows.ts';

const { STORAGE } = env as unknown as { STORAGE: R2Bucket };

const ECHO = definition({ start: trigger, end: transform('1') });

/** Gives more than a row takes. */
const LONG = definition({ start: trigger, end: transform('[1..400].("' + 'x'.repeat(1_000) + '")') });

const prefixOf = ({ workspaceId }: User, id: string) => `executions/${workspaceId}/${id}/`;

const objectsOf = async (user: User, id: string) =>
  (await STORAGE.list({ prefix: prefixOf(user, id) })).objects.map(({ key }) => key);

/** As if these had been deleted a while ago, and nobody else's. */
async function sweepRemoved(...ids: string[]): Promise<void> {
  await sql`update removed_executions set clear_at = '2001-01-01' where execution_id = any(${ids})`;
  await sweepExecutions(createTestCtx(), new Date('2001-01-02'));
}

const removedOf = (id: string) => sql`select * from removed_executions where execution_id = ${id}`;

describe('the executions of a month that a plan has', () => {
  const used = async (user: User, workflowId: string) =>
    (await user.post(`/api/v1/workflows/${workflowId}/simulate`, {})).body.start.executions_of_month;

  test('are not had once more by deleting executions, or workflows with theirs', async () => {
    const user = await createUser();
    const [kept, other] = [await createWorkflow(user, ECHO), await createWorkflow(user, ECHO)];
    await givePlan(user, 'free');
    await sql`insert into workflow_executions (workspace_id, workflow_id, workflow_version, created_by, status)
      select ${user.workspaceId}, ${other}, 1, ${user.id}, 'completed' from generate_series(1, 998)`;
    const ids = [await start(user, kept), await start(user, other)];
    const full = { status: 409, body: { code: 'limit_reached' } };
    const again = () => user.post(`/api/v1/workflows/${kept}/execute`, {});
    expect(await again()).toMatchObject(full);
    for (const id of ids) await recorded(id);
    expect((await user.delete(executionPath(ids[0]!))).status).toBe(200);
    expect(await again()).toMatchObject(full);
    expect((await user.delete(workflowPath(other))).status).toBe(200);
    expect(await again()).toMatchObject(full);
    expect(await used(user, kept)).toEqual({ used: 1_000, limit: 1_000 });
    const { body } = await user.get('/api/v1/workspaces/creation-rules');
    expect(body.limits.usage.current_executions_this_month).toBe(1_000);
    // Those of another month count no more.
    await sql`update removed_executions set created_at = created_at - interval '40 days'
      where execution_id = ${ids[0]}`;
    expect((await again()).status).toBe(200);
  });

  test('are not used up by what never began', async () => {
    const user = await createUser();
    const broken = await createWorkflow(user, { nodes: [{ id: 'odd', type: 'no-such-type' }], connections: [] });
    expect((await user.post(`/api/v1/workflows/${broken}/execute`, {})).status).toBe(422);
    const workflowId = await createWorkflow(user, ECHO);
    const held = await user.post(
      '/api/v1/executions',
      { workflow_id: workflowId },
      { query: { start_immediately: false } },
    );
    expect((await user.delete(executionPath(held.body.id))).status).toBe(200);
    expect(await sql`select from removed_executions where workspace_id = ${user.workspaceId}`).toEqual([]);
  });
});

describe('what an execution has in object storage', () => {
  test('goes with it', async () => {
    const user = await createUser();
    const id = await start(user, await createWorkflow(user, LONG));
    expect(await recorded(id)).toMatchObject({ status: 'completed' });
    expect(await objectsOf(user, id)).not.toEqual([]);
    await user.delete(executionPath(id));
    await eventually(async () => (await objectsOf(user, id)).length === 0);
  });

  test('goes with its workflow, although it had ended long before', async () => {
    const user = await createUser();
    const workflowId = await createWorkflow(user, LONG);
    const [one, other] = [await start(user, workflowId), await start(user, workflowId)];
    for (const id of [one, other]) await recorded(id);
    await user.delete(workflowPath(workflowId));
    expect(await objectsOf(user, one)).not.toEqual([]);
    await sweepRemoved(one, other);
    for (const id of [one, other]) {
      expect(await objectsOf(user, id)).toEqual([]);
      expect(await removedOf(id)).toMatchObject([{ clear_at: null }]);
    }
  });

  test('goes although it came when the execution was deleted already', async () => {
    const user = await createUser();
    const id = await start(user, await createWorkflow(user, ECHO));
    await recorded(id);
    await user.delete(executionPath(id));
    await STORAGE.put(`${prefixOf(user, id)}9`, 'late');
    await sweepRemoved(id);
    expect(await objectsOf(user, id)).toEqual([]);
  });
});

test('what runs of a deleted workflow ends although nobody was told', async () => {
  const user = await createUser();
  const workflowId = await createWorkflow(user, SLEEP);
  const id = await start(user, workflowId);
  await executionIn(user, id, 'running');
  // The workflow goes, and the message with it.
  await sql`delete from workflows where id = ${workflowId}`;
  expect(await liveOf(user.workspaceId, id)).toMatchObject({ status: 'running' });
  await sweepRemoved(id);
  expect(await liveOf(user.workspaceId, id)).toBeNull();
});

describe('a workspace that keeps executions for a time', () => {
  const settingsOf = ({ workspaceId }: User) => `/api/v1/workspaces/${workspaceId}/execution-settings`;

  const endedAgo = async (user: User, days: number) => {
    const id = await recordExecution(user, { nodes: [{ key: 'a' }] });
    await sql`update workflow_executions set completed_at = now() - make_interval(days => ${days}) where id = ${id}`;
    return id;
  };

  const isThere = async (id: string) => (await sql`select from workflow_executions where id = ${id}`).length === 1;

  test('says so, and loses those that ended before', async () => {
    const [user, other] = [await createUser(), await createUser()];
    expect((await user.get(settingsOf(user))).body).toMatchObject({ retention_days: null });
    const set = await user.put(settingsOf(user), { retention_days: 30 });
    expect(set).toMatchObject({ status: 200, body: { retention_days: 30, is_paused: false } });
    for (const days of [0, 3651]) {
      expect((await user.put(settingsOf(user), { retention_days: days })).status).toBe(422);
    }
    const [old, recent, foreign] = [await endedAgo(user, 31), await endedAgo(user, 29), await endedAgo(other, 31)];
    const needed = await endedAgo(user, 40);
    await sql`insert into workflow_executions (workspace_id, created_by, status, parent_execution_id)
      values (${user.workspaceId}, ${user.id}, 'running', ${needed})`;
    const open = await start(user, await createWorkflow(user, SLEEP));
    await purgeExecutions(createTestCtx(), new Date());
    const left = await Promise.all([old, recent, foreign, needed, open].map(isThere));
    expect(left).toEqual([false, true, true, true, true]);
    expect(await sql`select from node_executions where execution_id = ${old}`).toEqual([]);
    await user.post(executionPath(open, '/control'), { action: 'cancel' });
  });

  test('is reminded of deleted ones for a day after their month at least, and until nothing is left of them', async () => {
    const user = await createUser();
    const ids = [await endedAgo(user, 1), await endedAgo(user, 1), await endedAgo(user, 1)];
    for (const id of ids) await user.delete(executionPath(id));
    const [gone, counting, full] = ids;
    await sql`update removed_executions set created_at = '2001-01-31', clear_at = null where execution_id = ${gone}`;
    await sql`update removed_executions set clear_at = null where execution_id = ${counting}`;
    await sql`update removed_executions set created_at = '2001-01-31' where execution_id = ${full}`;
    await purgeExecutions(createTestCtx(), new Date('2001-02-01T12:00:00Z'));
    expect(await removedOf(gone!)).toHaveLength(1);
    await purgeExecutions(createTestCtx(), new Date('2001-02-02T12:00:00Z'));
    expect((await Promise.all(ids.map(removedOf))).map(({ length }) => length)).toEqual([0, 1, 1]);
  });
});

test('one that was begun again under its id is left alone, until it is deleted once more', async () => {
  const user = await createUser();
  const id = await start(user, await createWorkflow(user, LONG));
  await recorded(id);
  await sql`insert into removed_executions (execution_id, workspace_id, created_at) values (${id}, ${user.workspaceId}, now())`;
  await sweepRemoved(id);
  expect(await objectsOf(user, id)).toHaveLength(1);
  expect(await removedOf(id)).toMatchObject([{ clear_at: null }]);
  await sql`delete from workflow_executions where id = ${id}`;
  expect((await removedOf(id))[0]!.clear_at).not.toBeNull();
  await sweepRemoved(id);
  expect(await objectsOf(user, id)).toEqual([]);
});
