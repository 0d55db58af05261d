/** What replays come to, who writes that down, and what is not repeated at all. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sweepExecutions } from '../../../src/features/executions/index.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { createWorkflow, definition, recorded, run, start, transform, trigger } from '../../helpers/executions.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const replay = (id: string) => user.post(`/api/v1/executions/${id}/replay`, {}, { headers: { Prefer: 'wait=30' } });

const verdictOf = async (id: string) => (await sql`select * from workflow_replays where execution_id = ${id}`)[0];

describe('an execution that was cut off', () => {
  test.each([
    ['cancelled', {}],
    ['timeout', { timeout_seconds: 1 }],
  ])('as %s is not repeated, which is said before anything is made', async (status, request) => {
    const nap = { type: 'delay', config: { seconds: 600 } };
    const flow = definition({ start: trigger, one: transform('1'), nap, end: transform('2') });
    const id = await start(user, await createWorkflow(user, flow), request);
    if (status === 'cancelled') await user.post(`/api/v1/executions/${id}/control`, { action: 'cancel' });
    expect(await recorded(id)).toMatchObject({ status });
    expect(await replay(id)).toMatchObject({
      status: 409,
      body: {
        code: 'execution_not_suitable',
        errors: [
          { loc: ['path', 'execution_id'], type: 'record_cut_off', msg: 'its record ends where it was stopped' },
        ],
      },
    });
    expect(await sql`select from workflow_executions where parent_execution_id = ${id}`).toEqual([]);
  });
});

describe('the verdict', () => {
  const flow = definition({ start: trigger, end: transform('$random()') });

  test('is written without anybody waiting for it', async () => {
    const source = await run(user, flow);
    const { body } = await user.post(`/api/v1/executions/${source!.id}/replay`, {});
    expect(body.is_equal).toBeNull();
    const row = await eventually(async () => {
      const found = await verdictOf(body.execution_id);
      return found?.is_equal !== null && found;
    });
    expect(row).toMatchObject({
      workspace_id: user.workspaceId,
      workflow_id: source!.workflow_id,
      version: 1,
      source_execution_id: source!.id,
      is_equal: true,
      differences: 0,
      created_by: user.id,
    });
  });

  test('is made up for by the sweep where nobody had written it', async () => {
    const source = await run(user, flow);
    const { body } = await replay(source!.id);
    await sql`update workflow_replays set is_equal = null, differences = null where execution_id = ${body.execution_id}`;
    await sweepExecutions(createTestSystemCtx(), new Date());
    expect(await verdictOf(body.execution_id)).toMatchObject({ is_equal: true, differences: 0 });
  });
});
