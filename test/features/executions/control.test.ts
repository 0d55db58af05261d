import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { queueOf } from '../../helpers/executions.ts';
import { recordExecution } from '../../helpers/recorded-executions.ts';
import {
  execute,
  executeDefinition,
  executionIn,
  executionPath,
  EXECUTIONS,
  single,
  SLEEP,
} from '../../helpers/run-workflows.ts';
import { createWorkflow, workflowPath } from '../../helpers/workflows.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const control = (id: string, action: string, more: object = {}) =>
  user.post(executionPath(id, '/control'), { action, ...more });

describe('an execution', () => {
  test('is paused and goes on', async () => {
    const id = await executeDefinition(user, SLEEP);
    await executionIn(user, id, 'running');
    expect((await control(id, 'start')).status).toBe(400);
    const paused = await control(id, 'pause', { reason: 'Lunch' });
    expect(paused.body).toMatchObject({ success: true, action: 'pause', status: 'paused' });
    expect((await user.get(executionPath(id))).body).toMatchObject({ status: 'paused' });
    expect((await control(id, 'pause')).body).toMatchObject({ code: 'action_not_possible' });
    expect((await control(id, 'resume')).status).toBe(200);
    await executionIn(user, id, 'running');
    expect((await control(id, 'cancel')).body.status).toBe('cancelled');
    const { logs } = (await user.get(executionPath(id, '/logs'))).body;
    expect(logs.map(({ message, context }: any) => [message, context?.reason ?? null])).toEqual([
      ['Execution started', null],
      ['Execution paused', 'Lunch'],
      ['Execution resumed', null],
      ['Execution goes on', null],
      ['A user cancels the execution', null],
      ['Execution cancelled', null],
    ]);
    expect((await control(id, 'cancel')).body).toMatchObject({ status: 400, code: 'action_not_possible' });
  });

  test('that failed is taken up again under its id, as often as it may', async () => {
    const definition = single('transform', { expression: '$error("No.")' });
    const { id: workflowId } = await createWorkflow(user, { definition });
    const made = await user.post(EXECUTIONS, {
      workflow_id: workflowId,
      max_retries: 1,
      auto_retry: false,
      notify_on_failure: false,
    });
    const { id } = made.body;
    await executionIn(user, id, 'failed');
    expect((await control(id, 'retry')).status).toBe(200);
    const again = await executionIn(user, id, 'failed');
    expect(again.retry_count).toBe(1);
    expect((await control(id, 'retry')).body).toMatchObject({ status: 400, code: 'retries_used_up' });
    expect((await control(id, 'resume')).body).toMatchObject({ status: 400, code: 'action_not_possible' });
    const [count] = await sql`select count(*)::int as n from workflow_executions where workflow_id = ${workflowId}`;
    expect(count!.n).toBe(1);
  });

  test('that is completed takes no action', async () => {
    const id = await recordExecution(user);
    for (const action of ['start', 'pause', 'resume', 'cancel', 'retry']) {
      expect((await control(id, action)).body).toMatchObject({ status: 400, code: 'action_not_possible' });
    }
    expect((await control(id, 'delete')).status).toBe(422);
    expect((await control(crypto.randomUUID(), 'cancel')).status).toBe(404);
  });

  test('whose start was lost can be cancelled', async () => {
    const { id: workflowId } = await createWorkflow(user, { definition: SLEEP });
    const { body } = await user.post(EXECUTIONS, { workflow_id: workflowId }, { query: { start_immediately: false } });
    // As if its runner had never been told.
    await sql`update workflow_executions set next_check_at = now() + interval '1 minute' where id = ${body.id}`;
    expect((await control(body.id, 'cancel', { reason: 'Gone.' })).body.status).toBe('cancelled');
    expect((await user.get(executionPath(body.id))).body).toMatchObject({
      status: 'cancelled',
      error_message: 'Gone.',
    });
  });
});

test('deleting a workflow ends what runs of it, in whatever workspace', async () => {
  const stranger = await createUser();
  const { id: workflowId } = await createWorkflow(user, { definition: SLEEP, is_public: true });
  const ids = [await execute(user, workflowId), await execute(stranger, workflowId)];
  await executionIn(user, ids[0]!, 'running');
  await executionIn(stranger, ids[1]!, 'running');
  expect((await user.delete(workflowPath(workflowId))).status).toBe(200);
  for (const { workspaceId } of [user, stranger]) {
    await eventually(async () => {
      const { running } = await queueOf(workspaceId);
      return !running.some(({ executionId }) => ids.includes(executionId));
    });
  }
});

describe('several executions', () => {
  test('are controlled each by itself', async () => {
    const sleeping = await executeDefinition(user, SLEEP);
    const completed = await recordExecution(user);
    const missing = crypto.randomUUID();
    const foreign = await recordExecution(await createUser());
    const ids = [sleeping, completed, missing, foreign, sleeping];
    const { status, body } = await user.post(`${EXECUTIONS}/batch`, { execution_ids: ids, action: 'cancel' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ action: 'cancel', total: 4, successful: 1, failed: 3 });
    expect(body.results).toEqual([
      { execution_id: sleeping, success: true, error: null, code: null },
      { execution_id: completed, success: false, error: expect.any(String), code: 'action_not_possible' },
      { execution_id: missing, success: false, error: expect.any(String), code: 'not_found' },
      { execution_id: foreign, success: false, error: expect.any(String), code: 'not_found' },
    ]);
    expect((await user.get(executionPath(sleeping))).body.status).toBe('cancelled');
  });

  test('are deleted once they have ended', async () => {
    const open = await executeDefinition(user, SLEEP);
    const ended = await execute(user, (await createWorkflow(user, { definition: single('set', { values: {} }) })).id);
    await executionIn(user, ended, 'completed');
    const recorded = await recordExecution(user, { nodes: [{ key: 'a' }], logs: ['Line'] });
    const execution_ids = [open, ended, recorded];
    const { body } = await user.post(`${EXECUTIONS}/batch`, { execution_ids, action: 'delete' });
    expect(body).toMatchObject({ successful: 2, failed: 1 });
    expect(body.results[0]).toMatchObject({ success: false, code: 'execution_open' });
    const left = await sql`select id from workflow_executions where id = any(${execution_ids})`;
    expect(left).toEqual([{ id: open }]);
    expect(await sql`select 1 from node_executions where execution_id = any(${[ended, recorded]})`).toEqual([]);
    await control(open, 'cancel');
  });
});
