import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
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
import { createWorkflow } from '../../helpers/workflows.ts';

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
    expect((await control(id, 'pause')).body).toMatchObject({ success: true, action: 'pause', status: 'paused' });
    expect((await user.get(executionPath(id))).body).toMatchObject({ status: 'paused' });
    expect((await control(id, 'pause')).body).toMatchObject({ code: 'action_not_possible' });
    expect((await control(id, 'resume')).status).toBe(200);
    await executionIn(user, id, 'running');
    expect((await control(id, 'cancel')).body.status).toBe('cancelled');
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
    expect((await control(id, 'retry')).body).toMatchObject({ status: 400, code: 'action_not_possible' });
    expect((await control(id, 'resume')).status).toBe(400);
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
