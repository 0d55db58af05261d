import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { sumExecutions } from '../../../src/features/executions/read/stats-queries.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { BEGAN, recordExecution } from '../../helpers/recorded-executions.ts';

const PATH = '/api/v1/executions';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

/** Executions of a new user, from the first to the last, with what is given of each. */
async function withExecutions(
  ...rows: Record<string, string | number | null>[]
): Promise<{ user: User; ids: string[] }> {
  const user = await createUser();
  const ids: string[] = [];
  for (const row of rows) {
    const id = await recordExecution(user);
    for (const [column, value] of Object.entries(row)) {
      await sql.query(`update workflow_executions set ${column} = $1 where id = $2`, [value, id]);
    }
    ids.push(id);
  }
  return { user, ids };
}

const idsOf = (answer: { body: { id: string }[] }) => answer.body.map(({ id }) => id);

describe('an execution', () => {
  test('is read with everything that was recorded of it', async () => {
    const id = await recordExecution(owner, {
      nodes: [{ key: 'first', output: { n: 1 } }, { key: 'second' }],
      logs: ['It began.', 'It ended.'],
    });
    await sql`update workflow_executions set input_data = '{"a":1}', cost_usd = 0.0125, tags = '{nightly}' where id = ${id}`;
    const { status, body } = await owner.get(`${PATH}/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      execution_id: id,
      user_id: owner.id,
      workspace_id: owner.workspaceId,
      status: 'completed',
      waits: null,
      input_data: { a: 1 },
      output_data: { sum: 3 },
      output_url: null,
      omitted: [],
      total_nodes: 2,
      completed_nodes: 2,
      progress_percentage: 100,
      actual_duration: 60,
      duration_ms: 60_000,
      cost_usd: 0.0125,
      tags: ['nightly'],
      started_at: BEGAN.toISOString(),
    });
    expect(body.execution_log.split('\n')).toEqual([
      expect.stringMatching(/^2026-11-01T12:00:30\.000Z info It began\.$/),
      expect.stringContaining('It ended.'),
    ]);
  });

  test('shows an output as it was, whatever kind of JSON it is', async () => {
    for (const output of ['123', 'text', 7, null, [1, '2'], { '3': true }]) {
      const id = await recordExecution(owner, { output });
      expect((await owner.get(`${PATH}/${id}`)).body.output_data).toEqual(output);
      expect((await owner.get(`${PATH}/${id}/output`)).body).toEqual(output);
    }
  });

  test('tells of a failure what failed', async () => {
    const id = await recordExecution(owner, { status: 'failed' });
    expect((await owner.get(`${PATH}/${id}`)).body).toMatchObject({
      status: 'failed',
      error_message: 'The third step failed.',
      error_details: { code: 'http_error' },
    });
  });

  test('is not there for a stranger, and is for any member of its workspace', async () => {
    const workspaceId = await createWorkspace(owner);
    const viewer = await createUser();
    await addMember(workspaceId, viewer, 'viewer');
    const id = await recordExecution(owner, { workspaceId });
    expect((await viewer.get(`${PATH}/${id}`)).status).toBe(200);
    for (const path of ['', '/nodes', '/logs', '/metrics', '/output']) {
      expect((await stranger.get(`${PATH}/${id}${path}`)).status).toBe(404);
    }
    expect((await viewer.post(`${PATH}/${id}/control`, { action: 'retry' })).status).toBe(403);
    expect((await viewer.delete(`${PATH}/${id}`)).status).toBe(403);
  });

  test('has an output in object storage that is read from there', async () => {
    const id = await recordExecution(owner, { output: null });
    const key = `executions/${owner.workspaceId}/${id}/output`;
    const long = JSON.stringify({ text: 'x'.repeat(300_000) });
    const { STORAGE } = env as unknown as { STORAGE: R2Bucket };
    await STORAGE.put(key, long);
    await sql`update workflow_executions set output_object_key = ${key}, output_data = null where id = ${id}`;
    const { body } = await owner.get(`${PATH}/${id}`);
    expect(body).toMatchObject({ output_data: null, output_url: `${PATH}/${id}/output`, omitted: ['output_data'] });
    const output = await owner.get(body.output_url);
    expect(JSON.stringify(output.body)).toBe(long);
    expect((await owner.delete(`${PATH}/${id}`)).status).toBe(200);
    await eventually(async () => (await STORAGE.head(key)) === null);
  });
});

describe('the list', () => {
  test('is sorted as asked, and paged to its end where times are missing', async () => {
    const at = (minute: number) => new Date(BEGAN.getTime() + minute * 60_000).toISOString();
    const { user, ids } = await withExecutions(
      { started_at: null, completed_at: null, status: 'cancelled', priority: 1 },
      { started_at: at(3), completed_at: at(4), priority: 9 },
      { started_at: at(1), completed_at: at(9), priority: 5 },
      { started_at: null, completed_at: at(2), status: 'cancelled', priority: 5 },
      { started_at: at(2), completed_at: at(5), priority: 5 },
    );
    const orders: Record<string, number[]> = {
      created_at: [0, 1, 2, 3, 4],
      priority: [0],
      started_at: [2, 4, 1],
      completed_at: [3, 1, 4, 2, 0],
    };
    for (const [order_by, expected] of Object.entries(orders)) {
      for (const order_direction of ['asc', 'desc']) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const query = { order_by, order_direction, limit: 2, ...(cursor && { cursor }) };
          const page = await user.get(PATH, { query });
          expect(page.body.length).toBeLessThanOrEqual(2);
          seen.push(...idsOf(page));
          cursor = page.headers.get('x-next-cursor') ?? undefined;
        } while (cursor);
        expect(seen.toSorted()).toEqual(ids.toSorted());
        const sorted = order_direction === 'asc' ? seen : seen.toReversed();
        expect({
          order_by,
          order_direction,
          sorted: sorted.map((id) => ids.indexOf(id)).slice(0, expected.length),
        }).toEqual({ order_by, order_direction, sorted: expected });
        const whole = await user.get(PATH, { query: { order_by, order_direction } });
        expect(idsOf(whole)).toEqual(seen);
        const skipped = await user.get(PATH, { query: { order_by, order_direction, offset: 3 } });
        expect(idsOf(skipped)).toEqual(seen.slice(3));
      }
    }
  });

  test('is filtered by status, workflow, time and all of several tags', async () => {
    const { user, ids } = await withExecutions(
      { tags: '{a,b}', created_at: '2026-10-01T00:00:00Z' },
      { tags: '{a}', status: 'failed', created_at: '2026-10-02T00:00:00Z' },
      { status: 'timeout', created_at: '2026-10-03T00:00:00Z' },
    );
    const [workflow] = await sql`select workflow_id as id from workflow_executions where id = ${ids[1]}`;
    const cases: [Record<string, string | string[]>, number[]][] = [
      [{ status: 'failed' }, [1]],
      [{ status: ['failed', 'timeout'] }, [2, 1]],
      [{ status: 'running' }, []],
      [{ workflow_ids: workflow!.id }, [1]],
      [{ tags: 'a' }, [1, 0]],
      [{ tags: ['a', 'b'] }, [0]],
      [{ created_after: '2026-10-02T00:00:00Z' }, [2, 1]],
      [{ created_before: '2026-10-02T00:00:00Z' }, [1, 0]],
    ];
    for (const [query, expected] of cases) {
      expect({ query, ids: idsOf(await user.get(PATH, { query })) }).toEqual({
        query,
        ids: expected.map((n) => ids[n]),
      });
    }
    const reversed = { created_after: '2026-10-03T00:00:00Z', created_before: '2026-10-01T00:00:00Z' };
    expect((await user.get(PATH, { query: reversed })).status).toBe(422);
    const wrongOrder = (await user.get(PATH, { query: { limit: 1 } })).headers.get('x-next-cursor')!;
    expect((await user.get(PATH, { query: { cursor: wrongOrder, order_by: 'priority' } })).status).toBe(422);
  });

  test('names what is too long for it', async () => {
    const user = await createUser();
    const id = await recordExecution(user, { output: { text: 'y'.repeat(5_000) } });
    await sql`update workflow_executions set input_data = ${JSON.stringify({ text: 'z'.repeat(100_000) })},
              metadata = '{"kept":true}' where id = ${id}`;
    const [listed] = (await user.get(PATH)).body;
    expect(listed).toMatchObject({ input_data: null, output_data: null, metadata: { kept: true } });
    expect(listed.omitted).toEqual(['input_data', 'output_data']);
    expect(listed.output_url).toBe(`${PATH}/${id}/output`);
    const whole = (await user.get(`${PATH}/${id}`)).body;
    expect(whole.omitted).toEqual([]);
    expect(whole.output_data.text).toHaveLength(5_000);
  });

  test('of a workflow has pages that are counted, of the own workspace alone', async () => {
    const { user, ids } = await withExecutions({}, {}, {});
    const [workflow] = await sql`select workflow_id as id from workflow_executions where id = ${ids[0]}`;
    await sql`update workflow_executions set workflow_id = ${workflow!.id} where id = any(${ids})`;
    await sql`update workflows set is_public = true where id = ${workflow!.id}`;
    const path = `/api/v1/workflows/${workflow!.id}/executions`;
    const { body } = await user.get(path, { query: { size: 2 } });
    expect(body).toMatchObject({ total: 3, page: 1, size: 2, pages: 2 });
    expect(idsOf({ body: body.items })).toEqual([ids[2], ids[1]]);
    const second = await user.get(path, { query: { size: 2, page: 2 } });
    const next = await user.get(path, { query: { size: 2, cursor: body.next_cursor } });
    expect(idsOf({ body: second.body.items })).toEqual([ids[0]]);
    expect(next.body.items).toEqual(second.body.items);
    // It is public, but what its author does with it is not.
    expect((await stranger.get(path)).body).toMatchObject({ items: [], total: 0, pages: 0 });
  });
});

describe('what became of nodes', () => {
  test('is listed in its order, with long values at addresses of their own', async () => {
    const long = { text: 'n'.repeat(20_000) };
    const id = await recordExecution(owner, {
      nodes: [
        { key: 'a', output: 'short' },
        { key: 'b', output: long },
        { key: 'c', status: 'failed', error: 'No.' },
      ],
    });
    const first = await owner.get(`${PATH}/${id}/nodes`, { query: { limit: 2 } });
    const [a, b] = first.body;
    expect(a).toMatchObject({
      node_key: 'a',
      execution_order: 1,
      output_data: 'short',
      output_url: null,
      duration_ms: null,
    });
    expect(b).toMatchObject({ node_key: 'b', output_data: null, output_bytes: 20_012 });
    expect((await owner.get(b.output_url)).body).toEqual(long);
    expect((await owner.get(b.output_url.replace(/output$/, 'input'))).body).toBeNull();
    const cursor = first.headers.get('x-next-cursor')!;
    const second = await owner.get(`${PATH}/${id}/nodes`, { query: { limit: 2, cursor } });
    expect(second.body).toHaveLength(1);
    expect(second.body[0]).toMatchObject({ node_key: 'c', status: 'failed', error_message: 'No.' });
    expect(second.headers.get('x-next-cursor')).toBeNull();
    const another = await recordExecution(owner);
    expect((await owner.get(b.output_url.replace(id, another))).status).toBe(404);
  });

  test('is measured, by node and in all, and by type', async () => {
    const id = await recordExecution(owner, { nodes: [{ key: 'a', output: 'xy' }, { key: 'b' }] });
    await sql`update node_executions set duration_ms = 500, cost_usd = 0.001, retry_count = 1
              where execution_id = ${id} and node_key = 'a'`;
    const { body } = await owner.get(`${PATH}/${id}/metrics`);
    const value = (name: string, key?: string) =>
      body.metrics.find((one: any) => one.name === name && one.context?.node_key === key)?.value;
    expect(value('duration_ms')).toBe(60_000);
    expect(value('nodes_completed')).toBe(2);
    expect(value('attempts')).toBe(3);
    expect(value('node_duration_ms', 'a')).toBe(500);
    expect(value('node_attempts', 'a')).toBe(2);
    expect(value('node_output_bytes', 'a')).toBe(4);
    expect(value('node_cost_usd', 'a')).toBe(0.001);
    expect(body.total_metrics).toBe(body.metrics.length);
    const times = (await owner.get(`${PATH}/${id}/metrics`, { query: { metric_types: ['cost', 'attempts'] } })).body;
    expect(new Set(times.metrics.map((one: any) => one.type))).toEqual(new Set(['cost', 'attempts']));
    expect(times).toMatchObject({ total_metrics: body.total_metrics, filtered_count: times.metrics.length });
    const none = await recordExecution(owner, { status: 'pending' });
    expect((await owner.get(`${PATH}/${none}/metrics`)).body.metrics).toEqual([]);
  });
});

describe('the log', () => {
  test('is read in both forms, filtered and paged', async () => {
    const id = await recordExecution(owner, { nodes: [{ key: 'a' }], logs: ['One', 'Two 100%', 'Three', 'Four'] });
    await sql`update workflow_execution_logs set level = 'error', node_key = 'a', logged_at = logged_at + interval '1 minute'
              where execution_id = ${id} and seq = 3`;
    const whole = (await owner.get(`${PATH}/${id}/logs`)).body;
    expect(whole).toMatchObject({ execution_id: id, execution_status: 'completed', total_logs: 4, next_cursor: null });
    expect(whole.logs.map((line: any) => [line.id, line.level, line.source, line.message])).toEqual([
      [1, 'info', 'execution', 'One'],
      [2, 'info', 'execution', 'Two 100%'],
      [3, 'error', 'a', 'Three'],
      [4, 'info', 'execution', 'Four'],
    ]);
    expect(whole.execution.log.split('\n')).toHaveLength(3);
    expect(whole.nodes).toEqual([expect.objectContaining({ key: 'a', log: expect.stringContaining('error Three') })]);
    const search = async (query: object) => {
      const { body } = await owner.get(`${PATH}/${id}/logs`, { query: { include_nodes: false, ...query } });
      expect(body.nodes).toEqual([]);
      return { total: body.total_logs, ids: body.logs.map((line: any) => line.id) };
    };
    expect(await search({ level: ['error', 'critical'] })).toEqual({ total: 1, ids: [3] });
    expect(await search({ node: 'a' })).toEqual({ total: 1, ids: [3] });
    expect(await search({ search: 'tWO' })).toEqual({ total: 1, ids: [2] });
    expect(await search({ search: '%' })).toEqual({ total: 1, ids: [2] });
    expect(await search({ start_time: new Date(BEGAN.getTime() + 60_000).toISOString() })).toEqual({
      total: 1,
      ids: [3],
    });
    expect(await search({ end_time: new Date(BEGAN.getTime() + 60_000).toISOString() })).toEqual({
      total: 3,
      ids: [1, 2, 4],
    });
    const first = (await owner.get(`${PATH}/${id}/logs`, { query: { limit: 3 } })).body;
    expect(first.total_logs).toBe(4);
    expect(await search({ limit: 3, cursor: first.next_cursor })).toEqual({ total: 4, ids: [4] });
  });
});

describe('the figures', () => {
  test('are those of the workspace, counted from what is there', async () => {
    const { user, ids } = await withExecutions(
      { created_at: '2026-10-01T10:00:00Z' },
      { created_at: '2026-10-01T11:00:00Z', status: 'failed' },
      { created_at: '2026-10-02T00:00:00Z', status: 'timeout' },
      { created_at: '2026-10-02T00:00:00Z', status: 'cancelled' },
      { created_at: '2026-10-02T00:00:00Z', status: 'pending', started_at: null, completed_at: null },
    );
    await sql`update workflow_executions set completed_nodes = 3, failed_nodes = 1, cost_usd = 0.5 where id = ${ids[1]}`;
    const [workflow] = await sql`select workflow_id as id from workflow_executions where id = ${ids[0]}`;
    await sql`update workflow_executions set workflow_id = ${workflow!.id} where id = ${ids[1]}`;
    const all = { since: '2026-09-01T00:00:00Z' };
    const { body } = await user.get(`${PATH}/stats`, { query: all });
    expect(body).toMatchObject({
      total_executions: 5,
      running_executions: 1,
      completed_executions: 1,
      failed_executions: 2,
      cancelled_executions: 1,
      average_duration_seconds: 60,
      success_rate_percentage: 20,
      total_nodes_executed: 4,
      average_nodes_per_execution: 0.8,
      total_cost_usd_exact: '0.5',
      since: '2026-09-01T00:00:00.000Z',
      is_truncated: false,
      execution_trends: {
        '2026-10-01': { total: 2, completed: 1, failed: 1, cancelled: 0 },
        '2026-10-02': { total: 3, completed: 0, failed: 1, cancelled: 1 },
      },
    });
    expect(body.most_used_workflows[0]).toEqual({ workflow_id: workflow!.id, workflow_name: 'Flow', count: 2 });
    const since = (await user.get(`${PATH}/stats`, { query: { since: '2026-10-02T00:00:00Z' } })).body;
    expect(since).toMatchObject({ total_executions: 3, completed_executions: 0, average_duration_seconds: null });
    const ofOne = (await user.get(`${PATH}/stats`, { query: { ...all, workflow_id: workflow!.id } })).body;
    expect(ofOne.total_executions).toBe(2);
    expect((await stranger.get(`${PATH}/stats`)).body).toMatchObject({
      total_executions: 0,
      success_rate_percentage: 0,
      execution_trends: {},
    });
  });

  test('are of the last ninety days where nothing else is said, and of so many the latest', async () => {
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const { user } = await withExecutions(
      { created_at: ago(91), status: 'failed' },
      { created_at: ago(89) },
      { created_at: ago(1), status: 'cancelled' },
    );
    const { body } = await user.get(`${PATH}/stats`);
    expect(body).toMatchObject({ total_executions: 2, failed_executions: 0, is_truncated: false });
    expect(Math.abs(Date.parse(body.since) - Date.parse(ago(90)))).toBeLessThan(60_000);
    const filter = { workspaceId: user.workspaceId, workflowId: undefined, since: new Date(ago(100)), ended: [] };
    const { sums } = await sumExecutions(createTestCtx().db, { ...filter, limit: 1 }, { days: 1, workflows: 1 });
    expect(sums).toMatchObject({ total: 1, cancelled: 1 });
  });
});
