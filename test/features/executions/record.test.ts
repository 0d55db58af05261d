/** How executions reach the database, and what is told when they have. */
import { runInDurableObject } from 'cloudflare:test';
import { neonConfig } from '@neondatabase/serverless';
import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  createWorkflow,
  definition,
  nodesOf,
  recorded,
  run,
  runnerOf,
  start,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';
import { createToken } from '../../helpers/tokens.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const nap = (ms: number) => ({ type: 'delay', config: { ms } });

describe('the record', () => {
  test('of many executions that end together holds each of them once, and counts them for their workflow', async () => {
    const workflowId = await createWorkflow(user, definition({ start: trigger, one: transform('input.n') }));
    const ids = await Promise.all(Array.from({ length: 30 }, (_, n) => start(user, workflowId, { inputs: { n } })));
    const rows = await Promise.all(ids.map(recorded));
    expect(rows.map(({ output_data: output }) => output)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    const [workflow] = await sql`select execution_count, last_executed_at from workflows where id = ${workflowId}`;
    expect(workflow!.execution_count).toBe(30);
    const [counted] = await sql`select count(*)::int as nodes from node_executions where execution_id = any(${ids})`;
    expect(counted!.nodes).toBe(60);
    // Nothing of them is left with the runner.
    expect(await runnerOf(user.workspaceId).describe(ids[0]!)).toBeNull();
  });

  test('waits for a database that is away, and is read from the runner meanwhile', async () => {
    const flow = definition({ start: trigger, nap: nap(200), end: transform('"kept"') });
    const executionId = await start(user, await createWorkflow(user, flow));
    const send = neonConfig.fetchFunction;
    neonConfig.fetchFunction = () => Promise.reject(new TypeError('the database is away'));
    try {
      const live = await runnerOf(user.workspaceId).wait(executionId, 10_000);
      expect(live).toMatchObject({ status: 'completed', output: 'kept' });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const nodes = await runnerOf(user.workspaceId).nodes(executionId, { after: 0, limit: 10, bytes: 10_000 });
      expect(nodes).toMatchObject([{ nodeKey: 'start' }, { nodeKey: 'nap' }, { nodeKey: 'end', output: 'kept' }]);
      expect(await runnerOf(user.workspaceId).logs(executionId, { after: 0, limit: 10 })).not.toHaveLength(0);
    } finally {
      neonConfig.fetchFunction = send;
    }
    expect(await recorded(executionId)).toMatchObject({ status: 'completed', output_data: 'kept' });
    expect(await nodesOf(executionId)).toHaveLength(3);
  });

  test('has how an execution ended that was taken up again while it was written', async () => {
    const remote = openRemote();
    const url = atAllowedHost(remote.url('hook', { codes: '404,200' }));
    const workflowId = await createWorkflow(
      user,
      definition({ start: trigger, call: { type: 'http', config: { url } } }),
    );
    const send = neonConfig.fetchFunction;
    const { promise: isWritten, resolve: write } = Promise.withResolvers<void>();
    neonConfig.fetchFunction = async (input: string, init: RequestInit) => {
      if (String(init.body).includes('record_executions')) await isWritten;
      return send(input, init);
    };
    try {
      const executionId = await start(user, workflowId);
      const runner = runnerOf(user.workspaceId);
      expect(await runner.wait(executionId, 10_000)).toMatchObject({ status: 'failed' });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await runner.control(executionId, 'retry', null)).toMatchObject({ execution: { retryCount: 1 } });
      expect(await runner.wait(executionId, 10_000)).toMatchObject({ status: 'completed' });
      write();
      const row = await eventually(async () => {
        const [found] = await sql`select * from workflow_executions where id = ${executionId} and retry_count = 1`;
        return found?.completed_at && found;
      });
      expect(row).toMatchObject({ status: 'completed' });
    } finally {
      write();
      neonConfig.fetchFunction = send;
    }
  });

  test('takes texts that the database would refuse', async () => {
    const row = await run(user, definition({ start: trigger, odd: transform('"a\\u0000b"') }));
    expect(row).toMatchObject({ status: 'completed', output_data: 'a\uFFFDb' });
  });

  test('of a log says how it went, with the node where it is of one', async () => {
    const row = await run(user, definition({ start: trigger, bad: transform('$error("no")') }));
    const lines = await sql`select level, node_key, message from workflow_execution_logs
      where execution_id = ${row.id} order by seq`;
    expect(lines.map(({ level, node_key: key }) => [level, key])).toEqual([
      ['info', null],
      ['error', 'bad'],
      ['error', null],
    ]);
  });
});

describe('whoever started an execution', () => {
  test.each([
    ['completed', 'execution_completed', transform('1')],
    ['failed', 'execution_failed', transform('$error("no")')],
  ])('is written to when it has %s, if they wanted that', async (status, template, end) => {
    const { body } = await user.post('/api/v1/executions/', {
      workflow_id: await createWorkflow(user, definition({ start: trigger, end })),
      notify_on_completion: true,
      notify_on_failure: true,
    });
    expect(await recorded(body.id)).toMatchObject({ status });
    const letters = await eventually(async () => {
      const found = await sql`select template from mail_outbox where user_id = ${user.id} and template = ${template}`;
      return found.length > 0 && found;
    });
    expect(letters).toHaveLength(1);
  });

  test('and whose token is gone does nothing more by it', async () => {
    const someone = await createUser();
    const workflowId = await createWorkflow(
      someone,
      definition({ start: trigger, nap: nap(1_500), end: transform('1') }),
    );
    const token = await createToken(someone, ['workflows:execute', 'workflows:read']);
    const executionId = await start(token, workflowId);
    await sql`update personal_access_tokens set revoked_at = now() where user_id = ${someone.id}`;
    // Rights are asked for anew after ten seconds at the latest; a restart asks at once.
    await runInDurableObject(runnerOf(someone.workspaceId), (_, state) => state.abort('gone')).catch(() => {});
    await runnerOf(someone.workspaceId).describe(executionId);
    expect(await recorded(executionId)).toMatchObject({ status: 'failed', error_details: { code: 'initiator_gone' } });
  });
});
